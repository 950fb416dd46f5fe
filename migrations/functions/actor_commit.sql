-- Commits what workers did in their turns: answers, and with them the state that they led to. Whoever holds a turn
-- no more, by its epoch, gets 'lost', and nothing of that item is written.
--
-- p_answered is the last call that is answered now; p_state is null where the state is as it was. p_pass says how
-- an item goes on:
--   'go on'    with the calls that have come meanwhile, which are handed over, if the worker can run the first
--   'yield'    what is left becomes a River job
--   'retry'    the call at the head has failed: p_failure. It is tried again after its back-off, or else
--   'give up'  it has failed for good: see actor_give_up
--
-- With nothing left the turn ends, and no row comes back. That can't miss a call: to accept one takes the lock on the
-- actor's row, too. p_began is how many seconds ago a call's first attempt began.
create function weir_internal.actor_commit(
  p_worker text,
  p_actor bigint[],
  p_epoch bigint[],
  p_answered bigint[],
  p_state jsonb[],
  p_pass text[],
  p_failure jsonb[],
  p_attempt integer[],
  p_call_ord integer[],
  p_seq bigint[],
  p_call_attempt integer[],
  p_began double precision[],
  p_result jsonb[],
  p_error jsonb[],
  p_patient boolean
)
returns setof weir_internal.actor_hand
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_functions text[];
  v_held integer[];
  v_actor bigint[];
  v_pass text[];
  v_all boolean;
  v_nested boolean;
  v_workflow bigint[];
  v_step integer[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  v_functions := weir_internal.enter(p_worker);

  perform
  from weir_internal.actor as a
  where a.id = any (p_actor)
  order by a.id
  for no key update;

  select array_agg(i.ord), array_agg(i.actor), array_agg(p_pass[i.ord])
  into v_held, v_actor, v_pass
  from unnest(p_actor, p_epoch) with ordinality as i (actor, epoch, ord)
  cross join lateral weir_internal.actor_turn_of(i.actor) as t
  where t.epoch = i.epoch
    and t.worker = p_worker;

  v_all := coalesce(cardinality(v_held), 0) = cardinality(p_actor);
  if not v_all then
    return query
    select h.*
    from unnest(p_actor) with ordinality as i (actor, ord)
    cross join lateral weir_internal.actor_told('lost', i.ord::integer, i.actor, null) as h
    where v_held is null or i.ord <> all (v_held);
  end if;
  if v_held is null then
    return;
  end if;

  with answered as (
    update weir_internal.actor_call as c
    set
      status = case when i.error is null then 'SUCCESSFUL' else 'FAILED' end::weir_internal.actor_call_status,
      attempt = i.attempt,
      started_at = coalesce(c.started_at, v_now - make_interval(secs => i.began)),
      finished_at = v_now,
      result = i.result,
      error = i.error,
      waiter_actor = null
    from unnest(p_call_ord, p_seq, p_call_attempt, p_began, p_result, p_error) as i (ord, seq, attempt, began, result, error)
    cross join lateral weir_internal.actor_place(p_actor[i.ord], i.seq) as p (place)
    where (v_all or i.ord = any (v_held))
      and c.ctid = p.place
    returning c.workflow, c.step
  )
  select array_agg(a.workflow), array_agg(a.step)
  into v_workflow, v_step
  from answered as a
  where a.workflow is not null;

  if v_workflow is not null then
    insert into weir_internal.actor_reply (workflow, step)
    select r.workflow, r.step
    from unnest(v_workflow, v_step) as r (workflow, step)
    on conflict do nothing;

    return query
    select * from weir_internal.actor_told('replied', null, null, null);
  end if;

  with written as (
    update weir_internal.actor as a
    set
      answered = case when a.nests = 0 then i.answered else a.answered end, -- actor_pass knows
      updated_at = v_now,
      version = a.version + case when i.state is null then 0 else 1 end,
      state = coalesce(i.state, a.state),
      status = case when i.state is not null and a.status = 'CREATING' then 'READY' else a.status end
    from unnest(p_actor, p_answered, p_state) with ordinality as i (actor, answered, state, ord)
    where (v_all or i.ord = any (v_held))
      and a.id = i.actor
    returning a.nests > 0 as nested
  )
  select bool_or(w.nested)
  into v_nested
  from written as w;

  if v_nested then
    perform weir_internal.actor_pass(v_actor);
  end if;

  if 'retry' = any (p_pass) or 'give up' = any (p_pass) then
    perform weir_internal.actor_fail(
      array_agg(i.actor), array_agg(i.failure), array_agg(i.attempt), array_agg(i.pass = 'give up'), v_now
    )
    from unnest(p_actor, p_failure, p_attempt, p_pass) with ordinality as i (actor, failure, attempt, pass, ord)
    where i.pass in ('retry', 'give up')
      and i.ord = any (v_held);
  end if;

  if weir_internal.actor_close(v_actor) < cardinality(v_actor) then
    return query
    select *
    from weir_internal.actor_next(v_actor, v_pass, v_functions, v_now);
  end if;
end
$$;

-- The call that a turn runs has returned a graph, which was started as the workflow p_workflow in this transaction:
-- the call goes on as that. The state is what it is now, p_state or unchanged. Of the turn's other calls nested ones
-- are handed over, if there are any; with nothing to run the turn ends, and no row comes back. 'lost' says that the
-- turn is no longer the worker's: the caller rolls back.
create function weir_internal.actor_continue(
  p_worker text,
  p_actor bigint,
  p_epoch bigint,
  p_seq bigint,
  p_attempt integer,
  p_began double precision,
  p_state jsonb,
  p_workflow text
)
returns setof weir_internal.actor_hand
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_functions text[];
  v_workflow bigint;
begin
  v_functions := weir_internal.enter(p_worker);

  perform
  from weir_internal.actor as a
  where a.id = p_actor
  for no key update;

  if not exists (select from weir_internal.actor_turn_of(p_actor) as t where t.epoch = p_epoch and t.worker = p_worker) then
    return query
    select * from weir_internal.actor_told('lost', 1, p_actor, null);
    return;
  end if;

  update weir_internal.workflow as w
  set actor = p_actor, actor_seq = p_seq
  where w.workflow_id = p_workflow
  returning w.id
  into v_workflow;

  update weir_internal.actor_call as c
  set
    status = 'CONTINUED',
    attempt = p_attempt,
    started_at = coalesce(c.started_at, v_now - make_interval(secs => p_began)),
    error = null,
    continues_as = v_workflow
  where c.actor = p_actor
    and c.seq = p_seq;

  update weir_internal.actor as a
  set
    status = 'CONTINUING',
    updated_at = v_now,
    version = a.version + case when p_state is null then 0 else 1 end,
    state = coalesce(p_state, a.state)
  where a.id = p_actor;

  perform weir_internal.actor_close(array[p_actor]);
  return query
  select * from weir_internal.actor_next(array[p_actor], '{go on}', v_functions, v_now);
end
$$;

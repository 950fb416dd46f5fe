-- Accepts calls: they are durable and have their place in their actors' order when this commits. An item whose
-- actor is unknown gets no row back; its neighbours are accepted.
--
-- An actor with a turn needs nothing more: whoever holds it finds the call when it commits, since both lock the
-- actor's row. Else its turn begins here, with the calling worker if p_claim says so and it can run the call at the
-- head. Behind a BLOCKED call others only queue. An actor whose constructor failed gets its constructor called
-- again first.
--
-- p_caller is null where nobody among the callers is a step or a call: see actor_callers. What its item comes to
-- then, actor_judge says; of a 'circle' the args are the chain. A method that only other workers can have, and none
-- has, is 'unknown' (actor_lacks). A reminder's call, and that of a step, is accepted all the same: nobody would be
-- told, or try again when there are such workers.
create function weir_internal.actor_enqueue(
  p_worker text,
  p_type text[],
  p_actor_id text[],
  p_method text[],
  p_name text[],
  p_args jsonb[],
  p_policy jsonb[],
  p_metadata jsonb[],
  p_claim boolean[],
  p_caller jsonb[],
  p_patient boolean,
  p_tick text[] default null
)
returns setof weir_internal.actor_hand
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_worker weir_internal.worker;
  v_failed bigint[];
  v_actor bigint[];
  v_seq bigint[];
  v_verdict text[];
  v_unknown text[];
  v_again bigint[];
  v_chain jsonb[];
  v_caller text[];
  v_workflow bigint[];
  v_step integer[];
  v_waiter bigint[];
  v_waiter_seq bigint[];
  v_nested boolean[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  v_worker := weir_internal.try_enter(p_worker);

  if p_caller is not null then
    perform weir_internal.actor_callers(p_caller);
  end if;

  select array_agg(l.id) filter (where l.status = 'FAILED')
  into v_failed
  from (
    select a.id, a.status
    from (select distinct i.type, i.actor_id from unnest(p_type, p_actor_id) as i (type, actor_id)) as k
    join weir_internal.actor as a on a.type = k.type and a.actor_id = k.actor_id
    order by a.id
    for no key update of a
  ) as l;

  if v_failed is not null then
    perform weir_internal.actor_construct(v_failed, v_now);
  end if;

  if p_caller is not null then
    perform weir_internal.actor_lock_waits(p_caller);

    select
      array_agg(j.verdict), array_agg(j.again), array_agg(j.chain), array_agg(j.caller), array_agg(j.workflow),
      array_agg(j.step), array_agg(j.waiter_actor), array_agg(j.waiter_seq), array_agg(j.nested)
    into v_verdict, v_again, v_chain, v_caller, v_workflow, v_step, v_waiter, v_waiter_seq, v_nested
    from weir_internal.actor_judge(p_type, p_actor_id, p_caller) as j;
  end if;

  if false = any (p_claim) and p_tick is null then
    with asked as materialized ( -- each once
      select distinct i.type, weir_internal.actor_function(i.type, i.method) as function
      from unnest(p_type, p_method, p_claim) as i (type, method, claim)
      where not i.claim
    )
    select array_agg(a.function)
    into v_unknown
    from asked as a
    where weir_internal.actor_lacks(a.type, a.function);
  end if;

  if v_unknown is not null then
    v_verdict := array(
      select case
        when i.verdict is null
          and not i.claim
          and i.by ? 'epoch' is not true
          and weir_internal.actor_function(i.type, i.method) = any (v_unknown) then 'unknown'
        else i.verdict
      end
      from unnest(p_type, p_method, p_claim, p_caller, v_verdict) with ordinality
        as i (type, method, claim, by, verdict, ord)
      order by i.ord
    );
  end if;

  if p_caller is not null then
    update weir_internal.actor_call as c
    set caller = null -- it is made anew
    from unnest(v_caller, v_verdict) as i (caller, verdict)
    where i.verdict is null
      and c.caller = i.caller
      and c.status = 'FAILED';
  end if;

  select array_agg(i.actor order by i.ord), array_agg(i.seq order by i.ord)
  into v_actor, v_seq
  from (
    select
      i.ord,
      a.id,
      case
        when i.verdict is null then a.accepted + row_number() over (partition by a.id, i.verdict is null order by i.ord)
        else i.again
      end
    from unnest(p_type, p_actor_id, v_verdict, v_again) with ordinality as i (type, actor_id, verdict, again, ord)
    left join weir_internal.actor as a on a.type = i.type and a.actor_id = i.actor_id
  ) as i (ord, actor, seq);

  insert into weir_internal.actor_call (
    actor, seq, accepted_at, method, name, args, policy, metadata, tick, caller, workflow, step, waiter_actor, waiter_seq,
    nested
  )
  select
    i.actor, i.seq, v_now, i.method, i.name, i.args, i.policy, i.metadata, i.tick, i.caller, i.workflow, i.step,
    i.waiter_actor, i.waiter_seq, i.nested
  from unnest(
    v_actor, v_seq, p_method, p_name, p_args, p_policy, p_metadata, p_tick, v_verdict, v_caller, v_workflow, v_step,
    v_waiter, v_waiter_seq, v_nested
  ) as i (
    actor, seq, method, name, args, policy, metadata, tick, verdict, caller, workflow, step, waiter_actor, waiter_seq,
    nested
  )
  where i.actor is not null
    and i.verdict is null;

  update weir_internal.actor as a
  set accepted = c.last, nests = a.nests + c.nests
  from (
    select i.actor, max(i.seq), count(i.nested)
    from unnest(v_actor, v_seq, v_verdict, v_nested) as i (actor, seq, verdict, nested)
    where i.actor is not null
      and i.verdict is null
    group by i.actor
  ) as c (actor, last, nests)
  where a.id = c.actor;

  if p_caller is not null then
    perform weir_internal.actor_park(p_caller, v_actor, v_seq, v_now);
  end if;

  return query
  select h.*
  from unnest(v_actor, v_seq, v_verdict, v_chain) with ordinality as i (actor, seq, verdict, chain, ord)
  cross join lateral weir_internal.actor_told(coalesce(i.verdict, 'accepted'), i.ord::integer, i.actor, i.seq, i.chain) as h
  where i.actor is not null
    or i.verdict is not null;

  return query
  select h.*
  from (
    select array_agg(f.actor), array_agg(f.claim)
    from (
      select i.actor, bool_or(i.claim)
      from unnest(v_actor, p_claim) as i (actor, claim)
      where i.actor is not null
      group by i.actor
    ) as f (actor, claim)
  ) as b (actor, claim)
  cross join lateral weir_internal.actor_begin(v_worker, b.actor, b.claim, v_now) as h;
end
$$;

-- Accepts calls: they are durable and have their place in their actors' order when this commits. An item whose
-- actor is unknown gets no row back; its neighbours are accepted.
--
-- An actor with a turn needs nothing more: whoever holds it finds the call when it commits, since both lock the
-- actor's row. Else its turn begins here, with the calling worker if p_claim says so and it can run the call at the
-- head. Behind a BLOCKED call others only queue. An actor whose constructor failed gets its constructor called
-- again first.
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
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  v_worker := weir_internal.try_enter(p_worker);

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

  select array_agg(i.actor order by i.ord), array_agg(i.seq order by i.ord)
  into v_actor, v_seq
  from (
    select i.ord, a.id, a.accepted + row_number() over (partition by a.id order by i.ord)
    from unnest(p_type, p_actor_id) with ordinality as i (type, actor_id, ord)
    left join weir_internal.actor as a on a.type = i.type and a.actor_id = i.actor_id
  ) as i (ord, actor, seq);

  insert into weir_internal.actor_call (actor, seq, accepted_at, method, name, args, policy, metadata, tick)
  select i.actor, i.seq, v_now, i.method, i.name, i.args, i.policy, i.metadata, i.tick
  from unnest(v_actor, v_seq, p_method, p_name, p_args, p_policy, p_metadata, p_tick)
    as i (actor, seq, method, name, args, policy, metadata, tick)
  where i.actor is not null;

  update weir_internal.actor as a
  set accepted = c.last
  from (
    select i.actor, max(i.seq)
    from unnest(v_actor, v_seq) as i (actor, seq)
    where i.actor is not null
    group by i.actor
  ) as c (actor, last)
  where a.id = c.actor;

  return query
  select h.*
  from unnest(v_actor, v_seq) with ordinality as i (actor, seq, ord)
  cross join lateral weir_internal.actor_told('accepted', i.ord::integer, i.actor, i.seq) as h
  where i.actor is not null;

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

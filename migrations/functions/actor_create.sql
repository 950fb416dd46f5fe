-- Makes sure that actors exist: of any number of creators one inserts the row, and with it the first call, the
-- constructor's. An actor that exists is left as it is.
--
-- p_claim says that the calling worker would run the constructor; where it can, the turn is handed to it in the same
-- call, else by River. A worker that has lost its lease creates nevertheless. Items come sorted by (type, id), so
-- that two creators meet in the same order. The number told of an item is that of the constructor's call, 0 if the
-- actor was there.
create function weir_internal.actor_create(
  p_worker text,
  p_type text[],
  p_actor_id text[],
  p_queue text[],
  p_args jsonb[],
  p_metadata jsonb[],
  p_claim boolean[],
  p_patient boolean
)
returns setof weir_internal.actor_hand
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_worker weir_internal.worker;
  v_given bigint[];
  v_created bigint[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  v_worker := weir_internal.try_enter(p_worker);

  select array_agg(nextval('weir_internal.workflow_id_seq') order by n.ord)
  into v_given
  from generate_subscripts(p_actor_id, 1) as n (ord);

  with created as (
    insert into weir_internal.actor (
      id, created_at, type, actor_id, queue, args, metadata, status, accepted, answered, updated_at, version
    )
    select n.id, v_now, n.type, n.actor_id, n.queue, n.args, coalesce(n.metadata, '{}'), 'CREATING', 1, 0, v_now, 0
    from unnest(v_given, p_type, p_actor_id, p_queue, p_args, p_metadata)
      as n (id, type, actor_id, queue, args, metadata)
    on conflict (type, actor_id) do nothing
    returning actor.id
  ),
  constructors as (
    insert into weir_internal.actor_call (actor, seq, accepted_at, method)
    select c.id, 1, v_now, ''
    from created as c
    returning actor
  )
  select array_agg(c.actor)
  into v_created
  from constructors as c;

  if v_created is not null then
    return query
    select h.*
    from (
      select array_agg(n.id), array_agg(n.claim)
      from unnest(v_given, p_claim) as n (id, claim)
      where n.id = any (v_created)
    ) as c (id, claim)
    cross join lateral weir_internal.actor_begin(v_worker, c.id, c.claim, v_now) as h;
  end if;

  return query
  select h.*
  from unnest(v_given, p_type, p_actor_id) with ordinality as n (id, type, actor_id, ord)
  join weir_internal.actor as a on a.type = n.type and a.actor_id = n.actor_id
  cross join lateral weir_internal.actor_told('accepted', n.ord::integer, a.id, case when a.id = n.id then 1 else 0 end) as h;
end
$$;

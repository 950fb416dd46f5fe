-- The calls that workers run next, of each actor up to 100 in their order; more than 8 MiB of arguments only if the
-- first has them. Of one that continues it is the
-- first nested one. With p_begin the turn itself comes before them.
create function weir_internal.actor_hands(p_actor bigint[], p_begin boolean)
returns setof weir_internal.actor_hand
language plpgsql
stable
as $$
declare
  v_continuing bigint[];
begin
  if p_begin then
    return query
    select
      'turn', null::integer, a.id, a.type, a.actor_id, t.epoch, t.lost > 0, a.state, null::bigint, null::text, null::text,
      null::integer, null::jsonb, null::jsonb, null::text
    from unnest(p_actor) as i (actor)
    join weir_internal.actor as a on a.id = i.actor
    join weir_internal.actor_turn as t on t.actor = a.id;
  end if;

  return query
  select
    'call', null::integer, a.id, null::text, null::text, null::bigint, null::boolean, null::jsonb, c.seq, c.method, c.name,
    c.attempt, case c.method when '' then a.args else c.args end, c.policy, c.tick
  from unnest(p_actor) as i (actor)
  join weir_internal.actor as a on a.id = i.actor and a.status <> 'CONTINUING'
  cross join lateral (
    select n.*, sum(pg_column_size(n.args)) over (order by n.seq) as bytes
    from weir_internal.actor_call as n
    where n.actor = a.id
      and n.seq > a.answered
      and n.seq <= a.answered + 100
      and n.status = 'QUEUED'
  ) as c
  where c.seq = a.answered + 1
    or c.bytes < 8388608
  order by 3, 9;

  v_continuing := array(
    select a.id
    from unnest(p_actor) as i (actor)
    join weir_internal.actor as a on a.id = i.actor and a.status = 'CONTINUING'
  );
  if v_continuing <> '{}' then
    return query
    select
      'call', null::integer, a.id, null::text, null::text, null::bigint, null::boolean, null::jsonb, c.seq, c.method, c.name,
      c.attempt, c.args, c.policy, c.tick
    from unnest(v_continuing) as i (actor)
    join weir_internal.actor as a on a.id = i.actor
    cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as c;
  end if;
end
$$;

-- The calls that workers run next, of each actor up to 100 in their order, nested ones of one that continues; more than 8 MiB of arguments only if the
-- first has them. With p_begin the turn itself comes before them.
create function weir_internal.actor_hands(p_actor bigint[], p_begin boolean)
returns setof weir_internal.actor_hand
language plpgsql
stable
as $$
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
  join weir_internal.actor as a on a.id = i.actor
  cross join lateral (
    select n.*, row_number() over w as place, sum(pg_column_size(n.args)) over w as bytes
    from (
      select o.*
      from weir_internal.actor_call as o
      where o.actor = a.id
        and o.seq > a.answered
        and o.seq <= a.answered + 100
        and o.status = 'QUEUED'
        and a.status <> 'CONTINUING'
      union all
      (
        select o.*
        from weir_internal.actor_call as o
        where o.actor = a.id
          and o.seq > a.answered
          and o.status = 'QUEUED'
          and o.nested
          and a.status = 'CONTINUING'
        order by o.seq
        limit 100
      )
    ) as n
    window w as (order by n.seq)
  ) as c
  where c.place = 1
    or c.bytes < 8388608
  order by 3, 9;
end
$$;

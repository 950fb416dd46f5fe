-- The circle that would be closed if a call of p_waiter waited for one of p_actor: the actors in it, each as [type,
-- id], from p_waiter to p_waiter; null if there is none. p_from and p_to are waits that are about to begin, beside
-- those that are stored. A wait is over when either of its calls is answered, also one that was given up.
create function weir_internal.actor_circle(p_waiter bigint, p_actor bigint, p_from bigint[], p_to bigint[])
returns jsonb
language sql
stable
as $$
  with recursive way as (
    select p_actor as at, array[p_waiter, p_actor] as path
    union all
    select n.actor, w.path || n.actor
    from way as w
    cross join lateral (
      select c.actor
      from weir_internal.actor_call as c
      join weir_internal.actor_call as h on h.actor = c.waiter_actor and h.seq = c.waiter_seq
      where c.waiter_actor = w.at
        and c.nested is not true
        and h.finished_at is null
      union
      select b.actor
      from unnest(p_from, p_to) as b (waiter, actor)
      where b.waiter = w.at
    ) as n
    where w.at <> p_waiter
      and n.actor <> all (w.path[2:])
  ),
  circle as (
    select w.path
    from way as w
    where w.at = p_waiter
    order by cardinality(w.path)
    limit 1
  )
  select jsonb_agg(jsonb_build_array(a.type, a.actor_id) order by p.ord)
  from circle as c
  cross join unnest(c.path) with ordinality as p (actor, ord)
  join weir_internal.actor as a on a.id = p.actor
$$;

-- How turns go on once what they did is written: with what has come meanwhile, if the worker can run the first of it
-- and didn't ask to yield; by a River job; or not at all. The caller holds the actors' rows, has closed the turns
-- that have nothing to run, and the others are the worker's.
create function weir_internal.actor_next(p_actor bigint[], p_pass text[], p_functions text[], p_now timestamptz)
returns setof weir_internal.actor_hand
language plpgsql
as $$
declare
  v_next bigint[];
  v_left bigint[];
begin
  select
    array_agg(i.actor) filter (where c.can),
    array_agg(i.actor) filter (where not c.can)
  into v_next, v_left
  from unnest(p_actor, p_pass) as i (actor, pass)
  cross join lateral weir_internal.actor_turn_of(i.actor) as t
  join weir_internal.actor as a on a.id = t.actor
  cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as h
  cross join lateral (
    select i.pass <> 'yield' and weir_internal.actor_function(a.type, h.method) = any (p_functions)
  ) as c (can)
  where t.worker is not null;

  if v_left is not null then
    perform weir_internal.actor_yield(v_left, null, false, p_now);
  end if;
  if v_next is not null then
    return query
    select * from weir_internal.actor_hands(v_next, false);
  end if;
end
$$;

-- The turn of an actor, by key: limit 1, so that the planner doesn't read all turns of a worker to find it.
create function weir_internal.actor_turn_of(p_actor bigint)
returns setof weir_internal.actor_turn
language sql
stable
as $$
  select t.*
  from weir_internal.actor_turn as t
  where t.actor = p_actor
  limit 1
$$;

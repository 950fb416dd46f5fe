-- The call at the head of an actor, by key: limit 1, so that the planner doesn't read all calls of the actor to find
-- it.
create function weir_internal.actor_head(p_actor bigint, p_answered bigint)
returns setof weir_internal.actor_call
language sql
stable
as $$
  select c.*
  from weir_internal.actor_call as c
  where c.actor = p_actor
    and c.seq = p_answered + 1
  limit 1
$$;

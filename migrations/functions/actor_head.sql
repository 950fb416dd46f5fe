-- The call of an actor that is run next: the one at the head or, while that continues, the first nested one. By key:
-- limit 1, so that the planner doesn't read all calls of the actor to find it.
create function weir_internal.actor_head(p_actor bigint, p_answered bigint, p_status weir_internal.actor_status)
returns setof weir_internal.actor_call
language sql
stable
as $$
  select c.*
  from weir_internal.actor_call as c
  where c.actor = p_actor
    and c.seq = case p_status
      when 'CONTINUING' then (
        select min(n.seq)
        from weir_internal.actor_call as n
        where n.actor = p_actor
          and n.nested
          and n.finished_at is null
          and n.status = 'QUEUED'
      )
      else p_answered + 1
    end
  limit 1
$$;

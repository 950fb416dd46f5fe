-- The call that waits when this caller does: a method's own, or the one that the caller's workflow continues.
create function weir_internal.actor_waiter(p_caller jsonb, out actor bigint, out seq bigint, out continues boolean)
language sql
stable
as $$
  select c.actor, c.seq, c.status = 'CONTINUED'
  from (select (p_caller ->> 'workflow')::bigint as id) as i
  left join weir_internal.workflow as w on w.id = i.id
  join weir_internal.actor_call as c
    on c.actor = coalesce(w.actor, (p_caller ->> 'actor')::bigint)
    and c.seq = coalesce(w.actor_seq, (p_caller ->> 'seq')::bigint)
    and c.continues_as is not distinct from w.id
  where c.finished_at is null
$$;

-- Locks the actors whose calls these workflows continue, by id, before their ends are written one after the other. The
-- caller holds the workflows' rows.
create function weir_internal.actor_held_by(p_workflow bigint[])
returns void
language plpgsql
as $$
begin
  perform
  from weir_internal.actor as a
  where a.id = any (array(select w.actor from weir_internal.workflow as w where w.id = any (p_workflow) and w.actor is not null))
  order by a.id
  for no key update;
end
$$;

-- Enters these workflows with every limit that holds for them: that of their name, and that of the queue of
-- their root. Returns those that have to wait until they are admitted.
create function weir_internal.take_slots(p_workflow bigint[])
returns setof bigint
language plpgsql
as $$
begin
  if not exists (select from weir_internal.workflow_limit) then
    return;
  end if;

  return query
  insert into weir_internal.workflow_slot (workflow, scope, key, admitted)
  select w.id, l.scope, l.key, false
  from unnest(p_workflow) as g (id)
  join weir_internal.workflow as w on w.id = g.id
  join weir_internal.step as r on r.workflow = w.id and r.no = w.root
  join weir_internal.workflow_limit as l
    on l.scope = 'name' and l.key = w.name
    or l.scope = 'queue' and l.key = r.queue
  where l.max_running is not null
  returning workflow_slot.workflow;
end
$$;

-- known_workflow with its row locked: as it is once the lock is had.
create function weir_internal.locked_workflow(p_workflow_id text)
returns weir_internal.workflow
language plpgsql
as $$
declare
  v_workflow weir_internal.workflow;
begin
  select w.*
  into v_workflow
  from weir_internal.workflow as w
  where w.workflow_id = p_workflow_id
  for no key update;

  if not found then
    return weir_internal.known_workflow(p_workflow_id); -- raises
  end if;
  return v_workflow;
end
$$;

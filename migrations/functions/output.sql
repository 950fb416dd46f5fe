-- The output of a SUCCESSFUL workflow, null of one that has not ended so. Error: WF001 unknown id.
create function weir.output(workflow_id text)
returns jsonb
language plpgsql
stable
as $$
declare
  v_workflow weir_internal.workflow := weir_internal.known_workflow(workflow_id);
begin
  return case when v_workflow.status = 'SUCCESSFUL' then weir_internal.output_of(v_workflow.id, v_workflow.root) end;
end
$$;

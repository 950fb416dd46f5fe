-- The status of a workflow: PENDING, RUNNING, RESUMABLE, SUCCESSFUL, FAILED or CANCELED. Error: WF001 unknown id.
create function weir.status(workflow_id text)
returns text
language plpgsql
stable
as $$
begin
  return weir_internal.status_of(weir_internal.known_workflow(workflow_id));
end
$$;

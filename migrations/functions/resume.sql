-- Sets a FAILED, CANCELED or RESUMABLE workflow going again from its checkpoints, and returns its status; others
-- are left as they are. Error: WF001 unknown id.
create function weir.resume(workflow_id text)
returns text
language plpgsql
as $$
declare
  v_id bigint := (weir_internal.known_workflow(workflow_id)).id;
begin
  perform weir_internal.go_on(array[v_id]);
  return (select w.status::text from weir_internal.workflow as w where w.id = v_id);
end
$$;

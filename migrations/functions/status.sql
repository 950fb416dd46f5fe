-- The status of a workflow: PENDING, RUNNING, RESUMABLE, SUCCESSFUL, FAILED or CANCELED. Error: WF001 unknown id.
create function weir.status(workflow_id text)
returns text
language plpgsql
stable
as $$
declare
  v_status text;
begin
  select case when w.status = 'RUNNING' and weir_internal.is_stalled(w.id) then 'RESUMABLE' else w.status::text end
  into v_status
  from weir_internal.workflow as w
  where w.workflow_id = status.workflow_id;

  if not found then
    raise exception 'no workflow %', quote_literal(workflow_id) using errcode = 'WF001';
  end if;
  return v_status;
end
$$;

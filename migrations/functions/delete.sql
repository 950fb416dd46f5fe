-- Removes everything of a workflow that has ended; its id is free again. A body of it that still runs records
-- nothing. Errors: WF001 unknown id, WF004 it is still active.
create function weir.delete(workflow_id text)
returns void
language plpgsql
as $$
declare
  v_id bigint;
  v_status weir_internal.workflow_status;
begin
  select w.id, w.status
  into v_id, v_status
  from weir_internal.workflow as w
  where w.workflow_id = delete.workflow_id
  for update;

  if not found then
    raise exception 'no workflow %', quote_literal(workflow_id) using errcode = 'WF001';
  elsif v_status in ('RUNNING', 'PENDING') then
    raise exception 'workflow % is %', quote_literal(workflow_id), v_status using errcode = 'WF004';
  end if;

  delete from weir_internal.step_attempt as a where a.workflow = v_id;
  delete from weir_internal.step_name as n where n.workflow = v_id;
  delete from weir_internal.step as s where s.workflow = v_id;
  delete from weir_internal.workflow as w where w.id = v_id;
end
$$;

-- Stops a workflow. When this returns (in the caller's transaction: when that commits) no further step of it
-- starts; a running body gets a cancelled context, and keeps its checkpoint if it finishes all the same.
-- False when it was CANCELED already. Errors: WF001 unknown id, WF003 it has ended otherwise.
create function weir.cancel(workflow_id text, reason text default null)
returns boolean
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_id bigint;
  v_status weir_internal.workflow_status;
begin
  select w.id, w.status
  into v_id, v_status
  from weir_internal.workflow as w
  where w.workflow_id = cancel.workflow_id
  for no key update;

  if not found then
    raise exception 'no workflow %', quote_literal(workflow_id) using errcode = 'WF001';
  elsif v_status = 'CANCELED' then
    return false;
  elsif v_status not in ('RUNNING', 'PENDING') then
    raise exception 'workflow % is %', quote_literal(workflow_id), v_status using errcode = 'WF003';
  end if;

  update weir_internal.workflow as w
  set status = 'CANCELED', finished_at = v_now, cancel_reason = reason
  where w.id = v_id;

  perform weir_internal.halt(v_id, null);
  return true;
end
$$;

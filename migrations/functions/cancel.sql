-- Stops a workflow. When this returns (in the caller's transaction: when that commits) no further step of it
-- starts; a running body gets a cancelled context, and keeps its checkpoint if it finishes all the same.
-- False when it was CANCELED already. Errors: WF001 unknown id, WF003 it has ended otherwise, WF006 a reason of
-- more than 4096 bytes or with control characters.
create function weir.cancel(workflow_id text, reason text default null)
returns boolean
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_workflow weir_internal.workflow;
begin
  if reason <> '' then
    perform weir_internal.check_text('reason', reason, 4096);
  end if;

  v_workflow := weir_internal.locked_workflow(workflow_id);
  if v_workflow.status = 'CANCELED' then
    return false;
  elsif v_workflow.status not in ('RUNNING', 'PENDING') then
    raise exception 'workflow % is %', quote_literal(workflow_id), v_workflow.status using errcode = 'WF003';
  end if;

  update weir_internal.workflow as w
  set status = 'CANCELED', finished_at = v_now, cancel_reason = nullif(reason, '')
  where w.id = v_workflow.id;

  perform weir_internal.halt(v_workflow.id, null);
  if v_workflow.actor is not null then
    perform weir_internal.actor_ended(array[v_workflow.id], v_now);
  end if;
  perform weir_internal.free_slots(array[v_workflow.id]);
  return true;
end
$$;

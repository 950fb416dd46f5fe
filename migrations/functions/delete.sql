-- Removes everything of a workflow that has ended; its id is free again. A body of it that still runs records
-- nothing. Errors: WF001 unknown id, WF004 it is still active, or continues a
-- call that has no answer.
create function weir.delete(workflow_id text)
returns void
language plpgsql
as $$
declare
  v_workflow weir_internal.workflow := weir_internal.locked_workflow(workflow_id);
  v_id bigint := v_workflow.id;
begin
  if v_workflow.status in ('RUNNING', 'PENDING') then
    raise exception 'workflow % is %', quote_literal(workflow_id), v_workflow.status using errcode = 'WF004';
  end if;

  if exists (
    select
    from weir_internal.actor_call as c
    where c.actor = v_workflow.actor
      and c.seq = v_workflow.actor_seq
      and c.status = 'CONTINUED'
  ) then
    raise exception 'workflow % continues a call that blocks its actor', quote_literal(workflow_id) using errcode = 'WF004';
  end if;

  delete from weir_internal.step_attempt as a where a.workflow = v_id;
  delete from weir_internal.event as e where e.workflow = v_id;
  delete from weir_internal.step_name as n where n.workflow = v_id;
  delete from weir_internal.step as s where s.workflow = v_id;
  delete from weir_internal.workflow as w where w.id = v_id;
end
$$;

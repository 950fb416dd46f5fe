-- What is known of a workflow: its status, what the user gave at the start, and when it ran: since it was last
-- set going, and until it succeeded or failed. Error: WF001 unknown id.
create function weir.metadata(workflow_id text)
returns jsonb
language plpgsql
stable
as $$
declare
  v_workflow weir_internal.workflow := weir_internal.known_workflow(workflow_id);
begin
  return jsonb_build_object(
    'status', weir_internal.status_of(v_workflow),
    'user_metadata', v_workflow.metadata,
    'stats', weir_internal.stats(
      v_workflow.started_at, case when v_workflow.status <> 'CANCELED' then v_workflow.finished_at end
    )
  );
end
$$;

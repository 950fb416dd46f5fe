-- The output of a step of that name: its own, or that of the graph it returned. Null of one that failed, and
-- as long as there may still be one: a graph that a step returns may bring it. Errors: WF001 unknown id, WF008
-- the workflow has ended without it.
create function weir.step_output(workflow_id text, step text)
returns jsonb
language plpgsql
stable
as $$
declare
  v_workflow weir_internal.workflow := weir_internal.known_workflow(workflow_id);
  v_outcome record;
begin
  select o.status, o.output, o.error
  into v_outcome
  from weir_internal.outcomes(array[v_workflow.id], array[coalesce(step, '')]) as o;

  if v_outcome.status is not null and v_outcome.output is null and v_outcome.error is null then
    raise exception 'workflow % is % without step %', quote_literal(workflow_id), v_workflow.status, quote_literal(step)
      using errcode = 'WF008';
  end if;
  return v_outcome.output;
end
$$;

-- The output of a SUCCESSFUL workflow, null of one that has not ended so. Error: WF001 unknown id.
create function weir.output(workflow_id text)
returns jsonb
language plpgsql
stable
as $$
declare
  v_output jsonb;
begin
  select case when w.status = 'SUCCESSFUL' then weir_internal.output_of(w.id, w.root) end
  into v_output
  from weir_internal.workflow as w
  where w.workflow_id = output.workflow_id;

  if not found then
    raise exception 'no workflow %', quote_literal(workflow_id) using errcode = 'WF001';
  end if;
  return v_output;
end
$$;

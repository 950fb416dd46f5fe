-- The workflow of this id. Error: WF001 there is none.
create function weir_internal.known_workflow(p_workflow_id text)
returns weir_internal.workflow
language plpgsql
stable
as $$
declare
  v_workflow weir_internal.workflow;
begin
  select w.*
  into v_workflow
  from weir_internal.workflow as w
  where w.workflow_id = p_workflow_id;

  if not found then
    raise exception 'no workflow %', coalesce(quote_literal(p_workflow_id), 'null') using errcode = 'WF001';
  end if;
  return v_workflow;
end
$$;

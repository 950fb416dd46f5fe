-- The key of a workflow, null when there is none of that id.
create function weir_internal.key_of(p_workflow_id text)
returns bigint
language sql
stable
as $$
  select w.id
  from weir_internal.workflow as w
  where w.workflow_id = p_workflow_id
$$;

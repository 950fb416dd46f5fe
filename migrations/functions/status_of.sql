-- A workflow's status as everybody is told it: RESUMABLE is worked out here and nowhere else.
create function weir_internal.status_of(p_workflow weir_internal.workflow)
returns text
language sql
stable
as $$
  select case
    when p_workflow.status = 'RUNNING' and weir_internal.is_stalled(p_workflow.id) then 'RESUMABLE'
    else p_workflow.status::text
  end
$$;

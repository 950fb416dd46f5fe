-- The output of a step: its own, or that of the root of the graph it returned.
create function weir_internal.output_of(p_workflow bigint, p_no integer)
returns jsonb
language sql
stable
as $$
  select case when s.outcome_of is null then s.output else o.output end
  from weir_internal.step as s
  left join weir_internal.step as o on o.workflow = s.workflow and o.no = s.outcome_of
  where s.workflow = p_workflow
    and s.no = p_no
$$;

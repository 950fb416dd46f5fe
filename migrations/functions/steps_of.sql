-- Steps of a workflow by their numbers. limit 1 for the reason that unmet has it.
create function weir_internal.steps_of(p_workflow bigint, p_first integer, p_last integer)
returns setof weir_internal.step
language sql
stable
as $$
  select s.*
  from generate_series(p_first, p_last) as g (no)
  cross join lateral (
    select t.*
    from weir_internal.step as t
    where t.workflow = p_workflow
      and t.no = g.no
    limit 1
  ) as s
$$;

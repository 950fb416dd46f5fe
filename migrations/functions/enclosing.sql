-- These steps, and above them those that returned the graphs which they are in, up to the workflow's own graph.
--
-- limit 1 for the reason that unmet has it.
create function weir_internal.enclosing(p_workflow bigint, p_no integer[])
returns table (no integer, above boolean)
language sql
stable
as $$
  with recursive climbed as (
    select s.no, false as above
    from unnest(p_no) as s (no)
    union
    select s.parent, true
    from climbed as c
    cross join lateral (
      select t.parent
      from weir_internal.step as t
      where t.workflow = p_workflow
        and t.no = c.no
      limit 1
    ) as s
    where s.parent is not null
  )
  select c.no, c.above
  from climbed as c
$$;

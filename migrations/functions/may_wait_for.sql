-- Whether a graph that the step p_for returned may wait for all of p_no.
--
-- Not for one that waits for p_for: neither would ever start. Nor for one below a step that has not come to its
-- end, unless p_for is below it as well: its failure, if it is caught, would give up the one and leave the other. Nor
-- for one whose failure nobody catches: what goes on without it has caught the failure of a step above.
--
-- limit 1 for the reason that unmet has it.
create function weir_internal.may_wait_for(p_workflow bigint, p_no integer[], p_for integer)
returns boolean
language sql
stable
as $$
  with recursive around as (
    select e.no
    from weir_internal.enclosing(p_workflow, array[p_for]) as e
  ),
  waited as (
    select o.no
    from unnest(p_no) as o (no)
    union
    select n.no
    from waited as w
    cross join lateral (
      select t.dependencies, t.state, t.last_child
      from weir_internal.step as t
      where t.workflow = p_workflow
        and t.no = w.no
      limit 1
    ) as s
    cross join lateral (
      select d.no
      from weir_internal.unmet(p_workflow, s.dependencies) as d
      union all
      select s.last_child
      where s.state = 'delegated'
    ) as n
  )
  select
    not exists (select from around as a join waited as w on w.no = a.no)
    and not exists (
      select
      from weir_internal.enclosing(p_workflow, p_no) as a
      cross join lateral (
        select t.state, t.caught
        from weir_internal.step as t
        where t.workflow = p_workflow
          and t.no = a.no
        limit 1
      ) as s
      where (
          s.state = 'halted'
          or s.state = 'delegated' and a.above
          or s.state = 'failed' and not s.caught and not a.above
        )
        and a.no not in (select r.no from around as r)
    )
$$;

-- Whether a graph that the step p_for returned may wait for p_no.
--
-- Not for one that waits for p_for: neither would ever start. Nor for one below a step that has not come to its
-- end, unless p_for is below it as well: its failure, if it is caught, would give up the one and leave the other.
create function weir_internal.may_wait_for(p_workflow bigint, p_no integer, p_for integer)
returns boolean
language sql
stable
as $$
  with recursive around as (
    select p_for as no
    union
    select s.parent
    from around as a
    join weir_internal.step as s on s.workflow = p_workflow and s.no = a.no
    where s.parent is not null
  ),
  waited as (
    select p_no as no
    union
    select n.no
    from waited as w
    cross join lateral (
      select s.dependencies, s.state, s.last_child
      from weir_internal.step as s
      where s.workflow = p_workflow
        and s.no = w.no
      limit 1
    ) as s
    cross join lateral (
      select d.no
      from weir_internal.unmet(p_workflow, s.dependencies) as d
      union all
      select s.last_child
      where s.state = 'delegated'
    ) as n
  ),
  above as (
    select p_no as no
    union
    select s.parent
    from above as a
    join weir_internal.step as s on s.workflow = p_workflow and s.no = a.no
    where s.parent is not null
  )
  select
    not exists (select from around as a join waited as w on w.no = a.no)
    and not exists (
      select
      from above as a
      join weir_internal.step as s on s.workflow = p_workflow and s.no = a.no
      where s.state in ('delegated', 'halted')
        and a.no not in (select r.no from around as r)
        and (a.no <> p_no or s.state = 'halted')
    )
$$;

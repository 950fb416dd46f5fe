-- Steps that a worker has just been given, with their inputs, each followed by its run: one range of the
-- key. Inputs stand in the order of dependencies; a delegated one's outcome is where outcome_of says. A
-- follower's only input is the output that the worker is about to hold, so it carries none.
create function weir_internal.hands(p_ord integer[], p_workflow bigint[], p_no integer[], p_run integer[])
returns setof weir_internal.hand
language sql
stable
as $$
  select
    case when s.no = h.no then 'next' else 'follower' end,
    h.ord,
    s.workflow,
    case when s.no = h.no then w.workflow_id end,
    s.no,
    s.epoch,
    s.attempt,
    s.failures,
    s.name,
    s.function,
    s.queue,
    s.args,
    s.policy,
    i.outputs,
    i.errors
  from unnest(p_ord, p_workflow, p_no, p_run) as h (ord, workflow, no, run)
  join weir_internal.workflow as w on w.id = h.workflow
  join weir_internal.step as s
    on s.workflow = h.workflow
    and s.no between h.no and h.no + least(h.run, 49)
  left join lateral (
    select
      array_agg(case when d.outcome_of is null then d.output else o.output end order by u.position) as outputs,
      array_agg(case when d.outcome_of is null then d.error else o.error end order by u.position) as errors
    from unnest(s.dependencies) with ordinality as u (no, position)
    join weir_internal.step as d on d.workflow = s.workflow and d.no = u.no
    left join weir_internal.step as o on o.workflow = s.workflow and o.no = d.outcome_of
  ) as i on s.no = h.no and s.dependencies <> '{}'
  order by h.ord, s.no
$$;

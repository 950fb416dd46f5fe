-- Steps that a worker has just been given, with their inputs, each followed by its run: one range of the
-- key. Inputs stand in the order of dependencies; a delegated one's outcome is where outcome_of says. A
-- follower's only input is the output that the worker is about to hold, so it carries none.
-- (PL/pgSQL, since a function in SQL would be planned anew by each call.)
create function weir_internal.hands(p_ord integer[], p_workflow bigint[], p_no integer[], p_run integer[])
returns setof weir_internal.hand
language plpgsql
stable
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set cpu_index_tuple_cost = 10
as $$
begin
  return query
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
    case when s.no = h.no and s.dependencies <> '{}' then (
      select array_agg(case when d.outcome_of is null then d.output else o.output end order by u.position)
      from unnest(s.dependencies) with ordinality as u (no, position)
      join weir_internal.step as d on d.workflow = s.workflow and d.no = u.no
      left join weir_internal.step as o on o.workflow = s.workflow and o.no = d.outcome_of
    ) end,
    case when s.no = h.no and s.dependencies <> '{}' then (
      select array_agg(case when d.outcome_of is null then d.error else o.error end order by u.position)
      from unnest(s.dependencies) with ordinality as u (no, position)
      join weir_internal.step as d on d.workflow = s.workflow and d.no = u.no
      left join weir_internal.step as o on o.workflow = s.workflow and o.no = d.outcome_of
    ) end
  from unnest(p_ord, p_workflow, p_no, p_run) as h (ord, workflow, no, run)
  join weir_internal.workflow as w on w.id = h.workflow
  cross join lateral (
    select t.*
    from weir_internal.step as t
    where t.workflow = h.workflow
      and t.no >= h.no
    order by t.no
    limit least(h.run, 49) + 1
  ) as s
  order by h.ord, s.no;
end
$$;

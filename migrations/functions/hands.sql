-- Steps that a worker has just been given, with their inputs, each followed by its run. A follower's only
-- input is the output that the worker is about to hold, so it carries none.
-- (PL/pgSQL, since a function in SQL would be planned anew by each call.)
create function weir_internal.hands(p_ord integer[], p_workflow bigint[], p_no integer[], p_run integer[])
returns setof weir_internal.hand
language plpgsql
stable
as $$
begin
  return query
  select
    'next', h.ord, s.workflow, w.workflow_id, s.no, s.epoch, s.attempt, s.failures, s.name, s.function, s.queue, s.args,
    s.policy, i.outputs, i.errors
  from unnest(p_ord, p_workflow, p_no) as h (ord, workflow, no)
  join weir_internal.workflow as w on w.id = h.workflow
  join weir_internal.step as s on s.workflow = h.workflow and s.no = h.no
  cross join lateral weir_internal.inputs(s.workflow, s.dependencies) as i
  union all
  select
    'follower', h.ord, s.workflow, null, s.no, s.epoch, s.attempt, s.failures, s.name, s.function, s.queue, s.args,
    s.policy, null, null
  from unnest(p_ord, p_workflow, p_no, p_run) as h (ord, workflow, no, run)
  cross join lateral (
    select f.*
    from weir_internal.step as f
    where f.workflow = h.workflow
      and f.no > h.no
    order by f.no
    limit least(h.run, 49)
  ) as s
  order by 2, 5;
end
$$;

-- The outcome of each of these workflows, or of the step of it that p_step names at the same position, once
-- there is one. status is null of a workflow that is no longer there. Of a step it says how that ended, or, when
-- there is neither output nor error, how the workflow has ended without it. One call serves all the waiters of
-- a process.
create function weir_internal.outcomes(p_workflow bigint[], p_step text[] default null)
returns table (workflow bigint, status text, output jsonb, error jsonb, cancel_reason text, step text)
language plpgsql
stable
as $$
begin
  return query
  select
    g.id,
    w.status::text,
    case when w.status = 'SUCCESSFUL' then weir_internal.output_of(w.id, w.root) end,
    f.error,
    w.cancel_reason,
    null
  from unnest(p_workflow, p_step) as g (id, step)
  left join weir_internal.workflow as w on w.id = g.id
  left join weir_internal.step as f on f.workflow = w.id and f.no = w.failed_step
  where g.step is null
    and (w.id is null or w.status in ('SUCCESSFUL', 'FAILED', 'CANCELED'));

  if array_remove(p_step, null) <> '{}' then
    return query
    select
      g.id,
      case s.state when 'succeeded' then 'SUCCESSFUL' when 'failed' then 'FAILED' else w.status::text end,
      o.output,
      o.error,
      case when s.no is null then w.cancel_reason end,
      g.step
    from unnest(p_workflow, p_step) as g (id, step)
    left join weir_internal.workflow as w on w.id = g.id
    left join weir_internal.step as s on s.workflow = w.id and s.name = g.step and s.state in ('succeeded', 'failed')
    left join weir_internal.step as o on o.workflow = s.workflow and o.no = coalesce(s.outcome_of, s.no)
    where g.step is not null
      and (w.id is null or s.no is not null or w.status in ('SUCCESSFUL', 'FAILED', 'CANCELED'));
  end if;
end
$$;

-- The outcome of each of these workflows that has ended; status is null of one that is no longer there. One
-- call serves all the waiters of a process.
create function weir_internal.outcomes(p_workflow bigint[])
returns table (workflow bigint, status text, output jsonb, error jsonb, cancel_reason text)
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
    w.cancel_reason
  from unnest(p_workflow) as g (id)
  left join weir_internal.workflow as w on w.id = g.id
  left join weir_internal.step as f on f.workflow = w.id and f.no = w.failed_step
  where w.id is null
    or w.status in ('SUCCESSFUL', 'FAILED', 'CANCELED');
end
$$;

-- These workflows have ended: what ran under a limit makes room for the next. Returns those that did. Whoever
-- learns of it lets the next begin by a pass over the timers.
create function weir_internal.free_slots(p_workflow bigint[])
returns setof bigint
language plpgsql
as $$
begin
  if not exists (select from weir_internal.workflow_limit) then
    return;
  end if;

  return query
  delete from weir_internal.workflow_slot as s
  using unnest(p_workflow) as e (workflow)
  where s.workflow = e.workflow
  returning s.workflow;
end
$$;

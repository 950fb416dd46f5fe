-- New workflows behind a limit queue up, and are admitted at once if it is their turn. Error: WF010 when one has
-- to wait and more wait there already than may.
create function weir_internal.join_queue(p_workflow bigint[])
returns void
language plpgsql
as $$
declare
  v_full weir_internal.workflow_limit;
begin
  perform weir_internal.take_slots(p_workflow);
  perform weir_internal.admit(p_workflow);

  select l.*
  into v_full
  from weir_internal.workflow_slot as s
  join weir_internal.workflow_limit as l on l.scope = s.scope and l.key = s.key
  where s.workflow = any (p_workflow)
    and not s.admitted
    and exists (
      select
      from weir_internal.workflow_slot as o
      where o.scope = l.scope
        and o.key = l.key
        and not o.admitted
      offset l.max_pending
    )
    and l.max_pending is not null
  limit 1;

  if found then
    raise exception 'the limit of % % has % running, and as many as may wait: %',
      v_full.scope, quote_literal(v_full.key), v_full.max_running, v_full.max_pending
      using errcode = 'WF010';
  end if;
end
$$;

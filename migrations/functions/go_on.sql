-- Has workflows that stand still go on: those that FAILED or were CANCELED, and of those that are RUNNING what a
-- lost worker with manual recovery has left. Rows are locked by id, the order that everybody keeps.
create function weir_internal.go_on(p_workflow bigint[])
returns void
language plpgsql
as $$
begin
  perform
  from weir_internal.workflow as w
  where w.id = any (p_workflow)
    and w.status::text in ('FAILED', 'CANCELED', 'RUNNING') -- as text: found by id
    and (w.status <> 'RUNNING' or weir_internal.river_withheld())
  order by w.id
  for no key update;

  perform weir_internal.actor_goes_on(p_workflow);
  perform weir_internal.reopen(p_workflow);
  perform weir_internal.recover(p_workflow);
end
$$;

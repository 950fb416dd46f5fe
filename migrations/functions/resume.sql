-- Sets a FAILED or CANCELED workflow going again from its checkpoints, and returns its status; a RUNNING or
-- SUCCESSFUL one is left as it is. Error: WF001 unknown id.
create function weir.resume(workflow_id text)
returns text
language plpgsql
as $$
declare
  v_id bigint;
begin
  select w.id
  into v_id
  from weir_internal.workflow as w
  where w.workflow_id = resume.workflow_id
  for no key update;

  if not found then
    raise exception 'no workflow %', quote_literal(workflow_id) using errcode = 'WF001';
  end if;
  return weir_internal.reopen(v_id);
end
$$;

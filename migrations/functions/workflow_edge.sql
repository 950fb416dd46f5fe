-- Refuses an edge of workflow.status that is not in the state diagram, to everybody, the owner included.
create function weir_internal.workflow_edge()
returns trigger
language plpgsql
as $$
begin
  if (old.status, new.status) not in (
    ('PENDING', 'RUNNING'), ('PENDING', 'CANCELED'),
    ('RUNNING', 'SUCCESSFUL'), ('RUNNING', 'FAILED'), ('RUNNING', 'CANCELED'),
    ('FAILED', 'RUNNING'), ('CANCELED', 'RUNNING'), ('FAILED', 'PENDING'), ('CANCELED', 'PENDING')
  ) then
    raise exception 'workflow % cannot go from % to %', old.workflow_id, old.status, new.status using errcode = 'WF007';
  end if;
  return new;
end
$$;

create trigger workflow_edge
before update of status on weir_internal.workflow
for each row
when (old.status <> new.status)
execute function weir_internal.workflow_edge();

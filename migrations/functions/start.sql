-- Starts workflows for whoever may run them (store).
create function weir_internal.start(
  p_workflow_id text[],
  p_name text[],
  p_metadata jsonb[],
  p_fingerprint bigint[],
  p_steps integer[],
  p_on_existing text[],
  p_step_workflow integer[],
  p_step_no integer[],
  p_step_name text[],
  p_function text[],
  p_queue text[],
  p_dependencies text[],
  p_dependents text[],
  p_run integer[],
  p_caught boolean[],
  p_args jsonb[],
  p_policy jsonb[],
  p_step_metadata jsonb[],
  p_notify boolean,
  p_patient boolean
)
returns table (ord integer, id bigint, status text, created boolean, same_graph boolean)
language plpgsql
as $$
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;

  return query
  select s.ord, s.id, s.status, s.created, s.same_graph
  from weir_internal.store(
    p_workflow_id, p_name, p_metadata, p_fingerprint, p_steps, p_on_existing, p_step_workflow, p_step_no,
    p_step_name, p_function, p_queue, p_dependencies, p_dependents, p_run, p_caught, p_args, p_policy,
    p_step_metadata, p_notify, null, null
  ) as s;
end
$$;

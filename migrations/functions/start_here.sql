-- Starts workflows in a process that works, some of them for itself (store): it has threads that have run out of
-- work, and p_hand names the step of a workflow that one of them goes on with. p_done are jobs of the worker's that
-- no checkpoint has removed and that those threads are through with. A worker that has lost its lease starts them for
-- others.
create function weir_internal.start_here(
  p_worker text,
  p_hand integer[],
  p_done bigint[],
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
returns table (ord integer, id bigint, status text, created boolean, same_graph boolean, job bigint)
language plpgsql
as $$
declare
  v_worker text := p_worker;
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  if (weir_internal.try_enter(p_worker)).id is null then
    v_worker := null;
  end if;

  return query
  select s.*
  from weir_internal.store(
    p_workflow_id, p_name, p_metadata, p_fingerprint, p_steps, p_on_existing, p_step_workflow, p_step_no,
    p_step_name, p_function, p_queue, p_dependencies, p_dependents, p_run, p_caught, p_args, p_policy,
    p_step_metadata, p_notify, v_worker, p_hand
  ) as s;

  if v_worker is not null and p_done <> '{}' then
    perform weir_internal.river_remove(v_worker, p_done);
  end if;
end
$$;

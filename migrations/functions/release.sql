-- A worker gives back what jobs of its hold, or an actor's turn that it has without one: it is stopping, or doesn't
-- know whether its last call was carried out. False when a workflow or an actor was locked just now: call again.
create function weir_internal.release(p_worker text, p_job bigint[], p_workflow bigint[])
returns boolean
language plpgsql
as $$
begin
  perform weir_internal.enter(p_worker);
  return weir_internal.requeue(p_worker, p_job, p_workflow, false, 0)
    and weir_internal.actor_requeue(p_worker, p_workflow, p_job, false, 0);
end
$$;

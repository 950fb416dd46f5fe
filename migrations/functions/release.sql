-- A worker gives back what jobs of its hold: it is stopping, or doesn't know whether its last call was carried
-- out. False when a workflow was locked just now: call again.
create function weir_internal.release(p_worker text, p_job bigint[], p_workflow bigint[])
returns boolean
language plpgsql
as $$
begin
  perform weir_internal.enter(p_worker);
  return weir_internal.requeue(p_worker, p_job, p_workflow, false, 0);
end
$$;

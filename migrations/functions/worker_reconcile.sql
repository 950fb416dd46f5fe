-- A fetch, or a start, whose answer was lost leaves jobs running under a worker that knows nothing of them.
-- Requeues those that were fetched over p_older ago and are not among p_jobs, the jobs that the worker does know;
-- with p_workflow_id those of this workflow only.
create function weir_internal.worker_reconcile(p_id text, p_jobs bigint[], p_older interval, p_workflow_id text default null)
returns integer
language plpgsql
as $$
declare
  v_job bigint[];
  v_workflow bigint[];
begin
  perform weir_internal.enter(p_id);

  select array_agg(h.id), array_agg(h.workflow)
  into v_job, v_workflow
  from weir_internal.river_held(p_id) as h
  where h.fetched_at < weir_internal.clock() - p_older
    and h.id <> all (p_jobs)
    and (p_workflow_id is null or h.workflow = (select w.id from weir_internal.workflow as w where w.workflow_id = p_workflow_id));

  if v_job is null then
    return 0;
  end if;
  perform weir_internal.requeue(p_id, v_job, v_workflow, false, 0);
  return cardinality(v_job);
end
$$;

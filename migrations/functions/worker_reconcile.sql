-- A fetch, or a start, whose answer was lost leaves jobs running under a worker that knows nothing of them.
-- Requeues those that were fetched over p_older ago and are not among p_jobs, the jobs that the worker does know;
-- with p_workflow_id those of this workflow only. What somebody else has locked remains: call again.
create function weir_internal.worker_reconcile(p_id text, p_jobs bigint[], p_older interval, p_workflow_id text default null)
returns table (found integer, remains boolean)
language plpgsql
as $$
declare
  v_job bigint[];
  v_workflow bigint[];
  v_actor_job bigint[];
  v_actor bigint[];
  v_all boolean := true;
begin
  perform weir_internal.enter(p_id);

  select array_agg(h.id), array_agg(h.workflow)
  into v_job, v_workflow
  from weir_internal.river_held(p_id) as h
  where h.fetched_at < weir_internal.clock() - p_older
    and h.id <> all (p_jobs)
    and (p_workflow_id is null or h.workflow = (select w.id from weir_internal.workflow as w where w.workflow_id = p_workflow_id));

  if v_job is not null then
    v_all := weir_internal.requeue(p_id, v_job, v_workflow, false, 0);
  end if;

  select array_agg(h.job), array_agg(h.actor)
  into v_actor_job, v_actor
  from weir_internal.actor_held(p_id) as h
  where p_workflow_id is null
    and h.fetched_at < weir_internal.clock() - p_older
    and h.job <> all (p_jobs);

  if v_actor_job is not null then
    v_all := weir_internal.actor_requeue(null, v_actor, v_actor_job, false, 0) and v_all;
  end if;
  return query
  select
    coalesce(cardinality(v_job), 0) + coalesce(cardinality(v_actor_job), 0)
      + case when p_workflow_id is null then weir_internal.actor_query_retire(p_id, p_jobs, p_older) else 0 end,
    not v_all;
end
$$;

-- A worker claims the steps that its River jobs name. What comes back is held: the step, and its run.
-- A job whose step is no longer ready, or waits for another job, gets nothing and is done.
--
-- A call whose answer was lost is made again: the same job may claim its running step once more, under a
-- new epoch. Only the process that runs the job can do so; the gate refuses one that has lost its lease.
-- Items come sorted by (workflow, no): that is the order in which their rows are locked.
--
-- A call that isn't patient gives up (55P03) when a row stays locked for 50 ms, so that the batch can part.
create function weir_internal.claim(p_worker text, p_job bigint[], p_workflow bigint[], p_no integer[], p_patient boolean)
returns setof weir_internal.hand
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_ord integer[];
  v_workflow bigint[];
  v_no integer[];
  v_run integer[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  perform weir_internal.enter(p_worker);

  with claimed as (
    update weir_internal.step as s
    set
      state = 'running',
      epoch = s.epoch + 1,
      attempt = s.attempt + 1,
      started_at = coalesce(s.started_at, v_now)
    from unnest(p_job, p_workflow, p_no) with ordinality as i (job, workflow, no, ord)
    where s.workflow = i.workflow
      and s.no = i.no
      and s.job = i.job
      and s.state in ('ready', 'running')
    returning i.ord, s.workflow, s.no, s.run
  )
  select array_agg(c.ord), array_agg(c.workflow), array_agg(c.no), array_agg(c.run)
  into v_ord, v_workflow, v_no, v_run
  from claimed as c;

  return query
  select * from weir_internal.hands(v_ord, v_workflow, v_no, v_run);
end
$$;

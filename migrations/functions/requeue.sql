-- Takes everything that River jobs hold away from them: the jobs are finalised, each step they held is
-- ready again under a new epoch with a fresh job. With p_lost the attempts count as lost with their worker,
-- and a step that has been lost p_poison times is given up. One that is lost for the second time comes back
-- after a random delay: what killed its worker, and what merely ran beside it, must not be fetched together
-- again and again, or the bystanders would be given up as well. With p_withheld nobody fetches the fresh jobs
-- until they are released.
--
-- A job holds the running step that names it, the ready step it was meant for, and within a run the waiting
-- step whose only dependency it has checkpointed. Workflows that somebody else has locked are passed over:
-- false means that there is something left to do, and to call again.
create function weir_internal.requeue(
  p_worker text,
  p_job bigint[],
  p_job_workflow bigint[],
  p_lost boolean,
  p_poison integer,
  p_withheld boolean default false
)
returns boolean
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_locked bigint[];
  v_jobs bigint[];
  v_all boolean;
  v_poisoned record;
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_workflow bigint[];
  v_no integer[];
  v_delay interval[];
begin
  v_locked := array(
    select w.id
    from weir_internal.workflow as w
    where w.id = any (p_job_workflow)
    order by w.id
    for no key update skip locked
  );
  v_locked := weir_internal.actor_free(v_locked);

  select array_agg(j.id)
  into v_jobs
  from unnest(p_job, p_job_workflow) as j (id, workflow)
  where j.workflow = any (v_locked)
    or not exists (select from weir_internal.workflow as w where w.id = j.workflow);

  with held as (
    select s.workflow, s.no
    from weir_internal.step as s
    where s.workflow = any (v_locked)
      and s.state in ('running', 'ready')
      and (s.job in (select unnest(v_jobs))) -- in brackets it stays a hashed look-up, not a join or a search
    union
    select f.workflow, f.no
    from weir_internal.step as s
    join weir_internal.step as f
      on f.workflow = s.workflow
      and f.no = s.no + 1
      and f.state = 'waiting'
      and f.dependencies = array[s.no]
    where s.workflow = any (v_locked)
      and s.state = 'succeeded'
      and (s.job in (select unnest(v_jobs)))
  ),
  locked as (
    select s.workflow, s.no, s.state <> 'ready' and p_lost as lost, s.state = 'waiting' as unmarked
    from weir_internal.step as s
    join held as h on h.workflow = s.workflow and h.no = s.no
    where s.state in ('running', 'ready', 'waiting') -- as it is once the lock is had
    order by s.workflow, s.no
    for no key update of s
  ),
  requeued as (
    update weir_internal.step as s
    set
      state = 'ready',
      pending = 0,
      epoch = s.epoch + 1,
      lost = s.lost + case when l.lost then 1 else 0 end,
      attempt = s.attempt + case when l.unmarked then 1 else 0 end,
      job = weir_internal.river_token()
    from locked as l
    where s.workflow = l.workflow
      and s.no = l.no
    returning s.workflow, s.no, s.job, s.function, s.queue, s.attempt, s.started_at, l.lost, s.lost as losses
  ),
  attempts as (
    insert into weir_internal.step_attempt (
      workflow, no, attempt, lost, worker, error_type, message, started_at, finished_at
    )
    select r.workflow, r.no, r.attempt, true, p_worker, 'weir.lost', 'the worker was lost', r.started_at, v_now
    from requeued as r
    where r.lost
    returning id
  )
  select
    array_agg(r.job), array_agg(r.function), array_agg(r.queue), array_agg(r.workflow), array_agg(r.no),
    array_agg(case when r.lost and r.losses > 1 then random() * power(2, least(r.losses, 6)) * interval '0.25 s' end),
    (select count(*) from held) = count(*)
  into v_job, v_kind, v_queue, v_workflow, v_no, v_delay, v_all
  from requeued as r;

  -- A checkpoint that was still under way has moved a job on to a step that held doesn't know: come again.
  if v_all then
    perform weir_internal.river_retire(v_jobs);
  end if;
  if v_job is not null then
    perform weir_internal.river_insert(v_job, v_kind, v_queue, v_workflow, v_no, true, true, v_delay, p_withheld);
  end if;

  if p_lost then
    for v_poisoned in
      select s.workflow, s.no, s.job, s.name, s.lost, s.attempt
      from unnest(v_workflow, v_no) as r (workflow, no)
      join weir_internal.step as s on s.workflow = r.workflow and s.no = r.no
      where s.lost >= p_poison
        and s.state = 'ready'
      order by s.workflow, s.no
    loop
      -- Giving up the one before may have halted this one; the loop's query wouldn't know.
      continue when not exists (
        select
        from weir_internal.step as s
        where s.workflow = v_poisoned.workflow
          and s.no = v_poisoned.no
          and s.state = 'ready'
      );
      perform weir_internal.river_cancel(array[v_poisoned.job]);
      perform weir_internal.give_up(
        v_poisoned.workflow, v_poisoned.no,
        jsonb_build_object(
          'step', v_poisoned.name, 'type', 'weir.lost', 'attempts', v_poisoned.attempt,
          'message', format('given up after %s of its attempts were lost with their workers', v_poisoned.lost)
        ),
        v_now
      );
    end loop;
  end if;

  return v_all and coalesce(cardinality(v_jobs), 0) = cardinality(p_job);
end
$$;

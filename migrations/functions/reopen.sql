-- Sets a FAILED or CANCELED workflow going again and returns its status.
--
-- What is final stays: a success, and a failure that was caught. Everything else is worked out anew from
-- that: a step that had returned a graph waits for it again, others wait for the dependencies that are not
-- final, and what waits for nothing is ready with a fresh retry budget. Every reopened step gets a new
-- epoch, so that a body which still runs from before can record nothing.
create function weir_internal.reopen(p_workflow bigint)
returns text
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_root integer;
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_no integer[];
  v_ended integer[];
begin
  update weir_internal.workflow as w
  set status = 'RUNNING', started_at = v_now, finished_at = null, failed_step = null, cancel_reason = null
  where w.id = p_workflow
    and w.status in ('FAILED', 'CANCELED')
  returning w.root
  into v_root;

  if not found then
    return (select w.status::text from weir_internal.workflow as w where w.id = p_workflow);
  end if;

  -- Late checkpoints inside runs don't take the workflow's row: those under way end before we look.
  perform
  from weir_internal.step as s
  where s.workflow = p_workflow
    and s.state = 'halted'
  order by s.no
  for no key update;

  with recursive live as (
    select s.no, s.ctid as place, s.state, s.first_child, s.last_child, s.dependencies, s.function, s.wake_at
    from weir_internal.step as s
    where s.workflow = p_workflow
      and s.no <= v_root
      and not (s.state = 'succeeded' or s.state = 'failed' and s.caught)
    union all
    select s.no, s.place, s.state, s.first_child, s.last_child, s.dependencies, s.function, s.wake_at
    from live as l
    cross join lateral ( -- offset 0: by key, and not all of the workflow for each level
      select t.*, t.ctid as place
      from weir_internal.step as t
      where t.workflow = p_workflow
        and t.no between l.first_child and l.last_child
      offset 0
    ) as s
    where not (s.state = 'succeeded' or s.state = 'failed' and s.caught)
  ),
  counted as materialized (
    select
      l.no,
      l.place,
      l.first_child,
      l.function = 'weir.sleep' as sleeps,
      l.wake_at,
      (select count(*) from weir_internal.unmet(p_workflow, l.dependencies))::integer as pending
    from live as l
  ),
  placed as (
    select
      c.no,
      c.place,
      c.sleeps,
      c.wake_at,
      case when c.first_child is null then c.pending else 0 end as pending,
      case
        when c.first_child is not null then 'delegated'
        when c.pending > 0 then 'waiting'
        when c.sleeps then 'scheduled'
        else 'ready'
      end::weir_internal.step_state as state
    from counted as c
    order by c.no
  ),
  reopened as (
    update weir_internal.step as s
    set
      state = p.state,
      pending = p.pending,
      epoch = s.epoch + 1,
      failures = 0,
      lost = 0,
      started_at = case when p.state = 'delegated' then s.started_at end,
      finished_at = null,
      error = null,
      outcome_of = null,
      -- A sleep that was reached keeps its deadline.
      wake_at = case
        when p.sleeps and p.state = 'scheduled' then coalesce(p.wake_at, weir_internal.wake_time(s.args, v_now))
        when p.sleeps then p.wake_at
      end,
      job = case when p.state = 'ready' then weir_internal.river_token() end
    from placed as p
    where s.ctid = p.place
    returning s.no, s.state, s.job, s.function, s.queue, s.wake_at
  ),
  timers as (
    insert into weir_internal.timer (workflow, no, due)
    select p_workflow, r.no, r.wake_at
    from reopened as r
    where r.state = 'scheduled'
    returning no
  )
  select
    array_agg(r.job) filter (where r.state = 'ready'),
    array_agg(r.function) filter (where r.state = 'ready'),
    array_agg(r.queue) filter (where r.state = 'ready'),
    array_agg(r.no) filter (where r.state = 'ready')
  into v_job, v_kind, v_queue, v_no
  from reopened as r;

  if v_job is not null then
    perform weir_internal.river_insert(
      v_job, v_kind, v_queue, array_fill(p_workflow, array[cardinality(v_job)]), v_no, true
    );
  end if;

  -- A root that finished after the stop has told nobody: the step or the workflow that ends with it ends now.
  select array_agg(s.no)
  into v_ended
  from weir_internal.step as s
  where s.workflow = p_workflow
    and s.state = 'succeeded'
    and s.dependents = '{}'
    and (
      s.parent is null
      or exists (
        select
        from weir_internal.step as p
        where p.workflow = p_workflow
          and p.no = s.parent
          and p.state = 'delegated'
      )
    );

  if v_ended is not null then
    perform weir_internal.arrive(
      '{}', array_agg(1), array_agg(p_workflow), v_ended, array_agg(null::bigint), '{}', true, v_now
    )
    from unnest(v_ended);
  end if;

  return (select w.status::text from weir_internal.workflow as w where w.id = p_workflow);
end
$$;

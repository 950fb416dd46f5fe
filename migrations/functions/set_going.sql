-- Sets workflows that stand still going: those that FAILED or were CANCELED, and those that are PENDING. The
-- caller holds their rows.
--
-- What is final stays: a success, and a failure that was caught. Everything else is worked out anew from
-- that: a step that had returned a graph waits for it again, others wait for the dependencies that are not
-- final, and what waits for nothing is ready with a fresh retry budget. Every reopened step gets a new
-- epoch, so that a body which still runs from before can record nothing.
create function weir_internal.set_going(p_workflow bigint[])
returns void
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_id bigint[];
  v_root integer[];
  v_loose boolean[];
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_workflow bigint[];
  v_no integer[];
  v_await_workflow bigint[];
  v_await_no integer[];
begin
  with going as (
    update weir_internal.workflow as w
    set status = 'RUNNING', started_at = v_now, finished_at = null, failed_step = null, cancel_reason = null
    where w.id = any (p_workflow)
      and w.status::text in ('FAILED', 'CANCELED', 'PENDING') -- as text: found by id
    returning w.id, w.root, w.loose
  )
  select array_agg(g.id), array_agg(g.root), array_agg(g.loose)
  into v_id, v_root, v_loose
  from going as g;

  if v_id is null then
    return;
  end if;

  -- Late checkpoints inside runs don't take the workflow's row: those under way end before we look.
  perform
  from weir_internal.step as s
  where s.workflow = any (v_id)
    and s.state = 'halted'
  order by s.workflow, s.no
  for no key update;

  with recursive open as (
    select w.loose, s.workflow, s.no, s.ctid as place, s.state, s.first_child, s.last_child, s.dependencies, s.function, s.args, s.wake_at
    from unnest(v_id, v_root, v_loose) as w (id, root, loose)
    join weir_internal.step as s on s.workflow = w.id and s.no <= w.root
    where case s.state when 'succeeded' then w.loose and s.first_child is not null when 'failed' then not s.caught else true end
    union all
    select o.loose, s.workflow, s.no, s.place, s.state, s.first_child, s.last_child, s.dependencies, s.function, s.args, s.wake_at
    from open as o
    cross join lateral ( -- offset 0: by key, and not all of the workflow for each level
      select t.*, t.ctid as place
      from weir_internal.step as t
      where t.workflow = o.workflow
        and t.no between o.first_child and o.last_child
      offset 0
    ) as s
    where case s.state when 'succeeded' then o.loose and s.first_child is not null when 'failed' then not s.caught else true end
  ),
  live as ( -- a step that succeeded is open for what a wait has left in its graph
    select o.*
    from open as o
    where o.state <> 'succeeded'
  ),
  counted as materialized (
    select
      l.workflow,
      l.no,
      l.place,
      l.first_child,
      l.function,
      case
        when l.function = 'weir.wait'
        then greatest(weir_internal.wait_count(l.args, l.dependencies) - cardinality(l.dependencies) + u.open, 0)
        else u.open
      end as pending,
      -- A deadline that was set stays; one that was missed is set anew.
      coalesce(case when l.state <> 'failed' then l.wake_at end, weir_internal.wake_time(l.args, v_now)) as deadline
    from live as l
    cross join lateral (
      select count(*)::integer as open
      from weir_internal.unmet(l.workflow, l.dependencies) as d
    ) as u
  ),
  placed as (
    select
      c.*,
      case
        when c.first_child is not null then 'delegated'::weir_internal.step_state
        when c.pending > 0 then 'waiting'
        else coalesce(weir_internal.awaits(c.function), 'ready')
      end as state
    from counted as c
    order by c.workflow, c.no
  ),
  reopened as (
    update weir_internal.step as s
    set
      state = p.state,
      pending = case when p.state = 'waiting' then p.pending else 0 end,
      epoch = s.epoch + 1,
      failures = 0,
      lost = 0,
      started_at = case when p.state = 'delegated' then s.started_at end,
      finished_at = null,
      error = null,
      outcome_of = null,
      wake_at = case
        when p.function = 'weir.wait' then case when p.state = 'scheduled' then v_now else p.deadline end
        when p.function in ('weir.sleep', 'weir.event') and p.state <> 'waiting' then p.deadline
      end,
      job = case when p.state = 'ready' then weir_internal.river_token() end
    from placed as p
    where s.ctid = p.place
    returning s.workflow, s.no, s.state, s.job, s.function, s.queue, s.wake_at
  )
  select
    array_agg(r.job) filter (where r.state = 'ready'),
    array_agg(r.function) filter (where r.state = 'ready'),
    array_agg(r.queue) filter (where r.state = 'ready'),
    array_agg(r.workflow) filter (where r.state = 'ready'),
    array_agg(r.no) filter (where r.state = 'ready'),
    array_agg(r.workflow) filter (where r.state = 'parked' or r.wake_at is not null),
    array_agg(r.no) filter (where r.state = 'parked' or r.wake_at is not null)
  into v_job, v_kind, v_queue, v_workflow, v_no, v_await_workflow, v_await_no
  from reopened as r;

  if v_await_no is not null then
    perform weir_internal.await(v_await_workflow, v_await_no, v_now);
  end if;
  if v_job is not null then
    perform weir_internal.river_insert(v_job, v_kind, v_queue, v_workflow, v_no, true);
  end if;

  -- A root that finished after the stop has told nobody: the step or the workflow that ends with it ends now.
  perform weir_internal.arrive_alone(array_agg(s.workflow), array_agg(s.no), v_now)
  from weir_internal.step as s
  where s.workflow = any (v_id)
    and s.state = 'succeeded'
    and s.dependents = '{}'
    and (
      s.parent is null
      or exists (
        select
        from weir_internal.step as p
        where p.workflow = s.workflow
          and p.no = s.parent
          and p.state = 'delegated'
      )
    )
  having count(*) > 0;
end
$$;

-- Counts done steps off the pending of their dependents, all arrivals at one join in one update. A dependent
-- that reaches zero is handed over, begins to wait for a time or an event, or becomes ready with a job of its own.
-- Only those numbered from p_from count: the others have counted these steps before.
--
-- p_hand_job[i] is the job under which the item p_hand_ord[i] may be handed one successor. It must be of the same
-- queue, whose slot the thread takes: the limit of another one would not hold.
create function weir_internal.release_dependents(
  p_functions text[],
  p_ord integer[],
  p_workflow bigint[],
  p_no integer[],
  p_hand_ord integer[],
  p_hand_job bigint[],
  p_hand_queue text[],
  p_notify boolean,
  p_now timestamptz,
  p_from integer default 0
)
returns setof weir_internal.hand
language plpgsql
as $$
declare
  v_await_ord integer[];
  v_await_workflow bigint[];
  v_await_no integer[];
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_workflow bigint[];
  v_no integer[];
  v_hand_ord integer[];
  v_hand_workflow bigint[];
  v_hand_no integer[];
  v_hand_run integer[];
begin
  with arrivals as (
    select d.workflow, t.no, min(d.ord) as ord, count(*)::integer as arrived
    from unnest(p_ord, p_workflow, p_no) as d (ord, workflow, no)
    join weir_internal.step as s on s.workflow = d.workflow and s.no = d.no
    cross join unnest(s.dependents) as t (no)
    where t.no >= p_from
    group by d.workflow, t.no
  ),
  targets as (
    select
      a.workflow,
      a.no,
      a.ord,
      a.arrived,
      t.pending <= a.arrived as complete,
      weir_internal.awaits(t.function) as awaits,
      t.function = 'weir.wait' as splits,
      t.pending <= a.arrived
        and t.function = any (p_functions)
        and t.queue = p_hand_queue[array_position(p_hand_ord, a.ord)] as eligible
    from arrivals as a
    join weir_internal.step as t on t.workflow = a.workflow and t.no = a.no and t.state = 'waiting'
  ),
  placed as (
    select
      t.workflow,
      t.no,
      t.ord,
      t.arrived,
      t.complete,
      t.awaits,
      t.splits,
      case
        when t.eligible and row_number() over (partition by t.ord, t.eligible order by t.workflow, t.no) = 1
        then p_hand_job[array_position(p_hand_ord, t.ord)]
      end as hand_job
    from targets as t
    order by t.workflow, t.no
  ),
  updated as (
    update weir_internal.step as s
    set
      pending = greatest(s.pending - p.arrived, 0),
      state = case
        when not p.complete then 'waiting'::weir_internal.step_state
        when p.awaits is not null then p.awaits
        when p.hand_job is not null then 'running'
        else 'ready'
      end,
      epoch = s.epoch + case when p.hand_job is not null then 1 else 0 end,
      attempt = s.attempt + case when p.hand_job is not null then 1 else 0 end,
      started_at = coalesce(s.started_at, case when p.hand_job is not null or p.awaits is not null and p.complete then p_now end),
      wake_at = case
        when p.splits and p.complete then p_now
        when p.awaits is not null and p.complete then coalesce(s.wake_at, weir_internal.wake_time(s.args, p_now))
        else s.wake_at
      end,
      job = coalesce(p.hand_job, case when p.complete and p.awaits is null then weir_internal.river_token() end)
    from placed as p
    where s.workflow = p.workflow
      and s.no = p.no
    returning p.ord, s.workflow, s.no, s.state, s.job, s.function, s.queue, s.run
  )
  select
    array_agg(u.ord) filter (where u.state in ('scheduled', 'parked')),
    array_agg(u.workflow) filter (where u.state in ('scheduled', 'parked')),
    array_agg(u.no) filter (where u.state in ('scheduled', 'parked')),
    array_agg(u.job) filter (where u.state = 'ready'),
    array_agg(u.function) filter (where u.state = 'ready'),
    array_agg(u.queue) filter (where u.state = 'ready'),
    array_agg(u.workflow) filter (where u.state = 'ready'),
    array_agg(u.no) filter (where u.state = 'ready'),
    array_agg(u.ord) filter (where u.state = 'running'),
    array_agg(u.workflow) filter (where u.state = 'running'),
    array_agg(u.no) filter (where u.state = 'running'),
    array_agg(u.run) filter (where u.state = 'running')
  into
    v_await_ord, v_await_workflow, v_await_no, v_job, v_kind, v_queue, v_workflow, v_no,
    v_hand_ord, v_hand_workflow, v_hand_no, v_hand_run
  from updated as u;

  if v_await_no is not null then
    perform weir_internal.await(v_await_workflow, v_await_no, p_now);

    return query
    select h.*
    from unnest(v_await_ord, v_await_workflow, v_await_no) as a (ord, workflow, no)
    cross join lateral weir_internal.told('sleeping', a.ord, a.workflow, a.no) as h;
  end if;

  if v_job is not null then
    perform weir_internal.river_insert(v_job, v_kind, v_queue, v_workflow, v_no, p_notify);
  end if;

  if v_hand_no is not null then
    return query
    select * from weir_internal.hands(v_hand_ord, v_hand_workflow, v_hand_no, v_hand_run);
  end if;
end
$$;

-- Lets up to p_limit due timers fire: a retry becomes ready, a sleep is done, a wait for some steps takes what
-- there is, an event that came early is delivered, one that didn't come in time fails its step. next_in says when
-- the next is due, an hour at most, also when none is waiting. The same pass ends steps that wait for an actor's
-- answer, which count as timers, admits those whose turn it is, and then, since actors are locked after workflows,
-- fires reminders: up to p_limit calls.
--
-- Workflows are locked before timers, like everywhere. One that is locked just now, or whose actor is, doesn't count:
-- its timers are left to the next pass, and those of others are not kept waiting.
create function weir_internal.fire_timers(p_limit integer)
returns table (fired integer, next_in interval)
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_free bigint[];
  v_due_workflow bigint[];
  v_due_no integer[];
  v_workflow bigint[];
  v_no integer[];
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_done_workflow bigint[];
  v_done_no integer[];
  v_parked_workflow bigint[];
  v_parked_no integer[];
  v_fired integer := 0;
begin
  select array_agg(d.workflow), array_agg(d.no)
  into v_due_workflow, v_due_no
  from (
    select t.workflow, t.no
    from weir_internal.timer as t
    join weir_internal.workflow as w on w.id = t.workflow
    where t.due <= v_now
    order by t.due
    limit p_limit
    for no key update of w skip locked
  ) as d;

  if v_due_no is not null then
    v_free := weir_internal.actor_free(v_due_workflow);

    with fired as (
      delete from weir_internal.timer as t
      using unnest(v_due_workflow, v_due_no) as d (workflow, no)
      where d.workflow = any (v_free)
        and t.workflow = d.workflow
        and t.no = d.no
      returning t.workflow, t.no
    ),
    ordered as (
      select f.workflow, f.no
      from fired as f
      order by f.workflow, f.no
    ),
    woken as (
      update weir_internal.step as s
      set
        state = case
          when s.function in ('weir.sleep', 'weir.wait') then 'succeeded'
          when s.function = 'weir.event' then 'parked'
          else 'ready'
        end::weir_internal.step_state,
        pending = 0,
        finished_at = case when s.function in ('weir.sleep', 'weir.wait') then v_now end,
        output = case s.function
          when 'weir.sleep' then to_jsonb(s.wake_at)
          when 'weir.wait' then weir_internal.split(s.workflow, s.args, s.dependencies)
        end,
        job = case when weir_internal.awaits(s.function) is null then weir_internal.river_token() end
      from ordered as f
      where s.workflow = f.workflow
        and s.no = f.no
        and (s.state in ('scheduled', 'parked') or s.state = 'waiting' and s.function = 'weir.wait')
      returning s.workflow, s.no, s.state, s.job, s.function, s.queue
    )
    select
      count(*),
      array_agg(w.job) filter (where w.state = 'ready'),
      array_agg(w.function) filter (where w.state = 'ready'),
      array_agg(w.queue) filter (where w.state = 'ready'),
      array_agg(w.workflow) filter (where w.state = 'ready'),
      array_agg(w.no) filter (where w.state = 'ready'),
      array_agg(w.workflow) filter (where w.state = 'succeeded'),
      array_agg(w.no) filter (where w.state = 'succeeded'),
      array_agg(w.workflow) filter (where w.state = 'parked'),
      array_agg(w.no) filter (where w.state = 'parked')
    into
      v_fired, v_job, v_kind, v_queue, v_workflow, v_no, v_done_workflow, v_done_no, v_parked_workflow, v_parked_no
    from woken as w;

    if v_job is not null then
      perform weir_internal.river_insert(v_job, v_kind, v_queue, v_workflow, v_no, true);
    end if;

    if v_done_no is not null then
      perform weir_internal.arrive_alone(v_done_workflow, v_done_no, v_now);
    end if;

    if v_parked_no is not null then
      perform weir_internal.settle_events(v_parked_workflow, v_parked_no, v_now);
    end if;
  end if;

  v_fired := v_fired + weir_internal.actor_settle(p_limit, v_now);
  perform weir_internal.admit(null);

  v_fired := v_fired + weir_internal.reminder_fire(p_limit, v_now);

  return query
  select
    v_fired,
    case
      when exists (select from weir_internal.actor_reply) then interval '0'
      else greatest(least(t.due, r.due, v_now + interval '1 hour'), v_now) - v_now
    end
  from (select min(timer.due) from weir_internal.timer) as t (due)
  cross join (select min(reminder.due) from weir_internal.reminder) as r (due);
end
$$;

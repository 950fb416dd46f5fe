-- Each state that a step waits in has its part, which reads nothing unless the step is in that state. What a part
-- looks up, it looks up by key.
create view weir.blocked as
select
  w.workflow_id,
  s.name as step,
  s.function,
  s.queue,
  s.state::text as state,
  b.reason,
  b.detail,
  b.until,
  b.since
from weir_internal.workflow as w
join weir_internal.step as s on s.workflow = w.id
cross join lateral (
  select greatest(s.created_at, w.started_at)
) as g (since)
cross join lateral (
  select
    case when s.function = 'weir.wait' then 'waits for some of its steps' else 'waits for steps' end,
    case when s.function = 'weir.wait' then format('%s of ', s.pending) else '' end
      || array_to_string(u.names, ', ')
      || case when c.open > 3 then format(' and %s more', c.open - 3) else '' end,
    s.wake_at,
    g.since
  from (
    select array(
      select t.name
      from unnest(s.dependencies) as n (no)
      cross join lateral ( -- limit 1: by key, and not all of the workflow for each dependency
        select d.name, d.state, d.caught
        from weir_internal.step as d
        where d.workflow = s.workflow
          and d.no = n.no
        limit 1
      ) as t
      where not (t.state = 'succeeded' or t.state = 'failed' and t.caught)
      limit 3
    )
  ) as u (names)
  cross join lateral (
    select s.pending + case
      when s.function = 'weir.wait' then cardinality(s.dependencies) - weir_internal.wait_count(s.args, s.dependencies)
      else 0
    end
  ) as c (open)
  where s.state = 'waiting'
    and u.names <> '{}'
  union all
  select
    'its worker is lost',
    format('%s on %s', v.id, v.host),
    null,
    coalesce(v.lease_until, g.since)
  from (
    select s.job
    where s.state = 'running'
    union all
    select d.job -- inside a run: the job of the step before it holds this one, too
    from weir_internal.step as d
    where s.state = 'waiting'
      and s.dependencies = array[s.no - 1]
      and d.workflow = s.workflow
      and d.no = s.no - 1
      and d.state = 'succeeded'
  ) as h (job)
  left join weir.workers as v on v.id = weir_internal.river_owner(h.job)
  where v.alive is not true
  union all
  select
    case
      when j.state = 'pending' then 'its worker is lost'
      when s.function not in (
        select unnest(v.functions)
        from weir.workers as v
        where v.alive
          and not v.draining
      ) then 'no live worker knows the function'
      when (s.function, s.queue) not in (
        select f.name, q.name
        from weir.workers as v
        cross join unnest(v.functions) as f (name)
        cross join unnest(v.queues) as q (name)
        where v.alive
          and not v.draining
      ) then 'no live worker serves the queue'
      when j.scheduled_at > weir_internal.clock() then 'will be retried'
      else 'all workers of its queue are busy or about to take it'
    end,
    case when j.state = 'pending' then 'until it is resumed' end,
    case when j.state <> 'pending' and j.scheduled_at > weir_internal.clock() then j.scheduled_at end,
    j.created_at
  from weir_internal.river_job as j
  where s.state = 'ready'
    and j.id = s.job
  union all
  select
    case s.function when 'weir.wait' then 'waits for some of its steps' else 'sleeps' end,
    null,
    s.wake_at,
    coalesce(s.started_at, g.since)
  where s.state = 'scheduled'
    and s.function in ('weir.sleep', 'weir.wait')
  union all
  select 'will be retried', concat_ws(': ', a.error_type, a.message), s.wake_at, a.finished_at
  from (
    select t.error_type, t.message, t.finished_at
    from weir_internal.step_attempt as t
    where t.workflow = s.workflow
      and t.no = s.no
    order by t.id desc
    limit 1
  ) as a
  where s.state = 'scheduled'
    and s.function not in ('weir.sleep', 'weir.wait')
  union all
  select 'waits for an event', e.key, s.wake_at, e.since
  from weir_internal.event_wait as e
  where s.state = 'parked'
    and e.workflow = s.workflow
    and e.key = weir_internal.event_key(s.args)
    and e.no = s.no
  union all
  select 'waits for an actor', format('%s %L, call %s', a.type, a.actor_id, c.seq), null, c.accepted_at
  from weir_internal.actor_call as c
  join weir_internal.actor as a on a.id = c.actor
  where s.state = 'parked'
    and s.function = 'weir.call'
    and c.caller = concat_ws('/', 'w', s.workflow, s.no)
  union all
  select 'waits for its sub-graph', c.name, null, greatest(c.created_at, w.started_at)
  from weir_internal.step as c
  where s.state = 'delegated'
    and c.workflow = s.workflow
    and c.no = s.last_child
  union all
  select
    'behind a limit',
    array_to_string(array(
      select format('%s %s: at most %s', l.scope, l.key, l.max_running)
      from weir_internal.workflow_slot as t
      join weir_internal.workflow_limit as l on l.scope = t.scope and l.key = t.key
      where t.workflow = w.id
        and not t.admitted
      order by l.scope
    ), ' and '),
    null,
    w.created_at
  where s.state = 'halted'
    and w.status = 'PENDING'
  union all
  select 'workflow stopped', concat_ws(': ', 'canceled', w.cancel_reason), null, w.finished_at
  where s.state = 'halted'
    and w.status = 'CANCELED'
  union all
  select 'workflow stopped', format('%s failed: %s', f.name, f.error ->> 'message'), null, w.finished_at
  from weir_internal.step as f
  where s.state = 'halted'
    and w.status = 'FAILED'
    and f.workflow = w.id
    and f.no = w.failed_step
  union all
  select 'given up', p.name, null, coalesce(p.finished_at, g.since)
  from weir_internal.step as p
  where s.state = 'halted'
    and w.status = 'RUNNING'
    and p.workflow = s.workflow
    and p.no = s.parent
) as b (reason, detail, until, since)
where w.status in ('PENDING', 'RUNNING', 'FAILED', 'CANCELED')
  and s.state not in ('succeeded', 'failed');

comment on view weir.blocked is 'One row for each step that is neither done nor run just now, of each workflow that is not SUCCESSFUL: why it isn''t run.';
comment on column weir.blocked.workflow_id is 'The workflow that the step belongs to.';
comment on column weir.blocked.step is 'The step.';
comment on column weir.blocked.function is 'The registered function that is its body.';
comment on column weir.blocked.queue is 'The queue whose workers run it.';
comment on column weir.blocked.state is 'waiting, ready, running, scheduled, parked, delegated or halted. One that is running has lost its worker.';
comment on column weir.blocked.reason is 'Why it isn''t run, in fixed words.';
comment on column weir.blocked.detail is 'What exactly it waits for: up to three names of steps, the key of an event, a limit, a lost worker; or the error that stopped it.';
comment on column weir.blocked.until is 'When that ends by itself, null where nobody knows.';
comment on column weir.blocked.since is 'Since when it is so; a resume begins anew.';

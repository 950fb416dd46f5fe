-- One row for each broken invariant; no row at any time, under any load. Read in one snapshot.
create function weir.check()
returns table (invariant text, workflow_id text, step text, detail text)
language sql
stable
as $$
  with live as materialized (
    select w.id, w.workflow_id, w.status, w.root
    from weir_internal.workflow as w
    where w.status in ('PENDING', 'RUNNING')
  ),
  open_step as materialized (
    select
      l.workflow_id, l.status, s.workflow, s.no, s.name, s.function, s.state, s.pending, s.job, s.args, s.dependencies,
      s.parent, s.last_child,
      -- True when the caller of a run has checkpointed its dependency and holds this step too.
      s.state in ('waiting', 'running') and cardinality(s.dependencies) = 1 and exists (
        select
        from weir_internal.step as d
        where d.workflow = s.workflow
          and d.no = s.dependencies[1]
          and d.no = s.no - 1
          and d.state = 'succeeded'
          and weir_internal.river_alive(d.job)
      ) as held_in_run
    from live as l
    join weir_internal.step as s on s.workflow = l.id
    where s.state not in ('succeeded', 'failed')
  )
  select 'a live workflow has a job, a timer or a wait', l.workflow_id, null::text, 'nothing will bring it forward'
  from live as l
  where l.status = 'RUNNING'
    and l.id not in ( -- hashed, whatever the statistics say
      select s.workflow
      from open_step as s
      where s.state in ('ready', 'running', 'scheduled', 'parked')
        or s.held_in_run
    )
  union all
  select 'a ready or running step has a live job', s.workflow_id, s.name, format('%s, job %s', s.state, s.job)
  from open_step as s
  where s.state in ('ready', 'running')
    and not weir_internal.river_alive(s.job)
  union all
  select 'a scheduled step has a timer', s.workflow_id, s.name, null
  from open_step as s
  where s.state = 'scheduled'
    and not exists (select from weir_internal.timer as t where t.workflow = s.workflow and t.no = s.no)
  union all
  select 'a timer has a step that waits', null, null, format('workflow %s, step %s', t.workflow, t.no)
  from weir_internal.timer as t
  where not exists (
    select
    from weir_internal.step as s
    where s.workflow = t.workflow
      and s.no = t.no
      and (s.state in ('scheduled', 'parked') or s.state = 'waiting' and s.function = 'weir.wait')
  )
  union all
  select 'a parked step waits for an event', s.workflow_id, s.name, null
  from open_step as s
  where s.state = 'parked'
    and s.function = 'weir.event'
    and not exists (
      select
      from weir_internal.event_wait as e
      where e.workflow = s.workflow
        and e.key = weir_internal.event_key(s.args)
        and e.no = s.no
    )
  union all
  select 'a parked call waits for its answer, or is told of it', s.workflow_id, s.name, null
  from open_step as s
  where s.state = 'parked'
    and s.function = 'weir.call'
    and not exists (
      select
      from weir_internal.actor_called(s.workflow, s.no) as c
      where c.finished_at is null
    )
    and not exists (select from weir_internal.actor_reply as r where r.workflow = s.workflow and r.step = s.no)
  union all
  select 'who waits for an event is parked', null, null, format('workflow %s, step %s', e.workflow, e.no)
  from weir_internal.event_wait as e
  where not exists (
    select
    from weir_internal.step as s
    where s.workflow = e.workflow
      and s.no = e.no
      and s.state = 'parked'
  )
  union all
  select 'an event that is there is not waited for', null, null, format('workflow %s, key %s', w.workflow, w.key)
  from weir_internal.event_wait as w
  where exists (select from weir_internal.event as e where e.workflow = w.workflow and e.key = w.key and e.step is null)
    and not exists (
      select
      from weir_internal.timer as t
      where t.workflow = w.workflow
        and t.no = w.no
        and t.due <= weir_internal.clock()
    )
  union all
  select 'a PENDING workflow waits behind a limit', l.workflow_id, null, null
  from live as l
  where (l.status = 'PENDING') <> exists (select from weir_internal.workflow_slot as s where s.workflow = l.id and not s.admitted)
  union all
  select 'a slot belongs to a workflow that runs or waits', null, null, format('workflow %s', s.workflow)
  from weir_internal.workflow_slot as s
  where s.workflow not in (select l.id from live as l)
  union all
  select 'pending is the true count', s.workflow_id, s.name, format('%s: pending %s, not done %s', s.state, s.pending, c.open)
  from open_step as s
  cross join lateral (
    select
      case
        when s.function = 'weir.wait'
        then greatest(weir_internal.wait_count(s.args, s.dependencies) - cardinality(s.dependencies) + count(*), 0)
        else count(*)
      end::integer as open
    from weir_internal.unmet(s.workflow, s.dependencies) as d
  ) as c
  where s.state <> 'halted'
    and s.pending <> c.open
    and not s.held_in_run
  union all
  select 'a delegated step waits for its sub-graph', s.workflow_id, s.name, null
  from open_step as s
  join weir_internal.step as c on c.workflow = s.workflow and c.no = s.last_child
  where s.state = 'delegated'
    and c.state in ('succeeded', 'failed')
  union all
  select 'a step halts only with what it belongs to', s.workflow_id, s.name, null
  from open_step as s
  where s.state = 'halted'
    and s.status = 'RUNNING'
    and (s.parent is null or exists (
      select
      from weir_internal.step as p
      where p.workflow = s.workflow
        and p.no = s.parent
        and p.state in ('delegated', 'running', 'ready')
    ))
  union all
  select 'nothing runs in a workflow that has ended', w.workflow_id, s.name, s.state::text
  from weir_internal.step as s
  join weir_internal.workflow as w on w.id = s.workflow
  where s.state not in ('succeeded', 'failed', 'halted')
    and w.status in ('SUCCESSFUL', 'FAILED', 'CANCELED')
  union all
  select 'a step is done after its dependencies', w.workflow_id, s.name, null
  from weir_internal.step as s
  join weir_internal.workflow as w on w.id = s.workflow
  where s.state in ('succeeded', 'delegated')
    and s.function <> 'weir.wait'
    and exists (select from weir_internal.unmet(s.workflow, s.dependencies) as d)
  union all
  select 'a workflow is SUCCESSFUL when its root is', w.workflow_id, s.name, format('%s, root %s', w.status, s.state)
  from weir_internal.workflow as w
  join weir_internal.step as s on s.workflow = w.id and s.no = w.root
  where (w.status = 'SUCCESSFUL') <> (s.state = 'succeeded')
    and w.status in ('RUNNING', 'SUCCESSFUL') -- a late checkpoint may be the root's while it is PENDING
  union all
  select 'a step belongs to a workflow', null, s.name, format('workflow %s, step %s', s.workflow, s.no)
  from weir_internal.step as s
  where not exists (select from weir_internal.workflow as w where w.id = s.workflow)
  union all
  select c.invariant, null, null, c.detail
  from weir_internal.actor_check() as c (invariant, detail)
$$;

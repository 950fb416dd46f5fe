-- One row for each broken invariant; no row at any time, under any load. Read in one snapshot.
create function weir.check()
returns table (invariant text, workflow_id text, step text, detail text)
language sql
stable
as $$
  with live as materialized (
    select w.id, w.workflow_id, w.root
    from weir_internal.workflow as w
    where w.status in ('PENDING', 'RUNNING')
  ),
  open_step as materialized (
    select
      l.workflow_id, s.workflow, s.no, s.name, s.state, s.pending, s.job, s.dependencies, s.parent, s.last_child,
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
  where l.id not in ( -- hashed, whatever the statistics say
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
  select 'a timer has a scheduled step', null, null, format('workflow %s, step %s', t.workflow, t.no)
  from weir_internal.timer as t
  where not exists (
    select
    from weir_internal.step as s
    where s.workflow = t.workflow
      and s.no = t.no
      and s.state = 'scheduled'
  )
  union all
  select 'pending is the true count', s.workflow_id, s.name, format('%s: pending %s, not done %s', s.state, s.pending, c.open)
  from open_step as s
  cross join lateral (
    select count(*)::integer as open
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
    and exists (select from weir_internal.unmet(s.workflow, s.dependencies) as d)
  union all
  select 'a workflow is SUCCESSFUL when its root is', w.workflow_id, s.name, format('%s, root %s', w.status, s.state)
  from weir_internal.workflow as w
  join weir_internal.step as s on s.workflow = w.id and s.no = w.root
  where (w.status = 'SUCCESSFUL') <> (s.state = 'succeeded')
    and w.status in ('PENDING', 'RUNNING', 'SUCCESSFUL')
  union all
  select 'a step belongs to a workflow', null, s.name, format('workflow %s, step %s', s.workflow, s.no)
  from weir_internal.step as s
  where not exists (select from weir_internal.workflow as w where w.id = s.workflow)
$$;

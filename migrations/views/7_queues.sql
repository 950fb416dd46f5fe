create view weir.queues as
with serving as (
  select q.queue, count(*) as workers
  from weir.workers as w
  cross join unnest(w.queues) as q (queue)
  where w.alive
    and not w.draining
  group by q.queue
),
jobs as (
  select
    j.queue,
    count(*) filter (where j.state <> 'running') as ready,
    count(*) filter (where j.state = 'running') as running,
    min(j.created_at) filter (where j.state <> 'running') as oldest_ready_since
  from weir_internal.river_job as j
  where j.state in ('available', 'retryable', 'running', 'scheduled')
  group by j.queue
),
limited as (
  select l.key as queue, l.max_running, l.max_pending, l.running, l.waiting
  from weir.limits as l
  where l.scope = 'queue'
)
select
  queue,
  coalesce(s.workers, 0) as workers,
  coalesce(j.ready, 0) as ready,
  coalesce(j.running, 0) as running,
  j.oldest_ready_since,
  l.max_running,
  l.max_pending,
  l.running as workflows_running,
  l.waiting as workflows_waiting
from serving as s
full join jobs as j using (queue)
full join limited as l using (queue);

comment on view weir.queues is 'One row for each queue that a live worker serves, that has work, or that has a limit.';
comment on column weir.queues.queue is 'The queue.';
comment on column weir.queues.workers is 'How many live workers take work from it.';
comment on column weir.queues.ready is 'How many steps wait in it for a worker.';
comment on column weir.queues.running is 'How many steps of it workers hold.';
comment on column weir.queues.oldest_ready_since is 'Since when the one that has waited longest does.';
comment on column weir.queues.max_running is 'How many workflows with their root in it may run at once, null for any number.';
comment on column weir.queues.max_pending is 'How many such workflows may wait before a start is refused, null for any number.';
comment on column weir.queues.workflows_running is 'How many workflows run under this limit, null where there is none.';
comment on column weir.queues.workflows_waiting is 'How many workflows wait behind this limit, null where there is none.';

create view weir.limits as
select
  l.scope,
  l.key,
  l.max_running,
  l.max_pending,
  c.running,
  c.waiting
from weir_internal.workflow_limit as l
cross join lateral (
  select
    count(*) filter (where s.admitted) as running,
    count(*) filter (where not s.admitted) as waiting
  from weir_internal.workflow_slot as s
  where s.scope = l.scope
    and s.key = l.key
) as c
where l.max_running is not null;

comment on view weir.limits is 'One row for each limit on how many workflows run at once.';
comment on column weir.limits.scope is 'name: it holds for the workflows of a registered name; queue: for those whose root is in a queue.';
comment on column weir.limits.key is 'That name or queue.';
comment on column weir.limits.max_running is 'How many may run at once.';
comment on column weir.limits.max_pending is 'How many may wait before a start is refused, null for any number.';
comment on column weir.limits.running is 'How many workflows run under it.';
comment on column weir.limits.waiting is 'How many workflows wait behind it.';

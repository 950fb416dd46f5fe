create view weir.workers as
select
  w.id,
  w.host,
  w.pid,
  w.version,
  w.functions,
  w.queues,
  w.draining,
  w.lease_until > weir_internal.clock() as alive,
  w.manual,
  w.started_at,
  w.beat_at,
  w.lease_until
from weir_internal.worker as w;

comment on view weir.workers is 'One row for each process that runs steps.';
comment on column weir.workers.id is 'The worker''s id, new each time that it joins.';
comment on column weir.workers.host is 'The host it runs on.';
comment on column weir.workers.pid is 'Its process id there.';
comment on column weir.workers.version is 'The version of its program.';
comment on column weir.workers.functions is 'The functions that it can run.';
comment on column weir.workers.queues is 'The queues that it serves.';
comment on column weir.workers.draining is 'True when it is stopping and takes no new work.';
comment on column weir.workers.alive is 'True while its lease runs.';
comment on column weir.workers.manual is 'True when what it holds at its death waits for a resume.';
comment on column weir.workers.started_at is 'When it joined.';
comment on column weir.workers.beat_at is 'When it last renewed its lease.';
comment on column weir.workers.lease_until is 'When the lease ends unless it is renewed.';

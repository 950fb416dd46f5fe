create view weir.actor_calls as
select
  a.type,
  a.actor_id,
  c.seq,
  c.method,
  c.name,
  c.status::text as status,
  c.attempt,
  c.lost,
  case c.method when '' then a.args else c.args end as args,
  c.result,
  c.error,
  c.metadata,
  c.tick,
  c.accepted_at,
  c.started_at,
  c.finished_at,
  (select w.workflow_id from weir_internal.workflow as w where w.id = c.continues_as) as continues_as
from weir_internal.actor_call as c
join weir_internal.actor as a on a.id = c.actor;

comment on view weir.actor_calls is 'One row for each call of a method that writes, until its actor is deleted.';
comment on column weir.actor_calls.type is 'The type of the actor that was called.';
comment on column weir.actor_calls.actor_id is 'Its id.';
comment on column weir.actor_calls.seq is 'The call''s place in the order in which the actor''s calls are run.';
comment on column weir.actor_calls.method is 'The method, empty for the constructor.';
comment on column weir.actor_calls.name is 'What the caller called it, if anything.';
comment on column weir.actor_calls.status is 'QUEUED, CONTINUED (it goes on as a workflow), SUCCESSFUL or FAILED.';
comment on column weir.actor_calls.attempt is 'How often it was tried. Of one that is QUEUED only attempts that failed or were lost are counted.';
comment on column weir.actor_calls.lost is 'How many of these attempts were lost with their worker.';
comment on column weir.actor_calls.args is 'Its argument.';
comment on column weir.actor_calls.result is 'What it returned.';
comment on column weir.actor_calls.error is 'Why it failed, or its last attempt did: step, type, message, attempts.';
comment on column weir.actor_calls.metadata is 'What the caller gave with it, a JSON object.';
comment on column weir.actor_calls.tick is 'Which tick of a reminder it is, as name@time; null of other calls.';
comment on column weir.actor_calls.accepted_at is 'When it was accepted.';
comment on column weir.actor_calls.started_at is 'When the attempt that answered it began.';
comment on column weir.actor_calls.finished_at is 'When it was answered.';
comment on column weir.actor_calls.continues_as is 'The id of the workflow that it goes on as, or did.';

create view weir.attempts as
select
  w.workflow_id,
  s.name as step,
  a.attempt,
  a.lost,
  a.error_type,
  a.message,
  a.stack,
  a.worker,
  a.started_at,
  a.finished_at
from weir_internal.step_attempt as a
join weir_internal.workflow as w on w.id = a.workflow
join weir_internal.step as s on s.workflow = a.workflow and s.no = a.no;

comment on view weir.attempts is 'One row for each attempt that did not succeed. A success adds no row.';
comment on column weir.attempts.workflow_id is 'The workflow that the step belongs to.';
comment on column weir.attempts.step is 'The step.';
comment on column weir.attempts.attempt is 'Which attempt of the step it was, from 1.';
comment on column weir.attempts.lost is 'True when it was lost with its worker, false when its body failed.';
comment on column weir.attempts.error_type is 'The type of the error.';
comment on column weir.attempts.message is 'The error''s message.';
comment on column weir.attempts.stack is 'The stack of a panic.';
comment on column weir.attempts.worker is 'The worker that ran it.';
comment on column weir.attempts.started_at is 'When the attempt began; of a lost one, when the step''s first attempt did.';
comment on column weir.attempts.finished_at is 'When its end was recorded.';

create view weir.workflows as
select
  w.workflow_id,
  w.name,
  weir_internal.status_of(w) as status,
  w.metadata,
  w.steps,
  w.created_at,
  w.started_at,
  w.finished_at,
  f.name as failed_step,
  f.error,
  w.cancel_reason
from weir_internal.workflow as w
left join weir_internal.step as f on f.workflow = w.id and f.no = w.failed_step;

comment on view weir.workflows is 'One row for each workflow.';
comment on column weir.workflows.workflow_id is 'The id it was started with.';
comment on column weir.workflows.name is 'The registered graph that it was started from, if it was.';
comment on column weir.workflows.status is 'PENDING, RUNNING, RESUMABLE, SUCCESSFUL, FAILED or CANCELED. RESUMABLE: no live worker runs or can run what is claimed or ready.';
comment on column weir.workflows.metadata is 'What the user gave at the start, a JSON object.';
comment on column weir.workflows.steps is 'How many steps its graph has so far, continuations included.';
comment on column weir.workflows.created_at is 'When it was stored.';
comment on column weir.workflows.started_at is 'When it was last set going: by its start, or by a resume.';
comment on column weir.workflows.finished_at is 'When it ended, null while it has not.';
comment on column weir.workflows.failed_step is 'The step whose failure failed it.';
comment on column weir.workflows.error is 'That step''s error: step, type, message, attempts.';
comment on column weir.workflows.cancel_reason is 'The reason given to cancel.';

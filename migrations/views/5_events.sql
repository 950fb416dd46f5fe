create view weir.events as
select
  w.workflow_id,
  e.key,
  e.payload,
  e.dedupe,
  e.accepted_at,
  s.name as step,
  e.delivered_at
from weir_internal.event as e
join weir_internal.workflow as w on w.id = e.workflow
left join weir_internal.step as s on s.workflow = e.workflow and s.no = e.step;

comment on view weir.events is 'One row for each event that a workflow was sent, until the workflow is deleted.';
comment on column weir.events.workflow_id is 'The workflow that it was sent to.';
comment on column weir.events.key is 'What a step names to get it.';
comment on column weir.events.payload is 'What was sent.';
comment on column weir.events.dedupe is 'What makes sending it again harmless, if the sender gave that.';
comment on column weir.events.accepted_at is 'When it was sent.';
comment on column weir.events.step is 'The step that got it, null while none has.';
comment on column weir.events.delivered_at is 'When that step got it.';

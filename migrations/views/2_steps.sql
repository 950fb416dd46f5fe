create view weir.steps as
select
  w.workflow_id,
  s.no,
  s.name,
  s.function,
  s.queue,
  s.state::text as state,
  s.attempt,
  s.lost,
  s.pending,
  p.name as parent,
  s.args,
  case when s.outcome_of is null then s.output else o.output end as output,
  case when s.outcome_of is null then s.error else o.error end as error,
  s.metadata,
  s.created_at,
  s.started_at,
  s.finished_at,
  s.wake_at,
  weir_internal.river_owner(s.job) as worker
from weir_internal.step as s
join weir_internal.workflow as w on w.id = s.workflow
left join weir_internal.step as p on p.workflow = s.workflow and p.no = s.parent
left join weir_internal.step as o on o.workflow = s.workflow and o.no = s.outcome_of;

comment on view weir.steps is 'One row for each step of each workflow.';
comment on column weir.steps.workflow_id is 'The workflow that the step belongs to.';
comment on column weir.steps.no is 'The step''s number in its workflow; a dependency has a smaller one.';
comment on column weir.steps.name is 'The step''s name, unique in its workflow.';
comment on column weir.steps.function is 'The registered function that is its body.';
comment on column weir.steps.queue is 'The queue whose workers run it.';
comment on column weir.steps.state is 'waiting, ready, running, scheduled, parked, delegated, halted, succeeded or failed.';
comment on column weir.steps.attempt is 'How often its body was begun.';
comment on column weir.steps.lost is 'How many of these attempts were lost with their worker.';
comment on column weir.steps.pending is 'Dependencies that are not done yet.';
comment on column weir.steps.parent is 'The step that returned the graph which this one belongs to.';
comment on column weir.steps.args is 'The arguments: literals (v), and references to dependencies by position (r, t for a caught one, l for a list, m for an object).';
comment on column weir.steps.output is 'What it returned; of a step that returned a graph, what the root of that graph returned.';
comment on column weir.steps.error is 'Why it failed: step, type, message, attempts.';
comment on column weir.steps.metadata is 'What the user gave when binding the step, a JSON object.';
comment on column weir.steps.created_at is 'When the step was stored.';
comment on column weir.steps.started_at is 'When its first attempt began.';
comment on column weir.steps.finished_at is 'When it succeeded or failed for good.';
comment on column weir.steps.wake_at is 'When a scheduled step goes on: the end of a sleep or of a retry''s back-off.';
comment on column weir.steps.worker is 'The worker that runs its job just now.';

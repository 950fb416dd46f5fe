create view weir.reminders as
select
  a.type,
  a.actor_id,
  r.name,
  r.method,
  r.args,
  r.due,
  r.every,
  r.catch_up::text as catch_up,
  r.calls,
  r.last_call,
  r.label,
  r.metadata,
  r.created_at
from weir_internal.reminder as r
join weir_internal.actor as a on a.id = r.actor;

comment on view weir.reminders is 'One row for each reminder of an actor that has a tick to come.';
comment on column weir.reminders.type is 'The type of the actor.';
comment on column weir.reminders.actor_id is 'Its id.';
comment on column weir.reminders.name is 'The reminder''s name, unique for its actor.';
comment on column weir.reminders.method is 'The method that it has called.';
comment on column weir.reminders.args is 'The argument of these calls.';
comment on column weir.reminders.due is 'When its next tick is.';
comment on column weir.reminders.every is 'How long it is from tick to tick, null if there is one tick.';
comment on column weir.reminders.catch_up is 'What becomes of ticks that are missed: all, one or none.';
comment on column weir.reminders.calls is 'How many calls it has made since it was set.';
comment on column weir.reminders.last_call is 'The place of the last of them in the order of the actor''s calls.';
comment on column weir.reminders.label is 'What its calls are called, if anything.';
comment on column weir.reminders.metadata is 'What was given with it, a JSON object, for its calls.';
comment on column weir.reminders.created_at is 'When it was set.';

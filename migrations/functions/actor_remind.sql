-- Has a method of an actor called at a time, or every so often, or both: from then on. Returns when it is due next. It
-- replaces a reminder of that name; one that is there just so is left as it is. An every without at begins that much
-- later. catch_up says what becomes of ticks that are missed: more than a minute late, or the next is due, too.
--
--   all    each has its call, in their order
--   one    one call stands for them
--   none   they have none
--
-- With one and none, a tick makes no call while the reminder's last call is unanswered. Errors: WF001 no such actor,
-- WF006 bad input, WF012 no worker has the method.
create function weir.actor_remind(
  type text,
  id text,
  name text,
  method text,
  args jsonb default 'null',
  at timestamptz default null,
  every interval default null,
  catch_up text default 'one'
)
returns timestamptz
language plpgsql
as $$
begin
  return weir_internal.reminder_set(
    type, id, name, method, coalesce(args, 'null'), at, every, coalesce(catch_up, 'one'), null, null, null
  );
end
$$;

-- Sets a reminder of an actor, in place of one of that name, and returns when it is due next. One that is there just so
-- goes on from where it is: who can't know whether it was set sets it again. Errors: WF001 no such actor, WF006 bad
-- input.
create function weir_internal.reminder_set(
  p_type text,
  p_actor_id text,
  p_name text,
  p_method text,
  p_args jsonb,
  p_at timestamptz,
  p_every interval,
  p_catch_up text,
  p_label text,
  p_policy jsonb,
  p_metadata jsonb
)
returns timestamptz
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_every interval;
  v_actor bigint;
  v_due timestamptz;
begin
  perform weir_internal.check_actor(p_type, p_actor_id);
  perform weir_internal.check_text('name', p_name, 255);
  perform weir_internal.check_method(p_method);
  if p_at is null and p_every is null then
    perform weir_internal.refuse('at', 'is null, and so is every');
  elsif p_at not between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59Z' then
    perform weir_internal.refuse('at', format('is %s: the years 1 to 9999 are allowed', p_at));
  elsif extract(epoch from p_every) not between 0.1 and 2600000 * 3600.0 then
    perform weir_internal.refuse('every', format('is %s: 0.1 seconds to 2600000 hours are allowed', p_every));
  elsif extract(year from p_every) <> 0 or extract(month from p_every) <> 0 then
    perform weir_internal.refuse('every', format('is %s: months differ in length', p_every));
  elsif p_catch_up is null or p_catch_up not in ('all', 'one', 'none') then
    perform weir_internal.refuse('catch_up', format('is %L: all, one or none', p_catch_up));
  end if;
  -- A day is 24 hours, whatever the time zone.
  v_every := make_interval(secs => extract(epoch from p_every)::double precision);

  v_actor := (weir_internal.locked_actor(p_type, p_actor_id)).id;
  if weir_internal.actor_lacks(p_type, weir_internal.actor_function(p_type, p_method)) then
    perform weir_internal.refuse_method(p_type, 'method', p_method);
  end if;

  insert into weir_internal.reminder as r (
    actor, name, created_at, at, every, due, catch_up, method, label, args, policy, metadata
  )
  values (
    v_actor, p_name, v_now, p_at, v_every, coalesce(p_at, v_now + v_every), p_catch_up::weir_internal.catch_up, p_method,
    p_label, p_args, p_policy, p_metadata
  )
  on conflict on constraint reminder_pkey do update
  set
    created_at = excluded.created_at, at = excluded.at, every = excluded.every, due = excluded.due,
    catch_up = excluded.catch_up, calls = 0, last_call = null, method = excluded.method, label = excluded.label,
    args = excluded.args, policy = excluded.policy, metadata = excluded.metadata
  where (r.at, r.every, r.catch_up, r.method, r.label, r.args, r.policy, r.metadata) is distinct from (
    excluded.at, excluded.every, excluded.catch_up, excluded.method, excluded.label, excluded.args, excluded.policy,
    excluded.metadata
  );

  select r.due
  into v_due
  from weir_internal.reminder as r
  where r.actor = v_actor
    and r.name = p_name;
  return v_due;
end
$$;

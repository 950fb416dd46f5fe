-- These steps have begun to wait: a timer for each that waits for a time, a row for each that waits for an event.
-- An event that is there already makes the timer due at once, so the next pass over the timers delivers it.
-- The caller holds the workflows' rows.
create function weir_internal.await(p_workflow bigint[], p_no integer[], p_now timestamptz)
returns void
language plpgsql
as $$
begin
  insert into weir_internal.timer (workflow, no, due)
  select s.workflow, s.no, case when e.id is null then s.wake_at else p_now end
  from unnest(p_workflow, p_no) as a (workflow, no)
  join weir_internal.step as s on s.workflow = a.workflow and s.no = a.no
  left join lateral (
    select e.id
    from weir_internal.event as e
    where s.state = 'parked'
      and e.workflow = s.workflow
      and e.key = weir_internal.event_key(s.args)
      and e.step is null
    limit 1
  ) as e on true
  where s.wake_at is not null
    or e.id is not null
  order by s.workflow, s.no
  on conflict (workflow, no) do update set due = excluded.due;

  insert into weir_internal.event_wait (workflow, key, no, since)
  select s.workflow, weir_internal.event_key(s.args), s.no, p_now
  from unnest(p_workflow, p_no) as a (workflow, no)
  join weir_internal.step as s on s.workflow = a.workflow and s.no = a.no
  where s.state = 'parked'
  order by s.workflow, s.no;
end
$$;

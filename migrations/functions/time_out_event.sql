-- A step whose event did not come in time fails for good. One that may wait on gets its timer back; one that
-- waits no more (it got the event, or the failure of another has halted it) is left alone.
create function weir_internal.time_out_event(p_workflow bigint, p_no integer, p_now timestamptz)
returns void
language plpgsql
as $$
declare
  v_step weir_internal.step;
begin
  select s.*
  into v_step
  from weir_internal.step as s
  where s.workflow = p_workflow
    and s.no = p_no
    and s.state = 'parked'
    and s.wake_at is not null;

  if not found then
    return;
  elsif v_step.wake_at > p_now then
    insert into weir_internal.timer (workflow, no, due)
    values (p_workflow, p_no, v_step.wake_at);
    return;
  end if;

  delete from weir_internal.event_wait as e
  where e.workflow = p_workflow
    and e.key = weir_internal.event_key(v_step.args)
    and e.no = p_no;

  perform weir_internal.give_up(
    p_workflow, p_no,
    jsonb_build_object(
      'step', v_step.name, 'type', 'weir.timeout', 'attempts', 1,
      'message', format('no event %s came in time', quote_literal(weir_internal.event_key(v_step.args)))
    ),
    p_now
  );
end
$$;

-- The body of a step failed. Records the attempt; then the step is tried again after its back-off, or given
-- up. p_error is {"type", "message", "stack"}; p_permanent says that trying again is pointless.
--
-- verdict: 'retry', 'failed', 'lost' (not the caller's any more: nothing is recorded), or 'stopped'
-- (its workflow stopped meanwhile: the attempt is recorded, and a resume runs it again).
create function weir_internal.fail(
  p_worker text,
  p_workflow bigint,
  p_no integer,
  p_epoch integer,
  p_attempt integer,
  p_took double precision,
  p_error jsonb,
  p_permanent boolean
)
returns table (verdict text, workflow_finished boolean)
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_step weir_internal.step;
  v_delay interval;
begin
  perform weir_internal.enter(p_worker);

  perform
  from weir_internal.workflow as w
  where w.id = p_workflow
  for no key update;

  select s.*
  into v_step
  from weir_internal.step as s
  where s.workflow = p_workflow
    and s.no = p_no
    and s.epoch = p_epoch
    and s.state in ('running', 'waiting', 'halted')
  for no key update;

  if not found then
    return query select 'lost', false;
    return;
  end if;

  insert into weir_internal.step_attempt (
    workflow, no, attempt, lost, worker, error_type, message, stack, started_at, finished_at
  )
  values (
    p_workflow, p_no, p_attempt, false, p_worker, p_error ->> 'type', p_error ->> 'message', p_error ->> 'stack',
    v_now - make_interval(secs => p_took), v_now
  );

  if v_step.state = 'halted' then
    update weir_internal.step as s
    set attempt = p_attempt
    where s.workflow = p_workflow
      and s.no = p_no;

    return query select 'stopped', false;
    return;
  end if;

  if not p_permanent then
    v_delay := weir_internal.retry_delay(v_step.policy, v_step.failures + 1);
  end if;

  update weir_internal.step as s
  set
    state = case when v_delay is null then s.state else 'scheduled' end,
    pending = 0,
    attempt = p_attempt,
    failures = s.failures + 1,
    started_at = coalesce(s.started_at, v_now - make_interval(secs => p_took)),
    wake_at = v_now + v_delay
  where s.workflow = p_workflow
    and s.no = p_no;

  if v_delay is null then
    return query
    select
      'failed',
      weir_internal.give_up(
        p_workflow, p_no,
        jsonb_strip_nulls(jsonb_build_object(
          'step', v_step.name, 'type', p_error ->> 'type', 'message', p_error ->> 'message', 'attempts', p_attempt,
          'stack', p_error ->> 'stack'
        )),
        v_now
      );
    return;
  end if;

  insert into weir_internal.timer (workflow, no, due)
  values (p_workflow, p_no, v_now + v_delay);

  return query select 'retry', false;
end
$$;

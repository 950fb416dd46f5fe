-- actor_commit of one answer, the last that an actor has to give: its turn ends. Null for any other, of which nothing is
-- done; else whether a step waits for the answer. It says the same in fewer statements, as actor_enqueue_alone does
-- (measured: 200 against 90 us).
create function weir_internal.actor_commit_alone(
  p_worker text,
  p_actor bigint,
  p_epoch bigint,
  p_state jsonb,
  p_seq bigint,
  p_attempt integer,
  p_began double precision,
  p_result jsonb,
  p_error jsonb,
  p_now timestamptz
)
returns boolean
language plpgsql
as $$
declare
  v_workflow bigint;
  v_step integer;
begin
  perform
  from weir_internal.actor as a
  where a.id = p_actor
    and a.accepted = p_seq
    and a.answered = p_seq - 1
    and a.nests = 0
    and a.status in ('READY', 'CREATING')
  for no key update;

  if not found then
    return null;
  end if;

  delete from weir_internal.actor_turn as t
  where t.actor = p_actor
    and t.epoch = p_epoch
    and t.worker = p_worker;

  if not found then
    return null;
  end if;

  update weir_internal.actor as a
  set
    answered = p_seq,
    updated_at = p_now,
    version = a.version + case when p_state is null then 0 else 1 end,
    state = coalesce(p_state, a.state),
    status = case when p_state is not null and a.status = 'CREATING' then 'READY' else a.status end
  where a.id = p_actor;

  update weir_internal.actor_call as c
  set
    status = case when p_error is null then 'SUCCESSFUL' else 'FAILED' end::weir_internal.actor_call_status,
    attempt = p_attempt,
    started_at = coalesce(c.started_at, p_now - make_interval(secs => p_began)),
    finished_at = p_now,
    result = p_result,
    error = p_error,
    waiter_actor = null
  where c.actor = p_actor
    and c.seq = p_seq
  returning c.workflow, c.step
  into v_workflow, v_step;

  if v_workflow is not null then
    insert into weir_internal.actor_reply (workflow, step)
    values (v_workflow, v_step)
    on conflict do nothing;
  end if;
  return v_workflow is not null;
end
$$;

-- actor_commit of one answer, 'go on', the last that an actor has to give: its turn ends. Any other is left to that
-- function. See actor_enqueue_alone, of its gate and its lock_timeout, too.
--
-- The turn is looked at last, when the actor is locked: by key, since its epoch is no other's, and the planner might
-- find it among all turns of the worker. If it is gone, nothing of this holds, and the caller is told to come again
-- with actor_commit, which says what was lost. The server logs that as an error.
create function weir_internal.actor_commit_alone(
  p_worker text,
  p_actor bigint,
  p_epoch bigint,
  p_state jsonb,
  p_seq bigint,
  p_attempt integer,
  p_began double precision,
  p_result jsonb,
  p_error jsonb
)
returns setof weir_internal.actor_hand
language plpgsql
set lock_timeout = 50
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_workflow bigint;
  v_step integer;
begin
  perform pg_advisory_xact_lock_shared(weir_internal.gate_class(), w.lock_key)
  from weir_internal.worker as w
  where w.id = p_worker;

  update weir_internal.actor as a
  set
    answered = p_seq,
    updated_at = v_now,
    version = a.version + case when p_state is null then 0 else 1 end,
    state = coalesce(p_state, a.state),
    status = case when p_state is not null and a.status = 'CREATING' then 'READY' else a.status end
  where a.id = p_actor
    and a.accepted = p_seq
    and a.answered = p_seq - 1
    and a.nests = 0
    and a.status in ('READY', 'CREATING');

  if not found then
    return query
    select *
    from weir_internal.actor_commit(
      p_worker, array[p_actor], array[p_epoch], array[p_seq], array[p_state], '{go on}', array[null::jsonb], '{0}',
      '{1}', array[p_seq], array[p_attempt], array[p_began], array[p_result], array[p_error], true
    );
    return;
  end if;

  delete from weir_internal.actor_turn as t
  where t.actor = p_actor
    and t.epoch = p_epoch;

  if not found then
    raise exception 'the turn of actor % is no longer the caller''s', p_actor using errcode = 'lock_not_available';
  end if;

  update weir_internal.actor_call as c
  set
    status = case when p_error is null then 'SUCCESSFUL' else 'FAILED' end::weir_internal.actor_call_status,
    attempt = p_attempt,
    started_at = coalesce(c.started_at, v_now - make_interval(secs => p_began)),
    finished_at = v_now,
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

    return query
    select * from weir_internal.actor_told('replied', null, null, null);
  end if;
end
$$;

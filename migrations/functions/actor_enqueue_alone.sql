-- actor_enqueue of one call, that this worker runs and no step or call makes, to an actor that has nothing to do; any
-- other is left to that function. It does the same in fewer statements: they are what a call by a single caller pays
-- for, beside two commits (measured: a call costs the server 185 us by this and actor_commit_alone, 490 by those for
-- batches).
--
-- It waits for no lock for long, nor does actor_enqueue where that is called here. The gate is try_enter's: the worker
-- is read after it was passed.
create function weir_internal.actor_enqueue_alone(
  p_worker text,
  p_type text,
  p_actor_id text,
  p_method text,
  p_name text,
  p_args jsonb,
  p_policy jsonb,
  p_metadata jsonb
)
returns setof weir_internal.actor_hand
language plpgsql
set lock_timeout = 50
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_actor bigint;
  v_seq bigint;
  v_state jsonb;
  v_epoch bigint;
begin
  perform pg_advisory_xact_lock_shared(weir_internal.gate_class(), w.lock_key)
  from weir_internal.worker as w
  where w.id = p_worker;

  update weir_internal.actor as a
  set accepted = a.accepted + 1
  from weir_internal.worker as w
  where a.type = p_type
    and a.actor_id = p_actor_id
    and a.status = 'READY'
    and a.answered = a.accepted
    and w.id = p_worker
    and not w.draining
    and a.queue = any (w.queues)
    and weir_internal.actor_function(p_type, p_method) = any (w.functions)
  returning a.id, a.accepted, a.state
  into v_actor, v_seq, v_state;

  if not found then
    return query
    select *
    from weir_internal.actor_enqueue(
      p_worker, array[p_type], array[p_actor_id], array[p_method], array[p_name], array[p_args], array[p_policy],
      array[p_metadata], '{t}', null, true
    );
    return;
  end if;

  insert into weir_internal.actor_call (actor, seq, accepted_at, method, name, args, policy, metadata)
  values (v_actor, v_seq, v_now, p_method, p_name, p_args, p_policy, p_metadata);

  insert into weir_internal.actor_turn as t (actor, epoch, worker, since)
  values (v_actor, nextval('weir_internal.actor_epoch_seq'), p_worker, v_now)
  returning t.epoch
  into v_epoch;

  return query
  values
    (
      'accepted', 1, v_actor, null::text, null::text, null::bigint, null::boolean, null::jsonb, v_seq,
      null::text, null::text, null::integer, null::jsonb, null::jsonb, null::text
    ),
    (
      'turn', null, v_actor, p_type, p_actor_id, v_epoch, false, v_state, null,
      null, null, null, null, null, null
    ),
    (
      'call', null, v_actor, null, null, null, null, null, v_seq,
      p_method, p_name, 0, p_args, p_policy, null
    );
end
$$;

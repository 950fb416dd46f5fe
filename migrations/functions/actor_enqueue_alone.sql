-- actor_enqueue of one call, that this worker runs, to an actor that has nothing to do; no row for any other, of which nothing
-- is done. It says the same in fewer statements: a call by a single caller is paid for by them (measured: 350 against
-- 150 us), and waits for two commits already.
create function weir_internal.actor_enqueue_alone(
  p_worker weir_internal.worker,
  p_type text,
  p_actor_id text,
  p_method text,
  p_name text,
  p_args jsonb,
  p_policy jsonb,
  p_metadata jsonb,
  p_now timestamptz
)
returns setof weir_internal.actor_hand
language plpgsql
as $$
declare
  v_actor weir_internal.actor;
  v_epoch bigint;
begin
  if (not (p_worker).draining and weir_internal.actor_function(p_type, p_method) = any ((p_worker).functions)) is not true then
    return;
  end if;

  update weir_internal.actor as a
  set accepted = a.accepted + 1
  where a.type = p_type
    and a.actor_id = p_actor_id
    and a.status = 'READY'
    and a.answered = a.accepted
    and a.queue = any ((p_worker).queues)
  returning a.*
  into v_actor;

  if not found then
    return;
  end if;

  insert into weir_internal.actor_call (actor, seq, accepted_at, method, name, args, policy, metadata)
  values (v_actor.id, v_actor.accepted, p_now, p_method, p_name, p_args, p_policy, p_metadata);

  insert into weir_internal.actor_turn as t (actor, epoch, worker, since)
  values (v_actor.id, nextval('weir_internal.actor_epoch_seq'), (p_worker).id, p_now)
  returning t.epoch
  into v_epoch;

  return query
  values
    (
      'accepted', 1, v_actor.id, null::text, null::text, null::bigint, null::boolean, null::jsonb, v_actor.accepted,
      null::text, null::text, null::integer, null::jsonb, null::jsonb, null::text
    ),
    (
      'turn', null, v_actor.id, v_actor.type, v_actor.actor_id, v_epoch, false, v_actor.state, null,
      null, null, null, null, null, null
    ),
    (
      'call', null, v_actor.id, null, null, null, null, null, v_actor.accepted,
      p_method, p_name, 0, p_args, p_policy, null
    );
end
$$;

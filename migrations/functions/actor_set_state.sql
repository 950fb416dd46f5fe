-- Replaces the state of an actor that has the expected version, and returns the new version. Calls that run just
-- now lose their turn, and run again on the new state. What is done, by whom and why, is in weir.audit. Errors: WF001
-- no such actor, WF006 bad input, WF011 the version is another one, or the actor has no state yet.
create function weir.actor_set_state(type text, id text, state jsonb, expected_version bigint, reason text)
returns bigint
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_actor weir_internal.actor;
begin
  if state is null then
    perform weir_internal.refuse('state', 'is null; the JSON null is written ''null''');
  end if;
  perform weir_internal.check_text('reason', reason, 4096);

  v_actor := weir_internal.locked_actor(type, id);
  if v_actor.version = 0 or v_actor.version is distinct from expected_version then
    raise exception 'actor % % has version %, not %', type, quote_literal(id), v_actor.version, coalesce(expected_version::text, 'null')
      using errcode = 'WF011';
  end if;

  update weir_internal.actor as a
  set state = actor_set_state.state, version = a.version + 1, updated_at = v_now
  where a.id = v_actor.id;

  if exists (select from weir_internal.actor_turn as t where t.actor = v_actor.id and t.worker is not null) then
    perform weir_internal.actor_yield(array[v_actor.id], null, true, v_now);
  end if;

  insert into weir_internal.audit (at, who, what, target, reason, detail)
  values (
    v_now, session_user, 'actor_set_state', format('%s %L', type, id), reason,
    jsonb_build_object('version', expected_version, 'before', v_actor.state, 'after', state)
  );
  return v_actor.version + 1;
end
$$;

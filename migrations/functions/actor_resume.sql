-- Has the call that blocks an actor run again, with fresh retries, and those behind it; others are left as they are. A
-- call that continued is not run again: its workflow is resumed.
-- Returns the actor's status. Error: WF001 no such actor.
create function weir.actor_resume(type text, id text)
returns text
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_actor weir_internal.actor := weir_internal.known_actor(type, id);
  v_workflow bigint;
begin
  select h.continues_as
  into v_workflow
  from weir_internal.actor_head(v_actor.id, v_actor.answered, v_actor.status) as h
  where v_actor.status = 'BLOCKED'
    and h.status = 'CONTINUED';

  if found then -- workflows are locked before actors
    perform weir_internal.go_on(array[v_workflow]);
    return (weir_internal.known_actor(type, id)).status;
  end if;

  v_actor := weir_internal.locked_actor(type, id);
  if v_actor.status <> 'BLOCKED'
    or exists ( -- it was blocked meanwhile
      select
      from weir_internal.actor_head(v_actor.id, v_actor.answered, v_actor.status) as h
      where h.status = 'CONTINUED'
    )
  then
    return v_actor.status;
  end if;

  update weir_internal.actor as a
  set status = 'READY', error = null, updated_at = v_now
  where a.id = v_actor.id;

  update weir_internal.actor_call as c
  set failures = 0, lost = 0, error = null
  where c.actor = v_actor.id
    and c.seq = v_actor.answered + 1;

  perform weir_internal.actor_begin(null, array[v_actor.id], array[false], v_now);
  return 'READY';
end
$$;

-- A call, or the workflow that continues one, is about to wait for this call. Returns the circle that the wait would
-- close, null if it may wait.
create function weir_internal.actor_await(p_actor bigint, p_seq bigint, p_caller jsonb)
returns jsonb
language plpgsql
as $$
declare
  v_waiter record;
  v_call weir_internal.actor_call;
  v_chain jsonb;
begin
  perform weir_internal.actor_callers(array[p_caller]);

  select w.*
  into v_waiter
  from weir_internal.actor_waiter(p_caller) as w;

  if v_waiter.actor is null then
    return null;
  end if;

  perform
  from weir_internal.actor as a
  where a.id = p_actor
  for no key update;

  perform weir_internal.actor_lock_waits(array[p_caller]);

  select c.*
  into v_call
  from weir_internal.actor_call as c
  where c.actor = p_actor
    and c.seq = p_seq
    and c.finished_at is null;

  if not found or v_call.nested then
    return null;
  end if;
  v_chain := weir_internal.actor_circle(v_waiter.actor, p_actor, null, null);
  if v_chain is null then
    update weir_internal.actor_call as c
    set waiter_actor = v_waiter.actor, waiter_seq = v_waiter.seq
    where c.actor = p_actor
      and c.seq = p_seq
      and c.waiter_actor is null;
  end if;
  return v_chain;
end
$$;

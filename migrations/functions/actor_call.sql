-- Calls a method of an actor and returns the call's number: the call has its place in the actor's order, and is run
-- once the caller's transaction has committed. So a trigger may call. The result is actor_result's to tell. Errors:
-- WF001 no such actor, WF006 bad input, WF012 no worker has the method.
--
-- Until the transaction ends others that call the same actor wait: call last, and several actors in one order.
create function weir.actor_call(type text, id text, method text, args jsonb default 'null')
returns bigint
language plpgsql
as $$
declare
  v_verdict text;
  v_seq bigint;
begin
  perform weir_internal.check_actor(type, id);
  perform weir_internal.check_method(method);

  select h.verdict, h.seq
  into v_verdict, v_seq
  from weir_internal.actor_enqueue(
    null, array[type], array[id], array[method], array[null::text], array[coalesce(args, 'null')], array[null::jsonb],
    array[null::jsonb], array[false], null, true
  ) as h;

  if not found then
    perform weir_internal.known_actor(type, id); -- raises
  elsif v_verdict = 'unknown' then
    perform weir_internal.refuse_method(type, 'method', method);
  end if;
  return v_seq;
end
$$;

-- The result of a call that succeeded, else null: weir.actor_calls has its status and its error. Error: WF001 no such
-- actor, or no such call of it.
create function weir.actor_result(type text, id text, seq bigint)
returns jsonb
language plpgsql
stable
as $$
declare
  v_actor weir_internal.actor := weir_internal.known_actor(type, id);
  v_result jsonb;
begin
  select c.result
  into v_result
  from weir_internal.actor_call as c
  where c.actor = v_actor.id
    and c.seq = actor_result.seq;

  if not found then
    raise exception 'no call % of actor % %', coalesce(seq::text, 'null'), type, quote_literal(id) using errcode = 'WF001';
  end if;
  return v_result;
end
$$;

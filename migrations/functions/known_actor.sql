-- The actor of this type and id. Error: WF001 there is none.
create function weir_internal.known_actor(p_type text, p_actor_id text)
returns weir_internal.actor
language plpgsql
stable
as $$
declare
  v_actor weir_internal.actor;
begin
  select a.*
  into v_actor
  from weir_internal.actor as a
  where a.type = p_type
    and a.actor_id = p_actor_id;

  if not found then
    raise exception 'no actor % %', coalesce(p_type, 'null'), coalesce(quote_literal(p_actor_id), 'null') using errcode = 'WF001';
  end if;
  return v_actor;
end
$$;

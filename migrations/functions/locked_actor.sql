-- known_actor with its row locked: as it is once the lock is had.
create function weir_internal.locked_actor(p_type text, p_actor_id text)
returns weir_internal.actor
language plpgsql
as $$
declare
  v_actor weir_internal.actor;
begin
  select a.*
  into v_actor
  from weir_internal.actor as a
  where a.type = p_type
    and a.actor_id = p_actor_id
  for no key update;

  if not found then
    return weir_internal.known_actor(p_type, p_actor_id); -- raises
  end if;
  return v_actor;
end
$$;

-- Refuses what is no type and id of an actor. A type has no dot: Type.method is a function's name.
create function weir_internal.check_actor(p_type text, p_actor_id text)
returns void
language plpgsql
immutable
as $$
begin
  perform weir_internal.check_text('type', p_type, 63);
  perform weir_internal.check_text('id', p_actor_id, 255);
  if strpos(p_type, '.') > 0 then
    perform weir_internal.refuse('type', format('%L has a dot', p_type));
  end if;
end
$$;

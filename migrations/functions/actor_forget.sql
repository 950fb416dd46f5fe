-- Removes a reminder of an actor; false if there is none of that name. Calls that it has made stay. Errors: WF001 no
-- such actor, WF006 bad input.
create function weir.actor_forget(type text, id text, name text)
returns boolean
language plpgsql
as $$
declare
  v_actor bigint;
begin
  perform weir_internal.check_actor(type, id);
  perform weir_internal.check_text('name', name, 255);
  v_actor := (weir_internal.locked_actor(type, id)).id;

  delete from weir_internal.reminder as r
  where r.actor = v_actor
    and r.name = actor_forget.name;
  return found;
end
$$;

-- The key of the event that a step of weir.event waits for.
create function weir_internal.event_key(p_args jsonb)
returns text
language sql
immutable
as $$
  select p_args #>> '{0,v,key}'
$$;

-- The function that a worker needs for a call: the type alone is the constructor.
create function weir_internal.actor_function(p_type text, p_method text)
returns text
language sql
immutable
as $$
  select case p_method when '' then p_type else p_type || '.' || p_method end
$$;

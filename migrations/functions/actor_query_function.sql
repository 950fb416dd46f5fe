-- The function that a worker needs for a query. A type has no dot, and a method none either: it is no method's.
create function weir_internal.actor_query_function(p_type text, p_query text)
returns text
language sql
immutable
as $$
  select p_type || '..' || p_query
$$;

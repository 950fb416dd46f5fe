-- How many of its dependencies a step of weir.wait waits for.
create function weir_internal.wait_count(p_args jsonb, p_dependencies integer[])
returns integer
language sql
immutable
as $$
  select least((p_args #>> '{0,v,n}')::integer, cardinality(p_dependencies))
$$;

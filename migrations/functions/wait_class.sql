-- The advisory lock (class, 0) under which calls are accepted that another call waits for.
create function weir_internal.wait_class()
returns integer
language sql
immutable
as $$
  select 2003134836
$$;

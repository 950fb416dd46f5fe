-- When the server last began to serve: all session locks were free then. After the crash of a backend the
-- postmaster stays and starts its other processes anew, so its own time isn't enough.
create function weir_internal.server_start()
returns timestamptz
language sql
stable
as $$
  select greatest(pg_postmaster_start_time(), max(a.backend_start))
  from pg_stat_activity as a
  where a.backend_type in ('checkpointer', 'walwriter', 'background writer')
$$;

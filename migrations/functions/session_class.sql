-- Advisory locks of workers are pairs (class, worker.lock_key); the class of the lock that a worker's own
-- direct connection holds for as long as the process lives.
create function weir_internal.session_class()
returns integer
language sql
immutable
as $$
  select 2003134834
$$;

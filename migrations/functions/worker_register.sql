-- A process joins the fleet under a new id and returns the key of its advisory locks. It then takes
-- pg_advisory_lock(weir_internal.session_class(), key) on a direct connection that it keeps, unless it has said
-- with p_session_lock that it has none and its lease alone decides.
create function weir_internal.worker_register(
  p_id text,
  p_host text,
  p_pid integer,
  p_version text,
  p_functions text[],
  p_queues text[],
  p_lease interval,
  p_session_lock boolean,
  p_manual boolean default false
)
returns integer
language sql
as $$
  insert into weir_internal.worker (
    id, lock_key, host, pid, version, functions, queues, session_lock, manual, started_at, beat_at, lease_until
  )
  select
    p_id, nextval('weir_internal.worker_lock_key'), p_host, p_pid, p_version, p_functions, p_queues, p_session_lock,
    p_manual, c.now, c.now, c.now + p_lease
  from weir_internal.clock() as c (now)
  returning lock_key
$$;

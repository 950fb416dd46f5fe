-- Takes jobs that nobody has fetched out of the queue. A running one is left to the process that runs it.
create function weir_internal.river_cancel(p_id bigint[])
returns void
language sql
as $$
  update weir_internal.river_job
  set state = 'cancelled', finalized_at = clock_timestamp()
  where id = any (p_id)
    and state in ('available', 'pending', 'retryable', 'scheduled')
$$;

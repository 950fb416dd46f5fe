-- Finishes jobs that a worker has run from their birth (river_run).
create function weir_internal.river_complete(p_worker text, p_id bigint[])
returns void
language sql
as $$
  update weir_internal.river_job
  set state = 'completed', finalized_at = clock_timestamp()
  where id = any (p_id)
    and state = 'running'
    and attempted_by = array[p_worker]
$$;

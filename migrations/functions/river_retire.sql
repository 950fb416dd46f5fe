-- Finalises jobs whose worker has lost them. Such a row never becomes available again: River's completer
-- checks only that a row is running, so a zombie would finish the new attempt of a reactivated one.
create function weir_internal.river_retire(p_id bigint[])
returns void
language sql
as $$
  update weir_internal.river_job
  set state = 'cancelled', finalized_at = clock_timestamp(), metadata = metadata || '{"weir": "retired"}'
  where id = any (p_id)
    and finalized_at is null
$$;

-- Takes a worker's gate as enter does, and returns the worker, or nothing where it has lost its lease.
create function weir_internal.entered(p_worker text)
returns weir_internal.worker
language plpgsql
as $$
declare
  v_worker weir_internal.worker;
begin
  perform pg_advisory_xact_lock_shared(weir_internal.gate_class(), w.lock_key)
  from weir_internal.worker as w
  where w.id = p_worker;

  select w.*
  into v_worker
  from weir_internal.worker as w
  where w.id = p_worker;

  return v_worker;
end
$$;

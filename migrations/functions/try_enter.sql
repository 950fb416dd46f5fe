-- The gate through which a worker's call may take or keep steps.
--
-- The call holds the worker's gate shared until it commits; worker_retire holds it exclusively. So when a
-- worker is retired no call of its is half-way, and one that comes later finds its row gone: losing the
-- lease is losing the right to write. It is an advisory lock since a row lock would be written to the WAL
-- by every batch. Returns the worker, a row of nulls when it has lost its lease.
create function weir_internal.try_enter(p_worker text)
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

-- The gate through which a worker's call may take or keep steps.
--
-- The call holds the worker's gate shared until it commits; worker_retire holds it exclusively. So when a
-- worker is retired no call of its is half-way, and one that comes later finds its row gone: losing the
-- lease is losing the right to write. It is an advisory lock since a row lock would be written to the WAL
-- by every batch. Returns the functions that the worker can run.
create function weir_internal.enter(p_worker text)
returns text[]
language plpgsql
as $$
declare
  v_worker weir_internal.worker := weir_internal.entered(p_worker);
begin
  if v_worker.id is null then
    raise exception 'worker % has lost its lease', p_worker using errcode = 'WF005';
  end if;
  return v_worker.functions;
end
$$;

-- Advisory locks of workers are pairs (class, worker.lock_key); the class of a worker's gate, see enter.
create function weir_internal.gate_class()
returns integer
language sql
immutable
as $$
  select 2003134835
$$;

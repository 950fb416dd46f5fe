-- Says that a worker takes no new work. Its lease goes on until it has given it back.
create function weir_internal.worker_drain(p_id text)
returns void
language sql
as $$
  update weir_internal.worker
  set draining = true
  where id = p_id
$$;

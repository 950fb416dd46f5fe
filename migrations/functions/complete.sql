-- A worker is through with jobs that it has run from their birth (start_here), and that neither a checkpoint nor a
-- start has removed.
create function weir_internal.complete(p_worker text, p_job bigint[])
returns void
language plpgsql
as $$
begin
  perform weir_internal.enter(p_worker);
  perform weir_internal.river_remove(p_worker, p_job);
end
$$;

-- Removes jobs that a worker is through with, mostly in the transaction that says so of their steps. Of those that it
-- has fetched River completes afterwards what it finds, which is nothing; of others (river_run) it knows nothing.
-- Nobody looks at a finished job: its row would cost an entry in each of six indexes, and be removed by River's
-- cleaner an hour later (measured: a step of a fan-out writes 2,870 bytes of WAL instead of 3,860, a workflow of one
-- step 2,410 instead of 3,440). (PL/pgSQL for the reason that hands has.)
create function weir_internal.river_remove(p_worker text, p_id bigint[])
returns void
language plpgsql
as $$
begin
  delete from weir_internal.river_job
  where id = any (p_id)
    and state::text = 'running' -- as text: found by id
    and attempted_by = array[p_worker];
end
$$;

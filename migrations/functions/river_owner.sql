-- The worker that runs a job, null when nobody does.
create function weir_internal.river_owner(p_job bigint)
returns text
language sql
stable
as $$
  select j.attempted_by[array_upper(j.attempted_by, 1)]
  from weir_internal.river_job as j
  where j.id = p_job
    and j.state::text = 'running' -- as text: found by id
$$;

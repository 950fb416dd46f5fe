-- The id of a River job that is about to be inserted. Taking it first lets the step that the job is for
-- name it (step.job), so that a stale job can't claim and a missing one is found by its key.
create function weir_internal.river_token()
returns bigint
language sql
volatile
as $$
  select nextval('weir_internal.river_job_id_seq')
$$;

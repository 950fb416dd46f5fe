-- The River jobs that a worker has fetched and not finished whose token is an actor's.
create function weir_internal.actor_held(p_worker text)
returns table (job bigint, actor bigint, fetched_at timestamptz)
language sql
stable
as $$
  select j.id, (j.args ->> 'w')::bigint, j.attempted_at
  from weir_internal.river_job as j
  where j.state = 'running'
    and j.attempted_by[array_upper(j.attempted_by, 1)] = p_worker
    and (j.args -> 's')::integer = -1
$$;

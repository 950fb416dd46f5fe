-- Finalises the jobs of queries that a worker has fetched and p_known, those that it knows of, lacks: with p_older,
-- those fetched longer ago. Returns how many. Whoever asked learns that they are lost from that.
create function weir_internal.actor_query_retire(p_worker text, p_known bigint[], p_older interval)
returns integer
language plpgsql
as $$
declare
  v_job bigint[];
begin
  v_job := array(
    select j.id
    from weir_internal.river_job as j
    where j.state = 'running'
      and j.attempted_by[array_upper(j.attempted_by, 1)] = p_worker
      and (j.args -> 's')::integer = -2
      and (p_older is null or j.attempted_at < weir_internal.clock() - p_older)
      and j.id <> all (p_known)
  );
  perform weir_internal.river_retire(v_job);
  return cardinality(v_job);
end
$$;

-- Inserts the River jobs that turns name. Of which kind they are, the call at the head says. p_first puts them
-- before the backlog; p_delay holds one back.
create function weir_internal.actor_send(p_actor bigint[], p_job bigint[], p_delay interval[], p_first boolean)
returns void
language plpgsql
as $$
declare
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_actor bigint[];
  v_delay interval[];
begin
  select
    array_agg(i.job), array_agg(weir_internal.actor_function(a.type, h.method)), array_agg(a.queue), array_agg(a.id),
    array_agg(i.delay)
  into v_job, v_kind, v_queue, v_actor, v_delay
  from unnest(p_actor, p_job, p_delay) as i (actor, job, delay)
  join weir_internal.actor as a on a.id = i.actor
  cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as h;

  perform weir_internal.river_insert(
    v_job, v_kind, v_queue, v_actor, array_fill(-1, array[cardinality(v_job)]), true, p_first, v_delay
  );
end
$$;

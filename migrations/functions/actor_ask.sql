-- Asks the workers for a query that the caller has no code for, and returns by which number its answer will be known:
-- that of the River job that brings the query to a worker. Whoever asks waits for actor_answers. Questions that
-- nobody waits for any more are removed by those who ask after them. Errors: WF001 no such actor, WF012 no worker has
-- the query.
create function weir_internal.actor_ask(p_type text, p_actor_id text, p_query text, p_args jsonb)
returns bigint
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_actor weir_internal.actor := weir_internal.known_actor(p_type, p_actor_id);
  v_kind text := weir_internal.actor_query_function(p_type, p_query);
  v_job bigint := weir_internal.river_token();
begin
  if weir_internal.actor_lacks(p_type, v_kind) then
    perform weir_internal.refuse_method(p_type, 'query', p_query);
  end if;

  delete from weir_internal.actor_query as q
  where q.job in (
    select o.job
    from weir_internal.actor_query as o
    where o.asked_at < v_now - interval '10 minutes'
      and (o.answered_at is not null or not weir_internal.river_alive(o.job))
    order by o.asked_at
    limit 100
    for update skip locked
  );

  insert into weir_internal.actor_query (job, actor, asked_at, query, args)
  values (v_job, v_actor.id, v_now, p_query, p_args);

  perform weir_internal.river_insert(array[v_job], array[v_kind], array[v_actor.queue], array[v_actor.id], '{-2}', true);
  return v_job;
end
$$;

-- worker_retire's part for actors: requeues a slice of the turns that a worker holds, and of those that its jobs
-- would have brought it. False when there are more, or some are locked.
create function weir_internal.actor_retire(p_worker text, p_lost boolean, p_poison integer)
returns boolean
language plpgsql
as $$
declare
  v_slice constant integer := 500;
  v_actor bigint[];
  v_job bigint[];
begin
  select array_agg(h.actor), array_agg(h.job)
  into v_actor, v_job
  from (
    select t.actor, t.job
    from weir_internal.actor_turn as t
    where t.worker = p_worker
    union
    select h.actor, h.job
    from weir_internal.actor_held(p_worker) as h
    limit v_slice
  ) as h;

  if v_actor is null then
    return true;
  end if;
  return weir_internal.actor_requeue(p_worker, v_actor, v_job, p_lost, p_poison) and cardinality(v_actor) < v_slice;
end
$$;

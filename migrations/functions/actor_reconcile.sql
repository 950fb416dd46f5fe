-- An answer that was lost leaves a worker with turns that it knows nothing of. Requeues those that are older than
-- p_older and not among p_actor, and returns which of these, by epoch, are the worker's no more: their actor was
-- deleted, or somebody has set its state. A null among them says that an actor was locked: call again.
create function weir_internal.actor_reconcile(p_worker text, p_actor bigint[], p_epoch bigint[], p_older interval)
returns setof bigint
language plpgsql
as $$
declare
  v_unknown bigint[];
begin
  perform weir_internal.enter(p_worker);

  v_unknown := array(
    select t.actor
    from weir_internal.actor_turn as t
    where t.worker = p_worker
      and t.since < weir_internal.clock() - p_older
      and t.actor <> all (p_actor)
  );
  if v_unknown <> '{}' and not weir_internal.actor_requeue(p_worker, v_unknown, null, false, 0) then
    return next null;
  end if;

  return query
  select i.epoch
  from unnest(p_actor, p_epoch) as i (actor, epoch)
  left join lateral weir_internal.actor_turn_of(i.actor) as t on true
  where (t.epoch, t.worker) is distinct from (i.epoch, p_worker);
end
$$;

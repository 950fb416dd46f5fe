-- Ends a worker's lease and requeues what it held. p_lost says that it died, so that its attempts count as
-- lost; false is a worker that gives its own lease back. False when a call of the worker's is still on its
-- way, a workflow is locked or there is more than one call should do: call again.
--
-- A worker that is gone already may have fetched jobs before it knew: they are given back. What a lost worker
-- with manual recovery held is withheld until it is resumed.
create function weir_internal.worker_retire(p_id text, p_lost boolean, p_poison integer default 5)
returns boolean
language plpgsql
as $$
declare
  v_slice constant integer := 500; -- jobs a call, so that each ends soon and what it has done stays done
  v_lock_key integer;
  v_manual boolean;
  v_free bigint[];
  v_job bigint[];
  v_workflow bigint[];
begin
  select w.lock_key, w.manual
  into v_lock_key, v_manual
  from weir_internal.worker as w
  where w.id = p_id;

  if found and not pg_try_advisory_xact_lock(weir_internal.gate_class(), v_lock_key) then
    return false;
  end if;

  -- The slice is of workflows that nobody has locked, nor their actors, so that one which stays locked holds up no
  -- other.
  v_free := array(
    select w.id
    from weir_internal.workflow as w
    where w.id in (select h.workflow from weir_internal.river_held(p_id) as h)
    order by w.id
    for no key update skip locked
  );
  v_free := weir_internal.actor_free(v_free);

  select array_agg(h.id), array_agg(h.workflow)
  into v_job, v_workflow
  from (
    select h.id, h.workflow
    from weir_internal.river_held(p_id) as h
    where h.workflow = any (v_free)
      or not exists (select from weir_internal.workflow as w where w.id = h.workflow)
    order by h.id
    limit v_slice
  ) as h;

  if v_job is not null then
    perform weir_internal.requeue(p_id, v_job, v_workflow, p_lost, p_poison, p_lost and v_manual);
  end if;
  perform weir_internal.actor_query_retire(p_id, '{}', null);
  if exists (select from weir_internal.river_held(p_id) as h)
    or not weir_internal.actor_retire(p_id, p_lost, p_poison)
  then
    return false;
  end if;

  delete from weir_internal.worker as w
  where w.id = p_id;
  return true;
end
$$;

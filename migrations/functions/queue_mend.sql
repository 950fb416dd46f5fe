-- The slow check: a slice of the live workflows, and of the actors with a turn, by id after p_after. Ready or
-- running steps that have no live job any more (a row of River's was deleted by hand, say) get a fresh one, and so
-- do turns without a live worker or job. next is where to go on, 0 after the last.
create function weir_internal.queue_mend(p_after bigint, p_limit integer)
returns table (mended integer, next bigint)
language plpgsql
as $$
declare
  v_slice bigint[];
  v_job bigint[];
  v_workflow bigint[];
  v_actor bigint[];
  v_actor_job bigint[];
begin
  v_slice := array(
    (
      select w.id
      from weir_internal.workflow as w
      where w.status = 'RUNNING'
        and w.id > p_after
      order by w.id
      limit p_limit
    )
    union all
    (
      select t.actor
      from weir_internal.actor_turn as t
      where t.actor > p_after
      order by t.actor
      limit p_limit
    )
    order by 1
    limit p_limit
  );

  select array_agg(s.job), array_agg(s.workflow)
  into v_job, v_workflow
  from weir_internal.step as s
  where s.workflow = any (v_slice)
    and (
      s.state in ('ready', 'running')
      -- The follower of a done step waits for that step's job, which runs on.
      or s.state = 'succeeded'
      and s.dependents = array[s.no + 1]
      and exists (
        select
        from weir_internal.step as f
        where f.workflow = s.workflow
          and f.no = s.no + 1
          and f.state = 'waiting'
          and f.dependencies = array[s.no]
      )
    )
    and not weir_internal.river_alive(s.job);

  if v_job is not null then
    -- Looked at without locks: what has moved on meanwhile names another job by now.
    perform weir_internal.requeue(null, v_job, v_workflow, false, 0);
  end if;

  select array_agg(t.actor), array_agg(t.job)
  into v_actor, v_actor_job
  from weir_internal.actor_turn as t
  where t.actor = any (v_slice)
    and not weir_internal.actor_turn_alive(t);

  if v_actor is not null then
    perform weir_internal.actor_requeue(null, v_actor, v_actor_job, false, 0);
  end if;

  return query
  select
    coalesce(cardinality(v_job), 0) + coalesce(cardinality(v_actor), 0),
    case when cardinality(v_slice) < p_limit then 0 else v_slice[p_limit] end;
end
$$;

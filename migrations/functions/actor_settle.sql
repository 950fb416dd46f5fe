-- Ends up to p_limit steps of weir.call whose calls were answered, or whose actors were deleted, and stops workflows
-- that continue a call of a deleted actor. Workflows that somebody has locked, or whose actors, are left to the next
-- pass. Returns how many it has done.
create function weir_internal.actor_settle(p_limit integer, p_now timestamptz)
returns integer
language plpgsql
as $$
declare
  v_free bigint[];
  v_workflow bigint[];
  v_step integer[];
  v_done_workflow bigint[];
  v_done_no integer[];
  v_failed record;
begin
  if not exists (select from weir_internal.actor_reply) then
    return 0;
  end if;

  select array_agg(l.workflow), array_agg(l.step)
  into v_workflow, v_step
  from (
    select r.workflow, r.step
    from weir_internal.actor_reply as r
    join weir_internal.workflow as w on w.id = r.workflow
    order by r.workflow, r.step
    limit p_limit
    for no key update of w skip locked
  ) as l;

  v_free := weir_internal.actor_free(v_workflow);

  with taken as (
    delete from weir_internal.actor_reply as r
    using unnest(v_workflow, v_step) as l (workflow, step)
    where l.workflow = any (v_free)
      and r.workflow = l.workflow
      and r.step = l.step
    returning r.workflow, r.step
  )
  select array_agg(t.workflow), array_agg(t.step)
  into v_workflow, v_step
  from taken as t;

  delete from weir_internal.actor_reply as r
  where not exists (select from weir_internal.workflow as w where w.id = r.workflow);

  if v_workflow is null then
    return 0;
  end if;

  with done as (
    update weir_internal.step as s
    set state = 'succeeded', output = c.result, finished_at = p_now
    from unnest(v_workflow, v_step) as r (workflow, step)
    cross join lateral weir_internal.actor_called(r.workflow, r.step) as c
    where s.workflow = r.workflow
      and s.no = r.step
      and s.state = 'parked'
      and c.status = 'SUCCESSFUL'
    returning s.workflow, s.no
  )
  select array_agg(d.workflow), array_agg(d.no)
  into v_done_workflow, v_done_no
  from done as d;

  if v_done_no is not null then
    perform weir_internal.arrive_alone(v_done_workflow, v_done_no, p_now);
  end if;

  for v_failed in
    select
      s.workflow, s.no,
      coalesce(c.error, '{"type": "weir.not_found", "message": "its actor was deleted", "attempts": 1}')
        || jsonb_build_object('step', s.name) as error
    from unnest(v_workflow, v_step) as r (workflow, step)
    join weir_internal.step as s on s.workflow = r.workflow and s.no = r.step
    left join lateral weir_internal.actor_called(r.workflow, r.step) as c on true
    where s.state = 'parked'
      and (c.actor is null or c.status = 'FAILED')
    order by s.workflow, s.no
  loop
    if exists ( -- the failure of another one may have halted it
      select
      from weir_internal.step as s
      where s.workflow = v_failed.workflow
        and s.no = v_failed.no
        and s.state = 'parked'
    ) then
      perform weir_internal.give_up(v_failed.workflow, v_failed.no, v_failed.error, p_now);
    end if;
  end loop;

  perform weir.cancel(w.workflow_id, 'its actor was deleted')
  from unnest(v_workflow, v_step) as r (workflow, step)
  join weir_internal.workflow as w on w.id = r.workflow
  where r.step = -1
    and w.status::text in ('RUNNING', 'PENDING'); -- as text: found by id

  return cardinality(v_workflow);
end
$$;

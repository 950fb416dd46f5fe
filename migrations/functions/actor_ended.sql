-- Workflows that continue calls have ended: the calls are answered with what they came to. One that failed, and was to
-- block, stays at the head, and its actor is BLOCKED. The caller holds the workflows' rows.
--
-- A nested call that runs just now may have to give way to others: its turn begins anew.
create function weir_internal.actor_ended(p_workflow bigint[], p_now timestamptz)
returns void
language plpgsql
as $$
declare
  v_actor bigint[];
  v_over bigint[];
begin
  perform weir_internal.actor_held_by(p_workflow);

  with answered as (
    update weir_internal.actor_call as c
    set
      status = case
        when w.status = 'SUCCESSFUL' then 'SUCCESSFUL'
        when o.blocks then 'CONTINUED'
        else 'FAILED'
      end::weir_internal.actor_call_status,
      finished_at = case when not o.blocks then p_now end,
      result = case when w.status = 'SUCCESSFUL' then weir_internal.output_of(w.id, w.root) end,
      error = case when w.status <> 'SUCCESSFUL' then o.error end,
      waiter_actor = case when o.blocks then c.waiter_actor end
    from weir_internal.workflow as w
    cross join lateral weir_internal.actor_place(w.actor, w.actor_seq) as p (place)
    join weir_internal.actor_call as d on d.ctid = p.place
    cross join lateral (
      select
        w.status <> 'SUCCESSFUL' and d.nested is not true and coalesce((d.policy -> 'block')::boolean, false),
        coalesce(
          (select s.error from weir_internal.step as s where s.workflow = w.id and s.no = w.failed_step),
          jsonb_build_object('type', 'weir.canceled', 'message', concat_ws(': ', 'its workflow was canceled', w.cancel_reason))
        ) || jsonb_build_object('step', d.method, 'attempts', d.attempt)
    ) as o (blocks, error)
    where w.id = any (p_workflow)
      and c.ctid = d.ctid
      and d.status = 'CONTINUED'
      and d.continues_as = w.id
    returning c.actor, c.workflow, c.step, c.finished_at, w.id
  ),
  replies as (
    insert into weir_internal.actor_reply (workflow, step)
    select a.workflow, a.step
    from answered as a
    where a.workflow is not null
      and a.finished_at is not null
    on conflict do nothing
  )
  select array_agg(distinct a.actor), array_agg(a.id) filter (where a.finished_at is not null)
  into v_actor, v_over
  from answered as a;

  if v_actor is null then
    return;
  end if;

  with freed as ( -- what such a workflow has left is no longer nested in anything
    update weir_internal.actor_call as c
    set nested = null
    from unnest(v_over) as w (id)
    where c.actor = any (v_actor)
      and c.nested
      and c.status = 'QUEUED'
      and starts_with(c.caller, concat_ws('/', 'w', w.id, ''))
    returning c.actor
  )
  update weir_internal.actor as a
  set nests = a.nests - f.calls
  from (select f.actor, count(*) from freed as f group by f.actor) as f (actor, calls)
  where a.id = f.actor;

  update weir_internal.actor as a
  set
    status = o.status,
    updated_at = p_now,
    answered = case when o.head_ended then a.answered + 1 else a.answered end,
    nests = a.nests - case when o.head_ended and o.nested then 1 else 0 end,
    error = o.error
  from unnest(v_actor) as i (actor)
  join weir_internal.actor as b on b.id = i.actor
  cross join lateral (
    select
      case
        when h.status = 'CONTINUED' and h.error is not null then 'BLOCKED'
        when exists (
          select
          from weir_internal.actor_call as c
          where c.actor = b.id
            and c.seq > b.answered
            and c.status = 'CONTINUED'
        ) then 'CONTINUING'
        else 'READY'
      end::weir_internal.actor_status,
      h.finished_at is not null,
      h.nested is true,
      case when h.status = 'CONTINUED' then h.error end
    from weir_internal.actor_head(b.id, b.answered, 'READY') as h
  ) as o (status, head_ended, nested, error)
  where a.id = b.id;

  perform weir_internal.actor_pass(v_actor);

  perform weir_internal.actor_yield(array_agg(a.id), null, true, p_now)
  from weir_internal.actor as a
  where a.id = any (v_actor)
    and a.status = 'READY'
    and exists (select from weir_internal.actor_turn_of(a.id))
    and a.answered < a.accepted
  having count(*) > 0;

  perform weir_internal.actor_close(v_actor);

  perform weir_internal.actor_begin(null, v_actor, array_fill(false, array[cardinality(v_actor)]), p_now);
end
$$;

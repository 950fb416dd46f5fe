-- Begins the turns of actors that have calls and none yet. The caller holds their rows.
--
-- A turn is the worker's at once, without River, if the item offers it and the worker can run the call at the
-- head. The others get a River job.
create function weir_internal.actor_begin(
  p_worker weir_internal.worker,
  p_actor bigint[],
  p_claim boolean[],
  p_now timestamptz
)
returns setof weir_internal.actor_hand
language plpgsql
as $$
declare
  v_held bigint[];
  v_sent bigint[];
  v_job bigint[];
begin
  with begun as (
    insert into weir_internal.actor_turn (actor, epoch, worker, job, since)
    select
      a.id, nextval('weir_internal.actor_epoch_seq'), case when c.can then (p_worker).id end,
      case when not c.can then weir_internal.river_token() end, p_now
    from unnest(p_actor, p_claim) as i (actor, claim)
    join weir_internal.actor as a on a.id = i.actor
    cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as h
    cross join lateral (
      select coalesce(
        i.claim
        and not (p_worker).draining
        and a.queue = any ((p_worker).queues)
        and weir_internal.actor_function(a.type, h.method) = any ((p_worker).functions),
        false
      )
    ) as c (can)
    where a.status <> 'BLOCKED'
      and not exists (select from weir_internal.actor_turn_of(a.id)) -- by key: a join reads all turns
    returning actor, job
  )
  select
    array_agg(b.actor) filter (where b.job is null), array_agg(b.actor) filter (where b.job is not null),
    array_agg(b.job) filter (where b.job is not null)
  into v_held, v_sent, v_job
  from begun as b;

  if v_sent is not null then
    perform weir_internal.actor_send(v_sent, v_job, null, false);
  end if;
  if v_held is not null then
    return query
    select * from weir_internal.actor_hands(v_held, true);
  end if;
end
$$;

-- Takes turns away from a worker, or from River jobs that bring nobody: each gets a fresh job, before the backlog.
-- Items are pairs of an actor and the job that its turn is under, if any; the turn is taken if it is the worker's or
-- names the job. Jobs are finalised. False when somebody has an actor locked: call again.
--
-- With p_lost the call at the head counts as lost with the worker. From then on the turn's calls are committed one by
-- one (actor_hand.careful), so that the next time the head is the one that did it; one that was lost p_poison times
-- is given up. Lost again and again, a turn comes back after a random delay, as a step does. An actor always goes on:
-- manual recovery is for workflows.
create function weir_internal.actor_requeue(
  p_worker text,
  p_actor bigint[],
  p_job bigint[],
  p_lost boolean,
  p_poison integer
)
returns boolean
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_locked bigint[];
  v_turn bigint[];
  v_lost bigint[];
  v_delay interval[];
  v_poisoned bigint[];
  v_error jsonb[];
  v_attempt integer[];
begin
  v_locked := array(
    select a.id
    from weir_internal.actor as a
    where a.id = any (p_actor)
    order by a.id
    for no key update skip locked
  );

  select array_agg(t.actor), array_agg(t.actor) filter (where p_lost and t.worker = p_worker)
  into v_turn, v_lost
  from unnest(p_actor, p_job) as i (actor, job)
  cross join lateral weir_internal.actor_turn_of(i.actor) as t
  where t.actor = any (v_locked)
    and (t.worker = p_worker or t.job = i.job);

  if v_lost is not null then
    update weir_internal.actor_turn as t
    set lost = t.lost + 1
    where t.actor = any (v_lost);

    with lost as (
      update weir_internal.actor_call as c
      set lost = c.lost + 1, attempt = c.attempt + 1
      from weir_internal.actor as a
      cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as h
      cross join lateral weir_internal.actor_place(h.actor, h.seq) as p (place)
      where a.id = any (v_lost)
        and c.ctid = p.place
      returning c.actor, c.lost, c.attempt, c.method
    )
    select
      array_agg(l.actor),
      array_agg(jsonb_build_object(
        'step', l.method, 'type', 'weir.lost', 'attempts', l.attempt,
        'message', format('given up after %s of its attempts were lost with their workers', l.lost)
      )),
      array_agg(l.attempt)
    into v_poisoned, v_error, v_attempt
    from lost as l
    where l.lost >= p_poison;

    if v_poisoned is not null then
      perform weir_internal.actor_give_up(v_poisoned, v_error, v_attempt, v_now);
      perform weir_internal.actor_close(v_poisoned);
    end if;
  end if;

  if v_turn is not null then
    select
      array_agg(t.actor),
      array_agg(case when p_lost and t.lost > 1 then random() * power(2, least(t.lost, 6)) * interval '0.25 s' end)
    into v_turn, v_delay
    from weir_internal.actor_turn as t
    where t.actor = any (v_turn);

    perform weir_internal.actor_yield(v_turn, v_delay, true, v_now);
  end if;

  perform weir_internal.river_retire(array(
    select i.job
    from unnest(p_actor, p_job) as i (actor, job)
    where i.actor = any (v_locked)
      or not exists (select from weir_internal.actor as a where a.id = i.actor)
  ));

  return not exists (
    select
    from weir_internal.actor as a
    where a.id = any (p_actor)
      and a.id <> all (v_locked)
  );
end
$$;

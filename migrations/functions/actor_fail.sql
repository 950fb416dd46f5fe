-- The calls at the heads of these actors have failed. Those that are to be tried again go back to River until
-- their back-off is over, and keep their place: whoever waits behind them waits on. The others are given up. The
-- caller holds the actors' rows.
--
-- Of a call no retry is the default: it would hold up all others.
create function weir_internal.actor_fail(
  p_actor bigint[],
  p_failure jsonb[],
  p_attempt integer[],
  p_permanent boolean[],
  p_now timestamptz
)
returns void
language plpgsql
as $$
declare
  v_actor bigint[];
  v_delay interval[];
begin
  with retried as (
    update weir_internal.actor_call as c
    set attempt = i.attempt, failures = c.failures + 1, error = i.failure
    from unnest(p_actor, p_failure, p_attempt, p_permanent) as i (actor, failure, attempt, permanent)
    join weir_internal.actor as a on a.id = i.actor
    cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as h
    cross join lateral weir_internal.actor_place(h.actor, h.seq) as p (place)
    where c.ctid = p.place
      and not i.permanent
    returning c.actor, weir_internal.retry_delay('{"retries": 0}' || coalesce(c.policy, '{}'), c.failures) as delay
  )
  select array_agg(r.actor) filter (where r.delay is not null), array_agg(r.delay) filter (where r.delay is not null)
  into v_actor, v_delay
  from retried as r;

  if v_actor is not null then
    perform weir_internal.actor_yield(v_actor, v_delay, false, p_now);
  end if;

  perform weir_internal.actor_give_up(array_agg(i.actor), array_agg(i.failure), array_agg(i.attempt), p_now)
  from unnest(p_actor, p_failure, p_attempt) as i (actor, failure, attempt)
  where v_actor is null or i.actor <> all (v_actor)
  having count(*) > 0;
end
$$;

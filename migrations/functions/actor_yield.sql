-- Takes turns from who holds them, if anybody does, and gives each a fresh River job. The caller holds the actors'
-- rows, and has answered what is answered: there is a call left.
create function weir_internal.actor_yield(p_actor bigint[], p_delay interval[], p_first boolean, p_now timestamptz)
returns void
language plpgsql
as $$
declare
  v_actor bigint[];
  v_job bigint[];
begin
  with yielded as (
    update weir_internal.actor_turn as t
    set
      epoch = nextval('weir_internal.actor_epoch_seq'),
      worker = null,
      job = weir_internal.river_token(),
      since = p_now
    where t.actor = any (p_actor)
    returning t.actor, t.job
  )
  select array_agg(y.actor), array_agg(y.job)
  into v_actor, v_job
  from yielded as y;

  if v_actor is not null then
    perform weir_internal.actor_send(
      v_actor,
      v_job,
      array(
        select d.delay
        from unnest(v_actor) with ordinality as y (actor, ord)
        join unnest(p_actor, p_delay) as d (actor, delay) on d.actor = y.actor
        order by y.ord
      ),
      p_first
    );
  end if;
end
$$;

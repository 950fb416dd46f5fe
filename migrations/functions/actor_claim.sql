-- A worker takes the turns that its River jobs name. A job whose turn waits for another one, or is over, gets
-- nothing and is done. A call whose answer was lost is made again: the same worker may take the turn once more,
-- under a new epoch.
create function weir_internal.actor_claim(p_worker text, p_job bigint[], p_actor bigint[], p_patient boolean)
returns setof weir_internal.actor_hand
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_actor bigint[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  perform weir_internal.enter(p_worker);

  perform
  from weir_internal.actor as a
  where a.id = any (p_actor)
  order by a.id
  for no key update;

  with claimed as (
    update weir_internal.actor_turn as t
    set epoch = nextval('weir_internal.actor_epoch_seq'), worker = p_worker, since = v_now
    from unnest(p_job, p_actor) as i (job, actor)
    where t.actor = i.actor
      and t.job = i.job
      and (t.worker is null or t.worker = p_worker)
    returning t.actor
  )
  select array_agg(c.actor)
  into v_actor
  from claimed as c;

  if v_actor is not null then
    return query
    select * from weir_internal.actor_hands(v_actor, true);
  end if;
end
$$;

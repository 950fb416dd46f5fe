-- Steps of weir.call whose calls were accepted, as those numbered p_seq, wait for the answers without a worker. One
-- that is there already is told in the next pass over the timers. The caller holds the workflows' rows.
create function weir_internal.actor_park(p_caller jsonb[], p_actor bigint[], p_seq bigint[], p_now timestamptz)
returns void
language plpgsql
as $$
begin
  -- A reply to the call that the step made before, which failed, would stand in the way of one to this.
  delete from weir_internal.actor_reply as r
  using unnest(p_caller, p_seq) as i (by, seq)
  where i.by ? 'epoch'
    and i.seq is not null
    and r.workflow = (i.by ->> 'workflow')::bigint
    and r.step = (i.by ->> 'step')::integer;

  update weir_internal.step as s
  set
    state = 'parked',
    pending = 0,
    attempt = (i.by ->> 'attempt')::integer,
    started_at = coalesce(s.started_at, p_now)
  from unnest(p_caller, p_seq) as i (by, seq)
  where i.by ? 'epoch'
    and i.seq is not null
    and s.workflow = (i.by ->> 'workflow')::bigint
    and s.no = (i.by ->> 'step')::integer;

  insert into weir_internal.actor_reply (workflow, step)
  select c.workflow, c.step
  from unnest(p_caller, p_actor, p_seq) as i (by, actor, seq)
  cross join lateral weir_internal.actor_place(i.actor, i.seq) as p (place)
  join weir_internal.actor_call as c on c.ctid = p.place
  where i.by ? 'epoch'
    and c.finished_at is not null
  on conflict do nothing;
end
$$;

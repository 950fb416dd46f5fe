-- Renews a worker's lease, and says of the steps it has held for long which it holds no more: their workflow
-- was stopped, or they were given to another. Those inside a run that still say `waiting` are marked running,
-- for operators to see: short steps never pay for that mark.
create function weir_internal.worker_beat(
  p_id text,
  p_lease interval,
  p_workflow bigint[],
  p_no integer[],
  p_epoch integer[],
  p_job bigint[],
  p_attempt integer[],
  p_took double precision[]
)
returns table (workflow bigint, no integer, epoch integer)
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
begin
  perform weir_internal.enter(p_id);

  update weir_internal.worker as w
  set beat_at = v_now, lease_until = v_now + p_lease
  where w.id = p_id;

  -- A row that somebody's transaction has locked is left to the next beat: the lease must not wait for it.
  with unmarked as (
    select s.workflow, s.no, h.job, h.attempt, h.took
    from unnest(p_workflow, p_no, p_epoch, p_job, p_attempt, p_took) as h (workflow, no, epoch, job, attempt, took)
    join weir_internal.step as s
      on s.workflow = h.workflow
      and s.no = h.no
      and s.epoch = h.epoch
      and s.state = 'waiting'
    for no key update of s skip locked
  )
  update weir_internal.step as s
  set
    state = 'running',
    job = u.job,
    attempt = u.attempt,
    started_at = coalesce(s.started_at, v_now - make_interval(secs => u.took))
  from unmarked as u
  where s.workflow = u.workflow
    and s.no = u.no;

  return query
  select h.workflow, h.no, h.epoch
  from unnest(p_workflow, p_no, p_epoch) as h (workflow, no, epoch)
  left join weir_internal.step as s
    on s.workflow = h.workflow
    and s.no = h.no
    and s.epoch = h.epoch
  where s.state is null
    or s.state = 'halted';
end
$$;

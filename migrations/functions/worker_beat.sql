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
  p_started timestamptz[]
)
returns table (workflow bigint, no integer, epoch integer)
language plpgsql
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set cpu_index_tuple_cost = 10
as $$
declare
  v_now timestamptz := weir_internal.clock();
begin
  perform weir_internal.enter(p_id);

  update weir_internal.worker as w
  set beat_at = v_now, lease_until = v_now + p_lease
  where w.id = p_id;

  update weir_internal.step as s
  set state = 'running', job = h.job, attempt = h.attempt, started_at = coalesce(s.started_at, h.started)
  from (
    select u.*
    from unnest(p_workflow, p_no, p_epoch, p_job, p_attempt, p_started) as u (workflow, no, epoch, job, attempt, started)
    order by u.workflow, u.no
  ) as h
  where s.workflow = h.workflow
    and s.no = h.no
    and s.epoch = h.epoch
    and s.state = 'waiting';

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

-- The one definition of RESUMABLE: a workflow that is RUNNING by its row, has steps that are claimed or ready,
-- and no live worker that runs or can run any of them, or that may before a resume; nor does it wait for a time or
-- an event. Inside a run a follower is claimed by the job of the step before it, while its row still says
-- `waiting`.
create function weir_internal.is_stalled(p_workflow bigint)
returns boolean
language sql
stable
as $$
  select coalesce(bool_and(
    case
      when s.state = 'ready' then not exists (
        select
        from weir_internal.worker as w
        where not w.draining
          and w.lease_until > weir_internal.clock()
          and s.function = any (w.functions)
          and s.queue = any (w.queues)
      )
      or weir_internal.river_is_withheld(s.job)
      when s.state = 'running' or d.job is not null then not exists (
        select
        from weir_internal.worker as w
        where w.lease_until > weir_internal.clock()
          and w.id = weir_internal.river_owner(coalesce(d.job, s.job))
      )
      else false
    end
  ), false)
  from weir_internal.step as s
  left join lateral (
    select t.job
    from weir_internal.step as t
    where s.state = 'waiting'
      and s.dependencies = array[s.no - 1]
      and t.workflow = s.workflow
      and t.no = s.no - 1
      and t.state = 'succeeded'
    limit 1
  ) as d on true
  where s.workflow = p_workflow
    and (s.state in ('ready', 'running', 'scheduled', 'parked') or s.wake_at is not null and s.state = 'waiting' or d.job is not null)
$$;

-- The one definition of RESUMABLE: a workflow that is RUNNING by its row, has steps that are claimed or ready,
-- and no live worker that runs or can run any of them; nor does it wait for a time.
create function weir_internal.is_stalled(p_workflow bigint)
returns boolean
language sql
stable
as $$
  select coalesce(bool_and(
    case s.state
      when 'ready' then not exists (
        select
        from weir_internal.worker as w
        where not w.draining
          and w.lost_at is null
          and w.lease_until > weir_internal.clock()
          and s.function = any (w.functions)
          and s.queue = any (w.queues)
      )
      when 'running' then not exists (
        select
        from weir_internal.worker as w
        where w.lost_at is null
          and w.lease_until > weir_internal.clock()
          and w.id = weir_internal.river_owner(s.job)
      )
      else false
    end
  ), false)
  from weir_internal.step as s
  where s.workflow = p_workflow
    and (s.state in ('ready', 'running', 'scheduled', 'parked') or s.state = 'waiting' and s.wake_at is not null)
$$;

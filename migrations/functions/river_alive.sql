-- Whether a job can still bring its step forward: it waits in the queue, or a worker that exists runs it.
create function weir_internal.river_alive(p_job bigint)
returns boolean
language sql
stable
as $$
  select exists (
    select
    from weir_internal.river_job as j
    where j.id = p_job
      and (
        j.state in ('available', 'pending', 'retryable', 'scheduled')
        or exists (select from weir_internal.worker as w where w.id = weir_internal.river_owner(j.id))
      )
  )
$$;

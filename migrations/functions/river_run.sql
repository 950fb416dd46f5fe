-- Jobs that a worker runs from their birth: nobody has to fetch them, and its client doesn't know them. So River
-- doesn't finish them either: river_remove does away with them. (PL/pgSQL for the reason that hands has.)
create function weir_internal.river_run(
  p_worker text,
  p_id bigint[],
  p_kind text[],
  p_queue text[],
  p_workflow bigint[],
  p_no integer[]
)
returns void
language plpgsql
as $$
begin
  insert into weir_internal.river_job (
    id, state, kind, queue, args, priority, max_attempts, scheduled_at, attempt, attempted_at, attempted_by
  )
  select
    t.id, 'running', t.kind, t.queue, jsonb_build_object('w', t.workflow, 's', t.no), 2, 100, clock_timestamp(), 1,
    clock_timestamp(), array[p_worker]
  from unnest(p_id, p_kind, p_queue, p_workflow, p_no) as t (id, kind, queue, workflow, no);
end
$$;

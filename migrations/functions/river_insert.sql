-- One River job for each step that is ready, and one wake-up for each queue.
-- p_first puts them before the backlog: what a dead worker held has waited already. p_delay holds one back.
-- With p_withheld they wait for river_release.
-- Every column that River would default is set, and unique_key never: river's own inserts do the same.
create function weir_internal.river_insert(
  p_id bigint[],
  p_kind text[],
  p_queue text[],
  p_workflow bigint[],
  p_no integer[],
  p_notify boolean,
  p_first boolean default false,
  p_delay interval[] default null,
  p_withheld boolean default false
)
returns void
language plpgsql
as $$
begin
  insert into weir_internal.river_job (id, state, kind, queue, args, priority, max_attempts, scheduled_at)
  select
    t.id, case when p_withheld then 'pending' else 'available' end::weir_internal.river_job_state, t.kind, t.queue, jsonb_build_object('w', t.workflow, 's', t.no),
    case when p_first then 1 else 2 end, 100, clock_timestamp() + coalesce(t.delay, '0')
  from unnest(p_id, p_kind, p_queue, p_workflow, p_no, p_delay) as t (id, kind, queue, workflow, no, delay);

  if p_notify then
    perform weir_internal.river_wake(p_queue);
  end if;
end
$$;

-- Stores steps of new graphs, with a job for each that is ready. The arrays are one entry a step.
-- p_base shifts a sub-graph's own numbering to its place in the workflow; p_parent is the step that
-- returned it. p_hand_no (already shifted) is born running under p_hand_job instead of ready.
create function weir_internal.insert_steps(
  p_workflow bigint[],
  p_no integer[],
  p_name text[],
  p_function text[],
  p_queue text[],
  p_dependencies text[],
  p_dependents text[],
  p_run integer[],
  p_caught boolean[],
  p_args jsonb[],
  p_policy jsonb[],
  p_metadata jsonb[],
  p_base integer,
  p_parent integer,
  p_hand_no integer,
  p_hand_job bigint,
  p_notify boolean,
  p_now timestamptz
)
returns void
language plpgsql
as $$
declare
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_workflow bigint[];
  v_no integer[];
begin
  with inserted as (
    insert into weir_internal.step (
      workflow, no, created_at, started_at, wake_at, job, epoch, attempt, state, pending, run, parent, caught,
      name, function, queue, dependencies, dependents, args, policy, metadata
    )
    select
      g.workflow,
      g.no,
      p_now,
      case when g.first_state = 'running' then p_now end,
      case when g.first_state = 'scheduled' then weir_internal.wake_time(g.args, p_now) end,
      case g.first_state when 'ready' then weir_internal.river_token() when 'running' then p_hand_job end,
      case when g.first_state = 'running' then 1 else 0 end,
      case when g.first_state = 'running' then 1 else 0 end,
      g.first_state,
      cardinality(g.dependencies),
      g.run,
      p_parent,
      g.caught,
      g.name,
      g.function,
      g.queue,
      g.dependencies,
      g.dependents,
      g.args,
      g.policy,
      g.metadata
    from (
      select
        s.workflow,
        s.no + p_base as no,
        case
          when s.dependencies <> '{}' then 'waiting'::weir_internal.step_state
          when s.function = 'weir.sleep' then 'scheduled'
          when s.no + p_base = p_hand_no then 'running'
          else 'ready'
        end as first_state,
        case when p_base = 0 then s.dependencies::integer[] else weir_internal.shifted(s.dependencies, p_base) end as dependencies,
        case when p_base = 0 then s.dependents::integer[] else weir_internal.shifted(s.dependents, p_base) end as dependents,
        s.run, s.caught, s.name, s.function, s.queue, s.args, s.policy, s.metadata
      from unnest(
        p_workflow, p_no, p_name, p_function, p_queue, p_dependencies, p_dependents, p_run, p_caught, p_args, p_policy,
        p_metadata
      ) as s (workflow, no, name, function, queue, dependencies, dependents, run, caught, args, policy, metadata)
      where s.workflow <> 0
    ) as g
    returning workflow, no, job, state, function, queue, wake_at
  ),
  timers as (
    insert into weir_internal.timer (workflow, no, due)
    select workflow, no, wake_at
    from inserted
    where state = 'scheduled'
    returning no
  )
  select
    array_agg(i.job),
    array_agg(i.function),
    array_agg(i.queue),
    array_agg(i.workflow),
    array_agg(i.no)
  into v_job, v_kind, v_queue, v_workflow, v_no
  from inserted as i
  where i.state = 'ready';

  if v_job is not null then
    perform weir_internal.river_insert(v_job, v_kind, v_queue, v_workflow, v_no, p_notify);
  end if;
end
$$;

-- Stores steps of new graphs, with a job for each that is ready. The arrays are one entry a step.
-- p_base shifts a sub-graph's own numbering to its place in the workflow; p_parent is the step that
-- returned it. A ready step that p_hand_job names a job for is born running under that. With p_halted nothing is
-- begun: their workflows wait for their turn.
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
  p_hand_job bigint[],
  p_notify boolean,
  p_halted boolean,
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
  v_await_workflow bigint[];
  v_await_no integer[];
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
      case when g.first_state in ('scheduled', 'parked') or g.waits and not p_halted then weir_internal.wake_time(g.args, p_now) end,
      case g.first_state when 'ready' then weir_internal.river_token() when 'running' then g.hand_job end,
      case when g.first_state = 'running' then 1 else 0 end,
      case when g.first_state = 'running' then 1 else 0 end,
      g.first_state,
      case when g.waits then weir_internal.wait_count(g.args, g.dependencies) else cardinality(g.dependencies) end,
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
          when p_halted then 'halted'::weir_internal.step_state
          when s.dependencies <> '{}' then 'waiting'
          when s.hand_job is not null then 'running'
          else coalesce(weir_internal.awaits(s.function), 'ready')
        end as first_state,
        case when p_base = 0 then s.dependencies::integer[] else weir_internal.shifted(s.dependencies, p_base) end as dependencies,
        case when p_base = 0 then s.dependents::integer[] else weir_internal.shifted(s.dependents, p_base) end as dependents,
        s.function = 'weir.wait' as waits, s.run, s.caught, s.name, s.function, s.queue, s.args, s.policy, s.metadata,
        s.hand_job
      from unnest(
        p_workflow, p_no, p_name, p_function, p_queue, p_dependencies, p_dependents, p_run, p_caught, p_args, p_policy,
        p_metadata, p_hand_job
      ) as s (workflow, no, name, function, queue, dependencies, dependents, run, caught, args, policy, metadata, hand_job)
      where s.workflow <> 0
    ) as g
    returning workflow, no, job, state, function, queue, wake_at
  )
  select
    array_agg(i.job) filter (where i.state = 'ready'),
    array_agg(i.function) filter (where i.state = 'ready'),
    array_agg(i.queue) filter (where i.state = 'ready'),
    array_agg(i.workflow) filter (where i.state = 'ready'),
    array_agg(i.no) filter (where i.state = 'ready'),
    array_agg(i.workflow) filter (where i.state = 'parked' or i.wake_at is not null),
    array_agg(i.no) filter (where i.state = 'parked' or i.wake_at is not null)
  into v_job, v_kind, v_queue, v_workflow, v_no, v_await_workflow, v_await_no
  from inserted as i
  where i.state = 'ready'
    or i.state = 'parked'
    or i.wake_at is not null;

  if 'weir.wait' = any (p_function) then
    update weir_internal.workflow as w
    set loose = true
    from (
      select distinct s.workflow
      from unnest(p_workflow, p_function) as s (workflow, function)
      where s.function = 'weir.wait'
    ) as s
    where w.id = s.workflow;
  end if;

  if v_await_no is not null then
    perform weir_internal.await(v_await_workflow, v_await_no, p_now);
  end if;

  if v_job is not null then
    perform weir_internal.river_insert(v_job, v_kind, v_queue, v_workflow, v_no, p_notify);
  end if;
end
$$;

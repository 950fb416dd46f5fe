-- A step returned more graph: stores it, and makes the step wait for its root. Step arrays have one entry
-- for each step of the sub-graph, numbered from 0; the numbers in the workflow follow on from what it has.
--
-- With p_hand the worker goes on with one step of the sub-graph that is ready, of the same queue, and that it
-- can run.
-- A dependency below 0 is a step outside of the sub-graph: -1 is the workflow's step 0, -2 its step 1, and so on.
--
-- What a step returned is stored once: a step that is done or no longer the caller's is 'lost'. One that
-- was halted meanwhile is 'stopped', and returns its graph anew after a resume.
create function weir_internal.delegate(
  p_worker text,
  p_workflow bigint,
  p_no integer,
  p_epoch integer,
  p_job bigint,
  p_attempt integer,
  p_took double precision,
  p_hand boolean,
  p_step_no integer[],
  p_step_name text[],
  p_function text[],
  p_queue text[],
  p_dependencies text[],
  p_dependents text[],
  p_run integer[],
  p_caught boolean[],
  p_args jsonb[],
  p_policy jsonb[],
  p_step_metadata jsonb[],
  p_notify boolean
)
returns setof weir_internal.hand
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_functions text[];
  v_queue text;
  v_base integer;
  v_state weir_internal.step_state;
  v_hand_no integer;
  v_hand_run integer;
  v_hand_job bigint[];
  v_outside integer[];
begin
  v_functions := weir_internal.enter(p_worker);

  select w.steps
  into v_base
  from weir_internal.workflow as w
  where w.id = p_workflow
  for no key update;

  select s.state, s.queue
  into v_state, v_queue
  from weir_internal.step as s
  where s.workflow = p_workflow
    and s.no = p_no
    and s.epoch = p_epoch
    and s.state in ('running', 'waiting', 'halted');

  if not found or v_state = 'halted' then
    return query
    select h.*
    from weir_internal.told(case when found then 'stopped' else 'lost' end, 1, p_workflow, p_no) as h;
    return;
  end if;

  v_outside := weir_internal.outside(p_dependencies, v_base);

  update weir_internal.workflow as w
  set steps = w.steps + cardinality(p_step_no)
  where w.id = p_workflow;

  update weir_internal.step as s
  set
    state = 'delegated',
    pending = 0,
    attempt = p_attempt,
    started_at = coalesce(s.started_at, v_now - make_interval(secs => p_took)),
    first_child = v_base,
    last_child = v_base + cardinality(p_step_no) - 1
  where s.workflow = p_workflow
    and s.no = p_no;

  if p_hand then
    select v_base + s.no, s.run
    into v_hand_no, v_hand_run
    from unnest(p_step_no, p_dependencies, p_function, p_queue, p_run) as s (no, dependencies, function, queue, run)
    where s.dependencies = '{}'
      and s.function = any (v_functions)
      and s.queue = v_queue
    order by s.no
    limit 1;

    v_hand_job := array(select case when v_base + s.no = v_hand_no then p_job end from unnest(p_step_no) as s (no));
  end if;

  perform weir_internal.insert_steps(
    array_fill(p_workflow, array[cardinality(p_step_no)]), p_step_no,
    weir_internal.unique_names(p_workflow, p_step_name), p_function, p_queue, p_dependencies, p_dependents, p_run, p_caught,
    p_args, p_policy, p_step_metadata, v_base, p_no, v_hand_job, p_notify, false, v_now
  );
  if v_outside <> '{}' then
    perform weir_internal.attach_outside(p_workflow, p_no, v_base, v_outside, p_notify, v_now);
  end if;

  if v_hand_no is not null then
    return query
    select * from weir_internal.hands(array[1], array[p_workflow], array[v_hand_no], array[v_hand_run]);
  end if;
end
$$;

-- Starts workflows: their rows, the whole graph of each, and a job for each step that is ready.
--
-- Workflow arrays have one entry a workflow, sorted by id so that two callers meet in the same order; step
-- arrays one entry a step, p_step_workflow naming its workflow by position (from 1). An id that exists is
-- left as it is and reported: what to do about it is on_existing's matter, here in the same call.
--   'resume'  a FAILED or CANCELED one goes on; a RUNNING or SUCCESSFUL one is attached to
--   'attach'  never resumes
--   'reject'  reported only
create function weir_internal.start(
  p_workflow_id text[],
  p_name text[],
  p_metadata jsonb[],
  p_fingerprint bigint[],
  p_steps integer[],
  p_on_existing text[],
  p_step_workflow integer[],
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
  p_notify boolean,
  p_patient boolean
)
returns table (ord integer, id bigint, status text, created boolean, same_graph boolean)
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_given bigint[];
  v_created bigint[];
  v_step_workflow bigint[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;

  -- Ids are drawn first: what an insert returns can't be told back to its position otherwise.
  select array_agg(nextval('weir_internal.workflow_id_seq') order by n.ord)
  into v_given
  from generate_subscripts(p_workflow_id, 1) as n (ord);

  with created as (
    insert into weir_internal.workflow (
      id, created_at, started_at, fingerprint, status, root, steps, workflow_id, name, metadata
    )
    select
      w.id, v_now, v_now, w.fingerprint, 'RUNNING', w.steps - 1, w.steps, w.workflow_id, w.name, coalesce(w.metadata, '{}')
    from unnest(v_given, p_workflow_id, p_name, p_metadata, p_fingerprint, p_steps)
      as w (id, workflow_id, name, metadata, fingerprint, steps)
    on conflict (workflow_id) do nothing
    returning workflow.id
  )
  select array_agg(c.id)
  into v_created
  from created as c;

  if v_created is not null then
    select array_agg(case when cardinality(v_created) = cardinality(v_given) or v_given[s.w] = any (v_created) then v_given[s.w] else 0 end order by s.i)
    into v_step_workflow
    from unnest(p_step_workflow) with ordinality as s (w, i);

    perform weir_internal.insert_steps(
      v_step_workflow, p_step_no, p_step_name, p_function, p_queue, p_dependencies, p_dependents, p_run, p_caught, p_args,
      p_policy, p_step_metadata, 0, null, null, null, p_notify, v_now
    );
  end if;

  if cardinality(v_created) = cardinality(v_given) then
    return query
    select n.ord::integer, n.id, 'RUNNING', true, true
    from unnest(v_given) with ordinality as n (id, ord);
    return;
  end if;

  -- Those that go on are locked by id, the order that everybody keeps.
  perform
  from weir_internal.workflow as w
  where w.workflow_id = any (p_workflow_id)
    and w.status in ('FAILED', 'CANCELED')
  order by w.id
  for no key update;

  return query
  select
    n.ord::integer,
    w.id,
    case
      when n.on_existing = 'resume' and w.status in ('FAILED', 'CANCELED') then weir_internal.reopen(w.id)
      else w.status::text
    end,
    w.id = n.id,
    w.fingerprint = n.fingerprint
  from unnest(v_given, p_workflow_id, p_fingerprint, p_on_existing)
    with ordinality as n (id, workflow_id, fingerprint, on_existing, ord)
  join weir_internal.workflow as w on w.workflow_id = n.workflow_id
  order by n.ord;
end
$$;

-- Starts workflows: their rows, the whole graph of each, and a job for each step that is ready.
--
-- Workflow arrays have one entry a workflow, sorted by id so that two callers meet in the same order; step
-- arrays one entry a step, p_step_workflow naming its workflow by position (from 1). An id that exists is
-- left as it is and reported: what to do about it is on_existing's matter, here in the same call.
--   'resume'  a FAILED, CANCELED or RESUMABLE one goes on; the others are attached to
--   'attach'  never resumes
--   'reject'  reported only
--
-- With p_worker, whose gate the caller has entered, the step p_hand of a workflow (null for none) is that
-- worker's from its birth, under a job that nobody has to fetch: job tells which. One that isn't created here,
-- or that has to wait, is handed to nobody.
--
-- One behind a limit is PENDING until its turn. Error: WF010 when too many wait behind that limit already.
create function weir_internal.store(
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
  p_worker text,
  p_hand integer[]
)
returns table (ord integer, id bigint, status text, created boolean, same_graph boolean, job bigint)
language plpgsql
as $$
declare
  v_now timestamptz := weir_internal.clock();
  v_given bigint[];
  v_created bigint[];
  v_limited bigint[] := '{}';
  v_step_workflow bigint[];
  v_job bigint[];
  v_step_job bigint[];
  v_halted boolean;
begin
  if array_position(p_fingerprint, null) is not null then
    p_fingerprint := weir_internal.fingerprints(p_fingerprint, p_step_workflow, p_function, p_queue, p_args);
  end if;

  -- Ids are drawn first: what an insert returns can't be told back to its position otherwise.
  select array_agg(nextval('weir_internal.workflow_id_seq') order by n.ord)
  into v_given
  from generate_subscripts(p_workflow_id, 1) as n (ord);

  if exists (select from weir_internal.workflow_limit) then
    v_limited := array(
      select v_given[r.w]
      from unnest(p_step_workflow, p_step_no, p_queue) as r (w, no, queue)
      join weir_internal.workflow_limit as l
        on l.scope = 'name' and l.key = p_name[r.w]
        or l.scope = 'queue' and l.key = r.queue
      where r.no = p_steps[r.w] - 1
        and l.max_running is not null
    );
  end if;

  with created as (
    insert into weir_internal.workflow (
      id, created_at, started_at, fingerprint, status, root, steps, workflow_id, name, metadata
    )
    select
      w.id,
      v_now,
      case when w.id <> all (v_limited) then v_now end,
      w.fingerprint,
      case when w.id <> all (v_limited) then 'RUNNING' else 'PENDING' end::weir_internal.workflow_status,
      w.steps - 1,
      w.steps,
      w.workflow_id,
      w.name,
      coalesce(w.metadata, '{}')
    from unnest(v_given, p_workflow_id, p_name, p_metadata, p_fingerprint, p_steps)
      as w (id, workflow_id, name, metadata, fingerprint, steps)
    on conflict (workflow_id) do nothing
    returning workflow.id
  )
  select array_agg(c.id)
  into v_created
  from created as c;

  if v_created is not null and p_worker is not null then
    select array_agg(
      case
        when w.hand is not null and v_given[w.ord] = any (v_created) and v_given[w.ord] <> all (v_limited)
        then weir_internal.river_token()
      end
      order by w.ord
    )
    into v_job
    from unnest(p_hand) with ordinality as w (hand, ord);

    select array_agg(case when s.no = p_hand[s.w] then v_job[s.w] end order by s.i)
    into v_step_job
    from unnest(p_step_workflow, p_step_no) with ordinality as s (w, no, i);
  end if;

  if v_created is not null then
    for v_halted in select generate_series(0, case when v_limited = '{}' then 0 else 1 end) = 1 loop
      select array_agg(
        case
          when cardinality(v_created) = cardinality(v_given) and v_limited = '{}' then v_given[s.w]
          when v_given[s.w] = any (v_created) and (v_given[s.w] = any (v_limited)) = v_halted then v_given[s.w]
          else 0
        end
        order by s.i
      )
      into v_step_workflow
      from unnest(p_step_workflow) with ordinality as s (w, i);

      perform weir_internal.insert_steps(
        v_step_workflow, p_step_no, p_step_name, p_function, p_queue, p_dependencies, p_dependents, p_run, p_caught, p_args,
        p_policy, p_step_metadata, 0, null, v_step_job, p_notify, v_halted, v_now
      );
    end loop;

    if v_step_job is not null then
      perform weir_internal.river_run(
        p_worker, array_agg(s.job), array_agg(s.function), array_agg(s.queue), array_agg(v_given[s.w]), array_agg(s.no)
      )
      from unnest(v_step_job, p_function, p_queue, p_step_workflow, p_step_no) as s (job, function, queue, w, no)
      where s.job is not null;
    end if;

    if v_limited <> '{}' then
      perform weir_internal.join_queue(array(select unnest(v_limited) intersect select unnest(v_created)));
    end if;
  end if;

  if cardinality(v_created) = cardinality(v_given) and v_limited = '{}' then
    return query
    select n.ord::integer, n.id, 'RUNNING', true, true, v_job[n.ord]
    from unnest(v_given) with ordinality as n (id, ord);
    return;
  end if;

  perform weir_internal.go_on(array(
    select w.id
    from unnest(v_given, p_workflow_id, p_on_existing) as n (id, workflow_id, on_existing)
    join weir_internal.workflow as w on w.workflow_id = n.workflow_id
    where n.on_existing = 'resume'
      and w.id <> n.id
      and w.status::text in ('FAILED', 'CANCELED', 'RUNNING') -- as text: found by workflow_id
  ));

  return query
  select n.ord::integer, w.id, w.status::text, w.id = n.id, w.fingerprint = n.fingerprint, v_job[n.ord]
  from unnest(v_given, p_workflow_id, p_fingerprint, p_on_existing)
    with ordinality as n (id, workflow_id, fingerprint, on_existing, ord)
  join weir_internal.workflow as w on w.workflow_id = n.workflow_id
  order by n.ord;
end
$$;

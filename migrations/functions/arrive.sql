-- What follows when steps are done: the delegated steps that end with them, the dependents that were
-- waiting for them, the workflows whose root they are.
--
-- The caller holds the workflows' rows and has written the steps themselves. p_job names the job under which
-- an item may be handed one successor, null where it may not; p_functions are what its worker can run, p_queue
-- is the queue whose slot the item takes.
create function weir_internal.arrive(
  p_functions text[],
  p_ord integer[],
  p_workflow bigint[],
  p_no integer[],
  p_job bigint[],
  p_queue text[],
  p_notify boolean,
  p_now timestamptz
)
returns setof weir_internal.hand
language plpgsql
as $$
declare
  v_ord integer[];
  v_workflow bigint[];
  v_no integer[];
  v_parents boolean;
  v_dependents boolean;
  v_source integer[];
  v_root_ord integer[];
  v_root_workflow bigint[];
begin
  -- A sub-graph's root has no dependents; with it the step that returned the sub-graph is done, and so on up.
  with recursive done as (
    select i.ord, i.workflow, i.no, i.no as source, s.parent, s.dependents
    from unnest(p_ord, p_workflow, p_no) as i (ord, workflow, no)
    join weir_internal.step as s on s.workflow = i.workflow and s.no = i.no
    union all
    select d.ord, d.workflow, p.no, d.source, p.parent, p.dependents
    from done as d
    join weir_internal.step as p on p.workflow = d.workflow and p.no = d.parent
    where d.dependents = '{}'
      and p.state = 'delegated'
  )
  select
    array_agg(d.ord),
    array_agg(d.workflow),
    array_agg(d.no),
    array_agg(d.source),
    bool_or(d.no <> d.source),
    bool_or(d.dependents <> '{}'),
    array_agg(d.ord) filter (where d.dependents = '{}' and d.parent is null),
    array_agg(d.workflow) filter (where d.dependents = '{}' and d.parent is null)
  into v_ord, v_workflow, v_no, v_source, v_parents, v_dependents, v_root_ord, v_root_workflow
  from done as d;

  if v_parents then
    update weir_internal.step as s
    set state = 'succeeded', outcome_of = d.source, finished_at = p_now
    from unnest(v_workflow, v_no, v_source) as d (workflow, no, source)
    where s.workflow = d.workflow
      and s.no = d.no
      and d.no <> d.source;
  end if;

  if v_root_ord is not null then
    return query
    select * from weir_internal.succeed(v_root_ord, v_root_workflow, p_now);
  end if;

  if v_dependents then
    return query
    select *
    from weir_internal.release_dependents(p_functions, v_ord, v_workflow, v_no, p_ord, p_job, p_queue, p_notify, p_now);
  end if;
end
$$;

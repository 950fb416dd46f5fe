-- arrive for steps that no worker holds: every successor that is ready becomes a job of its own. Returns those
-- of the workflows that ended with it.
create function weir_internal.arrive_alone(p_workflow bigint[], p_no integer[], p_now timestamptz)
returns bigint[]
language sql
as $$
  select array_agg(h.workflow) filter (where h.verdict = 'finished')
  from weir_internal.arrive(
    '{}',
    array(select generate_subscripts(p_no, 1)),
    p_workflow,
    p_no,
    array_fill(null::bigint, array[cardinality(p_no)]),
    '{}',
    true,
    p_now
  ) as h
$$;

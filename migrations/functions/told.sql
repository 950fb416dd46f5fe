-- A row that tells a worker about one of its items and hands it nothing.
create function weir_internal.told(p_verdict text, p_ord integer, p_workflow bigint, p_no integer)
returns weir_internal.hand
language sql
immutable
as $$
  select row(
    p_verdict, p_ord, p_workflow, null, p_no, null, null, null, null, null, null, null, null, null, null
  )::weir_internal.hand
$$;

-- The fingerprints of new workflows, those that are null filled in. They are of graphs of one step, which may be
-- started by SQL as well as by Go: made of values, since two programs may write one value in two ways.
-- (PL/pgSQL for the reason that hands has.)
create function weir_internal.fingerprints(
  p_fingerprint bigint[],
  p_step_workflow integer[],
  p_function text[],
  p_queue text[],
  p_args jsonb[]
)
returns bigint[]
language plpgsql
stable
as $$
begin
  return (
    select array_agg(
      coalesce(w.fingerprint, jsonb_hash_extended(jsonb_build_array(s.function, s.queue, s.args), 0))
      order by w.ord
    )
    from unnest(p_fingerprint) with ordinality as w (fingerprint, ord)
    left join unnest(p_step_workflow, p_function, p_queue, p_args) as s (workflow, function, queue, args)
      on s.workflow = w.ord
      and w.fingerprint is null
  );
end
$$;

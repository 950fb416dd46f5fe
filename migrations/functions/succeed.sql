-- Workflows whose root has succeeded are SUCCESSFUL. The caller holds their rows. One row for each that it
-- ended: 'finished', with the position of the item that did it.
create function weir_internal.succeed(p_ord integer[], p_workflow bigint[], p_now timestamptz)
returns setof weir_internal.hand
language plpgsql
as $$
begin
  return query
  with finished as (
    update weir_internal.workflow as w
    set status = 'SUCCESSFUL', finished_at = p_now
    from unnest(p_ord, p_workflow) as r (ord, id)
    where w.id = r.id
      and w.status = 'RUNNING'
    returning r.ord, w.id
  )
  select h.*
  from finished as f
  cross join lateral weir_internal.told('finished', f.ord, f.id, null) as h;
end
$$;

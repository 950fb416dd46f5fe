-- Workflows whose root has succeeded are SUCCESSFUL. The caller holds their rows. One row for each that it
-- ended: 'finished', with the position of the item that did it; and 'sleeping' where its end lets another begin.
create function weir_internal.succeed(p_ord integer[], p_workflow bigint[], p_now timestamptz)
returns setof weir_internal.hand
language plpgsql
as $$
declare
  v_ord integer[];
  v_workflow bigint[];
  v_loose bigint[];
  v_continued bigint[];
begin
  with finished as (
    update weir_internal.workflow as w
    set status = 'SUCCESSFUL', finished_at = p_now
    from unnest(p_ord, p_workflow) as r (ord, id)
    where w.id = r.id
      and w.status::text = 'RUNNING' -- as text: found by id, and not by a scan of all that run
    returning r.ord, w.id, w.loose, w.actor
  )
  select
    array_agg(f.ord), array_agg(f.id), array_agg(f.id) filter (where f.loose), array_agg(f.id) filter (where f.actor is not null)
  into v_ord, v_workflow, v_loose, v_continued
  from finished as f;

  return query
  select h.*
  from unnest(v_ord, v_workflow) as f (ord, id)
  cross join lateral weir_internal.told('finished', f.ord, f.id, null) as h;

  if v_loose is not null then
    perform weir_internal.halt(l.id, null)
    from unnest(v_loose) as l (id);
  end if;

  if v_continued is not null then
    perform weir_internal.actor_ended(v_continued, p_now);
  end if;

  return query
  select h.*
  from weir_internal.free_slots(v_workflow) as f (workflow)
  cross join lateral weir_internal.told('sleeping', v_ord[array_position(v_workflow, f.workflow)], f.workflow, null) as h;
end
$$;

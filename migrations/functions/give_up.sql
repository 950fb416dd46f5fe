-- A step has failed for good. The failure climbs: it is the outcome of every step that returned a graph with
-- it in, up to one whose dependents all catch it. What that one still had going is halted, and its dependents
-- are served. When nobody catches it the workflow is FAILED.
--
-- The caller holds the workflow's row. True when the workflow has ended.
create function weir_internal.give_up(p_workflow bigint, p_no integer, p_error jsonb, p_now timestamptz)
returns boolean
language plpgsql
as $$
declare
  v_climbed tid[];
  v_top integer;
  v_caught boolean;
begin
  update weir_internal.step as s
  set state = 'failed', pending = 0, error = p_error, finished_at = p_now
  where s.workflow = p_workflow
    and s.no = p_no;

  with recursive path as (
    select s.no, s.ctid as place, s.parent, s.caught, 0 as height
    from weir_internal.step as s
    where s.workflow = p_workflow
      and s.no = p_no
    union all
    select s.no, s.place, s.parent, s.caught, p.height + 1
    from path as p
    cross join lateral ( -- limit 1: by key, and not all of the workflow for each level
      select t.no, t.ctid as place, t.parent, t.caught
      from weir_internal.step as t
      where t.workflow = p_workflow
        and t.no = p.parent
        and t.state = 'delegated'
      limit 1
    ) as s
    where not p.caught
  )
  select
    array_agg(p.place) filter (where p.height > 0),
    (array_agg(p.no order by p.height desc))[1],
    bool_or(p.caught)
  into v_climbed, v_top, v_caught
  from path as p;

  update weir_internal.step as s
  set state = 'failed', outcome_of = p_no, finished_at = p_now
  where s.ctid = any (v_climbed);

  if not v_caught then
    update weir_internal.workflow as w
    set status = 'FAILED', failed_step = p_no, finished_at = p_now
    where w.id = p_workflow
      and w.status::text = 'RUNNING'; -- as text: found by id

    perform weir_internal.halt(p_workflow, null);
    perform weir_internal.actor_ended(array[w.id], p_now)
    from weir_internal.workflow as w
    where w.id = p_workflow
      and w.actor is not null;
    perform weir_internal.free_slots(array[p_workflow]);
    return true;
  end if;

  if v_climbed is not null then
    perform weir_internal.halt(p_workflow, v_top);
  end if;

  return weir_internal.arrive_alone(array[p_workflow], array[v_top], p_now) is not null;
end
$$;

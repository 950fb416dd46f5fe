-- New steps, numbered from p_base, that p_parent returned may wait for steps that were there before: those learn of
-- their new dependents, and what is done among them is counted at once. The caller holds the workflow's row.
--
-- Whether such a step's failure is caught stays as it is: the reference says how it was taken before, and who takes
-- it now takes it likewise. Error: WF006 there is no such step, or it is out of reach (may_wait_for).
create function weir_internal.attach_outside(
  p_workflow bigint,
  p_parent integer,
  p_base integer,
  p_notify boolean,
  p_now timestamptz
)
returns void
language plpgsql
as $$
declare
  v_outside integer[];
  v_done integer[];
begin
  v_outside := array(
    select distinct d.no
    from weir_internal.step as s
    cross join unnest(s.dependencies) as d (no)
    where s.workflow = p_workflow
      and s.no >= p_base
      and d.no < p_base
    order by d.no
  );
  if v_outside <> array(
    select s.no
    from weir_internal.step as s
    where s.workflow = p_workflow
      and s.no = any (v_outside)
    order by s.no
    for no key update
  ) then
    perform weir_internal.refuse('args', 'waits for a step that its workflow doesn''t have');
  end if;

  if not weir_internal.may_wait_for(p_workflow, v_outside, p_parent) then
    perform weir_internal.refuse('args', 'waits for a step that is out of reach: it waits for this one, or may be given up without it');
  end if;

  update weir_internal.step as s
  set dependents = s.dependents || array(
    select n.no
    from weir_internal.step as n
    where n.workflow = p_workflow
      and n.no >= p_base
      and s.no = any (n.dependencies)
    order by n.no
  )
  where s.workflow = p_workflow
    and s.no = any (v_outside);

  v_done := array(
    select o.no
    from unnest(v_outside) as o (no)
    where not exists (select from weir_internal.unmet(p_workflow, array[o.no]) as d)
    order by o.no
  );
  if v_done <> '{}' then
    perform weir_internal.release_dependents(
      '{}', array_fill(1, array[cardinality(v_done)]), array_fill(p_workflow, array[cardinality(v_done)]), v_done,
      '{}', '{}', '{}', p_notify, p_now, p_base
    );
  end if;
end
$$;

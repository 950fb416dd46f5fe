-- New steps, numbered from p_base, that p_parent returned may wait for steps that were there before, p_outside: those
-- learn of their new dependents, and what is done among them is counted at once. The caller holds the workflow's row.
--
-- Whether such a step's failure is caught stays as it is: the reference says how it was taken before, and who takes
-- it now takes it likewise. Error: WF006 it is taken otherwise, or it is out of reach (may_wait_for).
create function weir_internal.attach_outside(
  p_workflow bigint,
  p_parent integer,
  p_base integer,
  p_outside integer[],
  p_notify boolean,
  p_now timestamptz
)
returns void
language plpgsql
as $$
declare
  v_last integer;
  v_caught integer[];
  v_done integer[];
begin
  perform
  from weir_internal.step as s
  where s.workflow = p_workflow
    and s.no = any (p_outside)
  order by s.no
  for no key update;

  if not weir_internal.may_wait_for(p_workflow, p_outside, p_parent) then
    perform weir_internal.refuse('args', 'waits for a step that is out of reach: it waits for this one, or is given up, or may be, without it');
  end if;

  v_last := (select w.steps - 1 from weir_internal.workflow as w where w.id = p_workflow);
  v_caught := array(
    select s.no
    from weir_internal.step as s
    where s.workflow = p_workflow
      and s.no = any (p_outside)
      and s.caught
  );
  -- Counted, since an exists is planned for a first row, and there is none.
  if v_caught <> '{}' and 0 < (
    select count(*)
    from (
      select n.no, b.position
      from weir_internal.steps_of(p_workflow, p_base, v_last) as n
      cross join lateral weir_internal.bare(n.args) as b (position)
    ) as b
    join (
      select n.no, d.no as outside, d.ord - 1 as position
      from weir_internal.steps_of(p_workflow, p_base, v_last) as n
      cross join lateral unnest(n.dependencies) with ordinality as d (no, ord)
    ) as d on d.no = b.no and d.position = b.position
    join unnest(v_caught) as c (no) on c.no = d.outside
  ) then
    perform weir_internal.refuse('args', 'takes the output of a step whose failure is caught: take its outcome');
  end if;

  update weir_internal.step as s
  set dependents = s.dependents || d.dependents
  from (
    select d.no, array_agg(distinct n.no order by n.no) as dependents
    from weir_internal.steps_of(p_workflow, p_base, v_last) as n
    cross join lateral unnest(n.dependencies) as d (no)
    where d.no < p_base
    group by d.no
  ) as d
  where s.workflow = p_workflow
    and s.no = any (p_outside)
    and s.no = d.no;

  v_done := array(
    select o.no
    from unnest(p_outside) as o (no)
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

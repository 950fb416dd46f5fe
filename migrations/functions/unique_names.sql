-- Names for the steps of a continuation: a name that is free stays, one in use becomes name_1, name_2, ...
-- The caller holds the workflow's row. The first continuation of a workflow enters the names of the graph
-- that it was started with.
create function weir_internal.unique_names(p_workflow bigint, p_name text[])
returns text[]
language plpgsql
as $$
declare
  v_result text[] := p_name;
  v_name text;
  v_position integer[];
  v_assigned integer;
  v_next integer;
  v_want integer;
  v_got text[];
begin
  if not exists (select from weir_internal.step_name as n where n.workflow = p_workflow) then
    -- next starts beyond the highest number in use, so that it needn't be searched for.
    insert into weir_internal.step_name (workflow, name, next)
    select p_workflow, s.name, coalesce(x.highest, 0) + 1
    from weir_internal.step as s
    left join (
      select regexp_replace(t.name, '_\d{1,9}$', '') as base, max(substring(t.name from '_(\d{1,9})$')::integer) as highest
      from weir_internal.step as t
      where t.workflow = p_workflow
        and t.name ~ '_\d{1,9}$'
      group by 1
    ) as x on x.base = s.name
    where s.workflow = p_workflow;
  end if;

  for v_name, v_position in
    select n.name, array_agg(n.position order by n.position)
    from unnest(p_name) with ordinality as n (name, position)
    group by n.name
    order by min(n.position)
  loop
    insert into weir_internal.step_name (workflow, name, next)
    values (p_workflow, v_name, 1)
    on conflict do nothing;
    -- A name that was free is the first one's; the others are numbered.
    v_assigned := case when found then 1 else 0 end;

    select n.next
    into v_next
    from weir_internal.step_name as n
    where n.workflow = p_workflow
      and n.name = v_name;

    while v_assigned < cardinality(v_position) loop
      v_want := cardinality(v_position) - v_assigned;

      with entered as (
        insert into weir_internal.step_name (workflow, name, next)
        select p_workflow, v_name || '_' || i, 1
        from generate_series(v_next, v_next + v_want - 1) as i
        on conflict do nothing
        returning name
      )
      select array_agg(e.name)
      into v_got
      from entered as e;

      for i in 1 .. coalesce(cardinality(v_got), 0) loop
        v_assigned := v_assigned + 1;
        v_result[v_position[v_assigned]] := v_got[i];
      end loop;
      v_next := v_next + v_want;
    end loop;

    update weir_internal.step_name as n
    set next = v_next
    where n.workflow = p_workflow
      and n.name = v_name
      and n.next <> v_next;
  end loop;

  return v_result;
end
$$;

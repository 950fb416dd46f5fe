-- The steps outside of a new graph that its steps wait for, by their numbers in the workflow. Error: WF006 the
-- workflow has no such step.
create function weir_internal.outside(p_dependencies text[], p_base integer)
returns integer[]
language plpgsql
immutable
as $$
declare
  v_outside integer[];
begin
  if p_dependencies::text not like '%-%' then
    return '{}';
  end if;

  v_outside := array(
    select distinct -1 - d.no
    from unnest(p_dependencies) as s (dependencies)
    cross join unnest(s.dependencies::integer[]) as d (no)
    where d.no < 0
    order by 1
  );
  if p_base <= any (v_outside) then
    perform weir_internal.refuse('args', 'waits for a step that its workflow doesn''t have');
  end if;
  return v_outside;
end
$$;

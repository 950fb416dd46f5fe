-- The positions (from 0) of the dependencies of which a step's arguments take the output, and not the outcome.
create function weir_internal.bare(p_args jsonb)
returns setof integer
language sql
immutable
as $$
  with recursive part as (
    select a.value
    from jsonb_array_elements(p_args) as a
    union all
    select i.value
    from part as p
    cross join lateral (
      select l.value
      from jsonb_array_elements(p.value -> 'l') as l
      union all
      select m.value
      from jsonb_each(p.value -> 'm') as m
    ) as i
  )
  select (p.value ->> 'r')::integer
  from part as p
  where p.value ? 'r'
$$;

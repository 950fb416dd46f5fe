-- Whether a step's arguments take the output of its dependency at that position (from 0), and not its outcome.
create function weir_internal.takes_bare(p_args jsonb, p_position integer)
returns boolean
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
  select exists (select from part as p where p.value -> 'r' = to_jsonb(p_position))
$$;

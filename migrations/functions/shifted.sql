-- Step numbers given as an array literal, moved by p_base.
create function weir_internal.shifted(p_numbers text, p_base integer)
returns integer[]
language sql
immutable
as $$
  select array(
    select n.no + p_base
    from unnest(p_numbers::integer[]) with ordinality as n (no, position)
    order by n.position
  )
$$;

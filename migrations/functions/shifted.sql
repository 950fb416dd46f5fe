-- Step numbers given as an array literal, moved by p_base; those below 0 name steps outside, from -1 for step 0 on.
create function weir_internal.shifted(p_numbers text, p_base integer)
returns integer[]
language sql
immutable
as $$
  select array(
    select case when n.no < 0 then -1 - n.no else n.no + p_base end
    from unnest(p_numbers::integer[]) with ordinality as n (no, position)
    order by n.position
  )
$$;

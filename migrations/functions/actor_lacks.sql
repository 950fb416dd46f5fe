-- Whether no worker has this function of a type, though some construct its actors: those are who could be expected to
-- have it. Without such workers one may come that has it, such as after a restart.
create function weir_internal.actor_lacks(p_type text, p_function text)
returns boolean
language sql
stable
as $$
  select coalesce(bool_or(w.functions @> array[p_type]) and not bool_or(w.functions @> array[p_function]), false)
  from weir_internal.worker as w
$$;

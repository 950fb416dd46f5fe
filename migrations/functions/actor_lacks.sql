-- Whether the type of an actor is known to workers, and none of them has this function of it. With no worker of the type
-- one may come that has.
create function weir_internal.actor_lacks(p_type text, p_function text)
returns boolean
language sql
stable
as $$
  select coalesce(bool_or(k.types) and not bool_or(k.has), false)
  from (
    select
      w.functions @> array[p_function],
      exists (select from unnest(w.functions) as f (name) where f.name = p_type or starts_with(f.name, p_type || '.'))
    from weir_internal.worker as w
  ) as k (has, types)
$$;

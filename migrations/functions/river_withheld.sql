-- Whether any job is withheld: these are so few, mostly none, that this is worth asking first.
create function weir_internal.river_withheld()
returns boolean
language sql
stable
as $$
  select exists (select from weir_internal.river_job as j where j.state = 'pending')
$$;

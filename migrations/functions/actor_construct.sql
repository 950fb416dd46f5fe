-- Has the constructors of actors called once more, before whatever is called next. The caller holds their rows.
create function weir_internal.actor_construct(p_actor bigint[], p_now timestamptz)
returns void
language sql
as $$
  with creating as (
    update weir_internal.actor as a
    set status = 'CREATING', accepted = a.accepted + 1, error = null
    where a.id = any (p_actor)
    returning a.id, a.accepted
  )
  insert into weir_internal.actor_call (actor, seq, accepted_at, method)
  select c.id, c.accepted, p_now, ''
  from creating as c
$$;

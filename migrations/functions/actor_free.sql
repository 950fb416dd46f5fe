-- Those of these workflows that continue no call of an actor which somebody has locked; the actors of the others are
-- locked then. Nobody is waited for: an actor is its users' to lock, and their transactions may take long. The caller
-- holds the workflows' rows.
create function weir_internal.actor_free(p_workflow bigint[])
returns bigint[]
language plpgsql
as $$
declare
  v_actor bigint[];
begin
  if not exists (select from weir_internal.workflow as w where w.id = any (p_workflow) and w.actor is not null) then
    return p_workflow;
  end if;

  v_actor := array(
    select a.id
    from weir_internal.actor as a
    where a.id = any (array(select w.actor from weir_internal.workflow as w where w.id = any (p_workflow)))
    order by a.id
    for no key update skip locked
  );

  return array(
    select w.id
    from weir_internal.workflow as w
    where w.id = any (p_workflow)
      and (
        w.actor is null
        or w.actor = any (v_actor)
        or not exists (select from weir_internal.actor as a where a.id = w.actor)
      )
  );
end
$$;

-- Actors that are BLOCKED by calls which these workflows continue wait for them once more: the workflows are about to
-- go on. The caller holds their rows.
create function weir_internal.actor_goes_on(p_workflow bigint[])
returns void
language plpgsql
as $$
declare
  v_actor bigint[];
begin
  v_actor := array(
    select a.id
    from weir_internal.workflow as w
    join weir_internal.actor as a on a.id = w.actor
    where w.id = any (p_workflow)
      and w.status::text in ('FAILED', 'CANCELED') -- as text: found by id
      and a.status = 'BLOCKED'
      and a.answered = w.actor_seq - 1
    order by a.id
    for no key update of a
  );
  if v_actor = '{}' then
    return;
  end if;

  update weir_internal.actor as a
  set status = 'CONTINUING', error = null
  where a.id = any (v_actor);

  update weir_internal.actor_call as c
  set error = null
  from weir_internal.actor as a
  cross join lateral weir_internal.actor_place(a.id, a.answered + 1) as p (place)
  where a.id = any (v_actor)
    and c.ctid = p.place;

  perform weir_internal.actor_begin(null, v_actor, array_fill(false, array[cardinality(v_actor)]), weir_internal.clock());
end
$$;

-- Lets PENDING workflows run as far as their limits have room, for each limit in the order in which they were
-- started. Limits and workflows that somebody has locked are left to the next pass; the limits of p_waited_for
-- are waited for.
create function weir_internal.admit(p_waited_for bigint[])
returns void
language plpgsql
as $$
declare
  v_most constant integer := 500; -- workflows a call, so that each ends soon
  v_limits weir_internal.workflow_limit[];
  v_room integer[];
  v_workflow bigint;
  v_full boolean;
  v_admitted bigint[] := '{}';
begin
  if not exists (select from weir_internal.workflow_limit) then
    return;
  end if;

  if p_waited_for is not null then
    perform
    from weir_internal.workflow_limit as l
    where exists (
      select
      from weir_internal.workflow_slot as s
      where s.workflow = any (p_waited_for)
        and s.scope = l.scope
        and s.key = l.key
    )
    order by l.scope, l.key
    for update;
  end if;
  v_limits := array(
    select l
    from weir_internal.workflow_limit as l
    where l.max_running is null
      or exists (
        select
        from weir_internal.workflow_slot as s
        where s.scope = l.scope
          and s.key = l.key
          and not s.admitted
      )
    order by l.scope, l.key
    for update skip locked
  );
  v_room := array(
    select case when l.max_running is null then v_most else l.max_running - (
      select count(*)
      from weir_internal.workflow_slot as s
      where s.scope = l.scope
        and s.key = l.key
        and s.admitted
    ) end
    from unnest(v_limits) with ordinality as l (scope, key, max_running, max_pending, position)
    order by l.position
  );

  for i in 1 .. cardinality(v_limits) loop
    continue when v_room[i] <= 0;
    for v_workflow in
      select s.workflow
      from weir_internal.workflow_slot as s
      where s.scope = v_limits[i].scope
        and s.key = v_limits[i].key
        and not s.admitted
      order by s.workflow
    loop
      exit when v_room[i] <= 0 or cardinality(v_admitted) >= v_most;

      -- Its other limit may have no room, or be somebody else's just now.
      select bool_or(coalesce(v_room[l.position], 0) <= 0)
      into v_full
      from weir_internal.workflow_slot as s
      left join unnest(v_limits) with ordinality as l (scope, key, max_running, max_pending, position)
        on l.scope = s.scope and l.key = s.key
      where s.workflow = v_workflow
        and not s.admitted;
      continue when v_full is distinct from false;

      perform
      from weir_internal.workflow as w
      where w.id = v_workflow
        and w.status = 'PENDING'
      for no key update skip locked;
      continue when not found;

      with admitted as (
        update weir_internal.workflow_slot as s
        set admitted = true
        where s.workflow = v_workflow
          and not s.admitted
        returning s.scope, s.key
      )
      select array_agg(v_room[l.position] - case when a.scope is null then 0 else 1 end order by l.position)
      into v_room
      from unnest(v_limits) with ordinality as l (scope, key, max_running, max_pending, position)
      left join admitted as a on a.scope = l.scope and a.key = l.key;
      v_admitted := v_admitted || v_workflow;
    end loop;
  end loop;

  perform weir_internal.set_going(v_admitted);

  with lifted as (
    delete from weir_internal.workflow_limit as l
    using unnest(v_limits) as k (scope, key, max_running, max_pending)
    where l.scope = k.scope
      and l.key = k.key
      and l.max_running is null
      and not exists (
        select
        from weir_internal.workflow_slot as s
        where s.scope = l.scope
          and s.key = l.key
          and not s.admitted
          and s.workflow <> all (v_admitted)
      )
    returning l.scope, l.key
  )
  delete from weir_internal.workflow_slot as s
  using lifted as l
  where s.scope = l.scope
    and s.key = l.key;
end
$$;

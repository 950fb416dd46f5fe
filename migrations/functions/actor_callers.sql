-- Takes the locks that calls need because of who makes them, before any actor's: the workflows of steps that are to
-- be parked, and wait_class if a call of an actor waits for one of them. A caller is {"workflow", "step"} or {"actor",
-- "seq"}; "key" tells calls of the same caller apart; "waits" says that it waits for the answer. With "epoch" it is a
-- step of weir.call, and its "attempt".
create function weir_internal.actor_callers(p_caller jsonb[])
returns void
language plpgsql
as $$
begin
  perform
  from weir_internal.workflow as w
  where w.id = any (array(select (c.by ->> 'workflow')::bigint from unnest(p_caller) as c (by) where c.by ? 'epoch'))
  order by w.id
  for no key update;

  if exists (
    select
    from unnest(p_caller) as c (by)
    left join weir_internal.workflow as w on w.id = (c.by ->> 'workflow')::bigint
    where (c.by ? 'epoch' or (c.by -> 'waits')::boolean)
      and (c.by ? 'actor' or w.actor is not null)
  ) then
    perform pg_advisory_xact_lock(weir_internal.wait_class(), 0);
  end if;
end
$$;

-- Locks the workflows of steps that are to be parked, before any actor. A caller is {"workflow", "step"} or {"actor",
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
end
$$;

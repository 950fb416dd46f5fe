-- Has calls that other calls wait for accepted one after the other (wait_class), so that of those which close a
-- circle the last one sees the others. It is the last lock that is waited for: whoever has it waits for nobody. See
-- actor_callers for what a caller is.
create function weir_internal.actor_lock_waits(p_caller jsonb[])
returns void
language plpgsql
as $$
begin
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

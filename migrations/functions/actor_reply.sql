-- The steps that wait for these calls are told, in the next pass over the timers, that they were answered: calls of
-- each actor from p_first to p_last.
create function weir_internal.actor_reply(p_actor bigint[], p_first bigint[], p_last bigint[])
returns void
language plpgsql
as $$
begin
  insert into weir_internal.actor_reply (workflow, step)
  select c.workflow, c.step
  from unnest(p_actor, p_first, p_last) as i (actor, first, last)
  cross join lateral generate_series(i.first, i.last) as n (seq)
  cross join lateral weir_internal.actor_place(i.actor, n.seq) as p (place)
  join weir_internal.actor_call as c on c.ctid = p.place
  where c.workflow is not null
    and c.finished_at is not null
  on conflict do nothing;
end
$$;

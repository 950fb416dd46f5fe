-- Counts as answered what follows without a gap: nested calls were answered before those that they are behind. The
-- caller holds the actors' rows.
create function weir_internal.actor_pass(p_actor bigint[])
returns void
language plpgsql
as $$
begin
  update weir_internal.actor as a
  set
    answered = n.answered,
    nests = a.nests - (
      select count(*)
      from weir_internal.actor_call as c
      where c.actor = a.id
        and c.nested
        and c.seq > a.answered
        and c.seq <= n.answered
    )
  from unnest(p_actor) as i (actor)
  join weir_internal.actor as b on b.id = i.actor and b.nests > 0
  cross join lateral (
    select coalesce(min(f.seq) - 1, b.accepted)
    from (
      select c.seq
      from weir_internal.actor_call as c
      where c.actor = b.id
        and c.seq > b.answered
        and c.finished_at is null
      order by c.seq
      limit 1
    ) as f
  ) as n (answered)
  where a.id = b.id
    and n.answered > b.answered;
end
$$;

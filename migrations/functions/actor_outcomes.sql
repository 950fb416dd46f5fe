-- How calls ended: no row for one that is still to be answered; no status where there is no such call any more. The
-- call number 0 stands for the construction of its actor. BLOCKED is a call that failed and stays at the head.
create function weir_internal.actor_outcomes(p_actor bigint[], p_seq bigint[])
returns table (actor bigint, seq bigint, status text, result jsonb, error jsonb)
language plpgsql
stable
as $$
#variable_conflict use_column
begin
  return query
  select
    i.actor,
    i.seq,
    case
      when a.id is null then null
      when i.seq = 0 then case a.status when 'FAILED' then 'FAILED' else 'SUCCESSFUL' end
      when c.finished_at is null then 'BLOCKED'
      else c.status::text
    end,
    c.result,
    case i.seq when 0 then a.error else c.error end
  from unnest(p_actor, p_seq) as i (actor, seq)
  left join weir_internal.actor as a on a.id = i.actor
  left join lateral weir_internal.actor_place(i.actor, i.seq) as p (place) on true
  left join weir_internal.actor_call as c on c.ctid = p.place
  where a.id is null
    or i.seq = 0 and a.status <> 'CREATING'
    or i.seq <> 0 and c.actor is null
    or c.finished_at is not null
    or a.status = 'BLOCKED' and c.seq = a.answered + 1;
end
$$;

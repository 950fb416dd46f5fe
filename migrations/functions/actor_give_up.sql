-- The calls at the heads of these actors have failed for good. A constructor takes all that wait with it, and its
-- actor is FAILED; a call that is to block stays where it is, and its actor is BLOCKED; any other is answered with
-- its error, and its actor goes on. The caller holds the actors' rows, and closes their turns.
create function weir_internal.actor_give_up(p_actor bigint[], p_error jsonb[], p_attempt integer[], p_now timestamptz)
returns void
language plpgsql
as $$
declare
  v_blocks boolean[];
  v_first bigint[];
  v_last bigint[]; -- from the first to the last call that ends
begin
  select
    array_agg(h.method <> '' and h.nested is not true and coalesce((h.policy -> 'block')::boolean, false) order by i.ord),
    array_agg(h.seq order by i.ord),
    array_agg(case h.method when '' then a.accepted else h.seq end order by i.ord)
  into v_blocks, v_first, v_last
  from unnest(p_actor) with ordinality as i (actor, ord)
  join weir_internal.actor as a on a.id = i.actor
  cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as h;

  update weir_internal.actor_call as c
  set
    status = case when i.blocks then 'QUEUED' else 'FAILED' end::weir_internal.actor_call_status,
    attempt = case c.seq when i.first then i.attempt else c.attempt end,
    finished_at = case when not i.blocks then p_now end,
    error = i.error,
    waiter_actor = case when i.blocks then c.waiter_actor end
  from unnest(p_actor, p_error, p_attempt, v_blocks, v_first, v_last) as i (actor, error, attempt, blocks, first, last)
  cross join lateral generate_series(i.first, i.last) as n (seq)
  cross join lateral weir_internal.actor_place(i.actor, n.seq) as p (place)
  where c.ctid = p.place;

  update weir_internal.actor as a
  set
    answered = case when i.blocks or a.nests > 0 then a.answered else i.last end, -- actor_pass knows
    updated_at = p_now,
    status = case when i.blocks then 'BLOCKED' when a.status = 'CREATING' then 'FAILED' else a.status end,
    error = case when i.blocks or a.status = 'CREATING' then i.error else a.error end
  from unnest(p_actor, p_error, v_blocks, v_last) as i (actor, error, blocks, last)
  where a.id = i.actor;

  perform weir_internal.actor_pass(p_actor);
  perform weir_internal.actor_reply(p_actor, v_first, v_last);
end
$$;

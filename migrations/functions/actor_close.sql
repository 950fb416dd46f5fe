-- Ends the turns of actors that have nothing to run: all is answered, a BLOCKED call is at the head, or one
-- continues and has no nested one. Returns how many. The caller holds their rows. (PL/pgSQL, since a
-- function in SQL would be planned anew by each call.)
create function weir_internal.actor_close(p_actor bigint[])
returns integer
language plpgsql
as $$
declare
  v_closed integer;
begin
  delete from weir_internal.actor_turn as t
  using weir_internal.actor as a
  where t.actor = any (p_actor)
    and a.id = t.actor
    and (
      a.answered = a.accepted
      or a.status = 'BLOCKED'
      or a.status = 'CONTINUING' and not exists (select from weir_internal.actor_head(a.id, a.answered, a.status))
    );

  get diagnostics v_closed = row_count;
  return v_closed;
end
$$;

-- What a River job asks for, and the state that the query gets: the one that was committed last. No row for a question
-- that is over, or whose actor has no state any more.
create function weir_internal.actor_asked(p_job bigint)
returns table (type text, actor_id text, query text, args jsonb, state jsonb)
language sql
stable
as $$
  select a.type, a.actor_id, q.query, q.args, a.state
  from weir_internal.actor_query as q
  join weir_internal.actor as a on a.id = q.actor
  where q.job = p_job
    and q.answered_at is null
    and a.state is not null
$$;

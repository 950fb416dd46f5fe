-- A worker's answer to what a River job asked for: a result or an error. There is no fence: the answer of a worker
-- that was taken for dead is as good as any, since the state was committed after the question.
create function weir_internal.actor_answer(p_job bigint, p_result jsonb, p_error jsonb)
returns void
language sql
as $$
  update weir_internal.actor_query as q
  set answered_at = weir_internal.clock(), result = p_result, error = p_error
  where q.job = p_job
    and q.answered_at is null
$$;

-- The answers to questions, which are forgotten with that. One is lost if no job will bring it any more, such as with
-- its worker: whoever asked asks again. No row for what is still to come.
--
-- A job ends after its answer is committed, and both are read at the same moment.
create function weir_internal.actor_answers(p_job bigint[])
returns table (job bigint, lost boolean, result jsonb, error jsonb)
language sql
as $$
  with answered as (
    delete from weir_internal.actor_query as q
    where q.job = any (p_job)
      and q.answered_at is not null
    returning q.job, q.result, q.error
  )
  select a.job, false, a.result, a.error
  from answered as a
  union all
  select i.job, true, null, null
  from unnest(p_job) as i (job)
  where not exists (select from weir_internal.actor_query as q where q.job = i.job and q.answered_at is not null)
    and not (
      weir_internal.river_alive(i.job)
      and exists (select from weir_internal.actor_query as q where q.job = i.job)
    )
$$;

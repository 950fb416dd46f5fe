-- actor_commit for one actor, in the transaction in which its call has written; advance_tx says why it ends when it
-- idles.
create function weir_internal.actor_commit_tx(
  p_worker text,
  p_actor bigint[],
  p_epoch bigint[],
  p_answered bigint[],
  p_state jsonb[],
  p_pass text[],
  p_failure jsonb[],
  p_attempt integer[],
  p_call_ord integer[],
  p_seq bigint[],
  p_call_attempt integer[],
  p_began double precision[],
  p_result jsonb[],
  p_error jsonb[],
  p_patient boolean
)
returns setof weir_internal.actor_hand
language plpgsql
as $$
begin
  perform set_config('idle_in_transaction_session_timeout', '2000', true);

  return query
  select *
  from weir_internal.actor_commit(
    p_worker, p_actor, p_epoch, p_answered, p_state, p_pass, p_failure, p_attempt, p_call_ord, p_seq, p_call_attempt,
    p_began, p_result, p_error, p_patient
  );
end
$$;

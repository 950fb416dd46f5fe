-- advance for one step, in the transaction in which its body has written. The client's next word must be the
-- commit: a process that is paused here would hold the workflow's row and its worker's gate, so the server
-- ends a transaction that then idles for 2 s.
create function weir_internal.advance_tx(
  p_worker text,
  p_workflow bigint[],
  p_no integer[],
  p_epoch integer[],
  p_job bigint[],
  p_attempt integer[],
  p_took double precision[],
  p_output jsonb[],
  p_pass text[],
  p_notify boolean,
  p_patient boolean
)
returns setof weir_internal.hand
language plpgsql
as $$
begin
  perform set_config('idle_in_transaction_session_timeout', '2000', true);

  return query
  select *
  from weir_internal.advance(
    p_worker, p_workflow, p_no, p_epoch, p_job, p_attempt, p_took, p_output, p_pass, p_notify, p_patient
  );
end
$$;

-- Who may do what. Nobody but the owner touches the tables: others have the functions, which run as the owner.
--
--   weir_reader    reads the views, statuses and outputs
--   weir_client    starts, cancels and resumes too
--   weir_operator  deletes too
--   weir_worker    runs steps: what a client may, the engine's calls, and River's tables
--
-- Roles belong to the cluster, so migrations of other databases may create them at the same moment. An owner
-- who may not create roles, and finds none, gets a schema without grants. Privileges are given to each role
-- rather than inherited, for the same reason: memberships are the cluster's.
do $$
declare
  v_readers text := 'weir_reader, weir_client, weir_operator, weir_worker';
  v_clients text := 'weir_client, weir_operator, weir_worker';
  v_role text;
begin
  revoke execute on all functions in schema weir, weir_internal from public;

  foreach v_role in array string_to_array(v_readers, ', ') loop
    if not exists (select from pg_roles where rolname = v_role) then
      begin
        execute format('create role %I nologin', v_role);
      exception
        when duplicate_object or unique_violation then
          null;
        when insufficient_privilege then
          raise notice 'role % does not exist and may not be created: no grants are made', v_role;
          return;
      end;
    end if;
  end loop;

  execute 'grant usage on schema weir to ' || v_readers;
  execute 'grant select on all tables in schema weir to ' || v_readers;
  execute 'grant execute on function weir.list, weir.status, weir.output, weir.step_output, weir.metadata, weir.step_metadata, weir.actor_result, weir.check to '
    || v_readers;
  execute 'grant execute on function weir_internal.key_of, weir_internal.outcomes, weir_internal.known_actor, weir_internal.actor_outcomes to ' || v_readers;
  -- A view reads tables as its owner, but calls functions as who reads it.
  execute 'grant execute on function weir_internal.clock, weir_internal.status_of, weir_internal.is_stalled, weir_internal.river_owner, '
    || 'weir_internal.event_key, weir_internal.wait_count, weir_internal.actor_function to ' || v_readers;

  -- What everybody compares their binary with.
  execute 'grant usage on schema weir_internal to ' || v_readers;
  execute 'grant select on weir_internal.schema_migrations, weir_internal.schema_objects, weir_internal.river_migration to '
    || v_readers;

  execute 'grant execute on function weir.start, weir.cancel, weir.resume, weir.resume_all, weir.send_event, weir.actor_get_or_create, '
    || 'weir.actor_call, weir.actor_resume, weir.actor_remind, weir.actor_forget to ' || v_clients;
  execute 'grant execute on function weir_internal.start, weir_internal.actor_create, weir_internal.actor_enqueue, weir_internal.actor_await, '
    || 'weir_internal.reminder_set, weir_internal.actor_ask, weir_internal.actor_answers to ' || v_clients;

  grant execute on function weir.delete, weir.set_limit, weir.actor_set_state, weir.actor_delete to weir_operator;

  grant execute on function
    weir_internal.start_here, weir_internal.complete, weir_internal.claim, weir_internal.advance, weir_internal.advance_tx, weir_internal.delegate, weir_internal.fail,
    weir_internal.release, weir_internal.fire_timers, weir_internal.worker_register, weir_internal.worker_beat,
    weir_internal.worker_drain, weir_internal.worker_retire, weir_internal.worker_sweep, weir_internal.worker_reconcile,
    weir_internal.queue_mend, weir_internal.actor_claim, weir_internal.actor_enqueue_alone, weir_internal.actor_commit,
    weir_internal.actor_commit_alone, weir_internal.actor_commit_tx,
    weir_internal.actor_reconcile, weir_internal.actor_continue, weir_internal.actor_asked, weir_internal.actor_answer, weir_internal.session_class, weir_internal.river_job_state_in_bitmask
  to weir_worker;
  grant select, insert, update, delete on
    weir_internal.river_job, weir_internal.river_leader, weir_internal.river_queue, weir_internal.river_notification
  to weir_worker;
  grant usage on sequence weir_internal.river_job_id_seq to weir_worker;
end
$$;

-- How the functions run that others may call: all of weir, and the engine's calls.
--
-- They run as the owner, since nobody else touches the tables. pg_temp is named, and last: where it isn't, it
-- is searched first, and a caller's temporary type would run as the owner.
--
-- The other settings hold for all that an entry point calls. They keep the planner to reading step by its key,
-- batch first, whatever the statistics of a table that was empty a minute ago make it believe: from the other
-- side a batch is quadratic (measured: 370 ms against 3 ms for 250 steps). A function that sets plan_cache_mode
-- itself is left to the planner. What keeps the planner off makes a plan look expensive enough to be compiled,
-- hence jit (measured: a status took 1.9 s).
do $$
declare
  v_function record;
begin
  for v_function in
    select p.oid::regprocedure as signature, coalesce(p.proconfig::text, '') like '%plan_cache_mode%' as plans_itself
    from pg_proc as p
    join pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = 'weir'
      or n.nspname = 'weir_internal'
      and p.proname in (
        'start', 'start_here', 'key_of', 'outcomes', 'is_stalled', 'river_owner',
        'claim', 'complete', 'advance', 'advance_tx', 'delegate', 'fail', 'release', 'fire_timers',
        'worker_register', 'worker_beat', 'worker_drain', 'worker_retire', 'worker_sweep', 'worker_reconcile', 'queue_mend',
        'actor_create', 'actor_enqueue', 'actor_enqueue_alone', 'actor_claim', 'actor_commit', 'actor_commit_alone',
        'actor_commit_tx', 'actor_reconcile', 'actor_outcomes',
        'actor_await', 'actor_continue', 'known_actor', 'reminder_set', 'actor_ask', 'actor_asked', 'actor_answer', 'actor_answers'
      )
  loop
    execute format('alter function %s security definer set search_path = pg_catalog, pg_temp set jit = off', v_function.signature);
    continue when v_function.plans_itself;
    execute format(
      'alter function %s'
      ' set plan_cache_mode = force_generic_plan'
      ' set enable_seqscan = off'
      ' set enable_bitmapscan = off'
      ' set cpu_index_tuple_cost = 10',
      v_function.signature
    );
  end loop;
end
$$;

-- One pass over the fleet by any of its processes: retires the workers that are dead.
--
-- Dead is a worker whose lease ran out, or whose session lock is free while its last beat is over 1.5 s old
-- (a live one that lost its lock connection beats on and takes the lock again). All locks are free after a
-- server restart, so while the server is younger than a lease only leases decide.
--
-- next_in says when to look again: when the oldest beat can turn 1.5 s old, in 50 to 500 ms.
create function weir_internal.worker_sweep(p_poison integer)
returns table (retired text[], next_in interval)
language plpgsql
as $$
declare
  v_done boolean;
  v_now timestamptz := weir_internal.clock();
  v_worker record;
  v_retired text[] := '{}';
  v_next timestamptz := v_now + interval '500 milliseconds';
begin
  for v_worker in
    select w.id, w.lock_key, w.beat_at, w.lease_until, w.session_lock
    from weir_internal.worker as w
    order by w.id
  loop
    if v_worker.lease_until < v_now
      or v_worker.session_lock
      and v_worker.beat_at < v_now - interval '1.5 seconds'
      and weir_internal.server_start() < v_now - (v_worker.lease_until - v_worker.beat_at)
      and pg_try_advisory_xact_lock(weir_internal.session_class(), v_worker.lock_key)
    then
      v_done := false;
      begin
        v_done := weir_internal.worker_retire(v_worker.id, true, p_poison);
        -- A stopped process may leave a call half-way for ever: its rows don't get through, or it never commits.
        -- Once the lease is over such a call has no right to go on.
        if not v_done and v_worker.lease_until < v_now then
          perform pg_terminate_backend(l.pid)
          from pg_locks as l
          where l.locktype = 'advisory'
            and l.database = (select d.oid from pg_database as d where d.datname = current_database())
            and l.classid = weir_internal.gate_class()::oid
            and l.objid = v_worker.lock_key::oid
            and l.granted
            and l.pid <> pg_backend_pid();
        end if;
      exception
        when others then -- what is wrong with one must not keep the others dead
          raise warning 'retiring worker %: % (%)', v_worker.id, sqlerrm, sqlstate;
      end;
      if v_done then
        v_retired := v_retired || v_worker.id;
      else
        v_next := v_now;
      end if;
    elsif v_worker.beat_at > v_now - interval '1.5 seconds' then
      v_next := least(v_next, v_worker.beat_at + interval '1.5 seconds');
    end if;
  end loop;

  return query
  select v_retired, greatest(v_next - v_now, interval '50 milliseconds');
end
$$;

-- Checkpoints a batch of steps that succeeded, and hands their workers what comes next.
--
-- Items come sorted by (workflow, no). p_pass says how an item goes on:
--   'run'    its follower in the run is already held: one update by key, nothing else
--   'hand'   one ready successor that this worker can run is handed over under the same job
--   'yield'  every ready successor becomes a job of its own
--
-- The fence is the step's own epoch. A halted step (its workflow was stopped while the body ran) keeps its
-- checkpoint, and nothing follows: its row says so by having no job, since inside a run no other row is read.
--
-- The job of an item that leaves its worker nothing is removed with it (river_remove), but for one that was stopped.
--
-- p_took is how long the attempt has run, in seconds: of a follower nobody noted when it began.
-- Rows come back only for what a worker must know: 'lost', 'stopped', 'finished', 'sleeping', 'next'
-- and 'follower'.
create function weir_internal.advance(
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
declare
  v_now timestamptz := weir_internal.clock();
  v_functions text[];
  v_leaving boolean := 'hand' = any (p_pass) or 'yield' = any (p_pass);
  v_continuing bigint[];
  v_done integer[];
  v_stopped integer[];
  v_ord integer[];
  v_workflow bigint[];
  v_no integer[];
  v_job bigint[];
  v_queue text[];
  v_root_ord integer[];
  v_root_workflow bigint[];
  v_climbs boolean;
  v_hand weir_internal.hand;
  v_kept integer[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  v_functions := weir_internal.enter(p_worker);

  if v_leaving then
    select array_agg(w.id) filter (where w.actor is not null) -- a condition of the query would be checked before it locks
    into v_continuing
    from (
      select w.id, w.actor
      from weir_internal.workflow as w
      where w.id = any (
        select i.workflow
        from unnest(p_workflow, p_pass) as i (workflow, pass)
        where i.pass <> 'run'
      )
      order by w.id
      for no key update
    ) as w;

    if v_continuing is not null then
      perform weir_internal.actor_held_by(v_continuing);
    end if;
  end if;

  with checkpointed as (
    update weir_internal.step as s
    set
      state = 'succeeded',
      output = i.output,
      pending = 0,
      attempt = i.attempt,
      started_at = coalesce(s.started_at, v_now - make_interval(secs => i.took)),
      finished_at = v_now,
      job = case when s.state <> 'halted' then i.job end
    from unnest(p_workflow, p_no, p_epoch, p_job, p_attempt, p_took, p_output, p_pass)
      with ordinality as i (workflow, no, epoch, job, attempt, took, output, pass, ord)
    where s.workflow = i.workflow
      and s.no = i.no
      and s.epoch = i.epoch
      and s.state in ('running', 'waiting', 'halted')
    returning
      i.ord, i.pass, i.job, s.workflow, s.no, s.queue, s.job is null as stopped,
      s.dependents = '{}' and s.parent is null as is_root, s.dependents = '{}' and s.parent is not null as climbs
  )
  select
    array_agg(c.ord),
    array_agg(c.ord) filter (where c.stopped),
    array_agg(c.ord) filter (where c.pass <> 'run' and not c.stopped and not c.is_root),
    array_agg(c.workflow) filter (where c.pass <> 'run' and not c.stopped and not c.is_root),
    array_agg(c.no) filter (where c.pass <> 'run' and not c.stopped and not c.is_root),
    array_agg(case when c.pass = 'hand' then c.job end) filter (where c.pass <> 'run' and not c.stopped and not c.is_root),
    array_agg(c.queue) filter (where c.pass <> 'run' and not c.stopped and not c.is_root),
    array_agg(c.ord) filter (where not c.stopped and c.is_root),
    array_agg(c.workflow) filter (where not c.stopped and c.is_root),
    bool_or(c.climbs)
  into v_done, v_stopped, v_ord, v_workflow, v_no, v_job, v_queue, v_root_ord, v_root_workflow, v_climbs
  from checkpointed as c;

  if v_done is null or cardinality(v_done) < cardinality(p_no) then
    return query
    select h.*
    from unnest(p_workflow, p_no) with ordinality as i (workflow, no, ord)
    cross join lateral weir_internal.told('lost', i.ord::integer, i.workflow, i.no) as h
    where v_done is null or i.ord <> all (v_done);
  end if;

  if v_stopped is not null then
    return query
    select h.*
    from unnest(v_stopped) as o (ord)
    cross join lateral weir_internal.told('stopped', o.ord, p_workflow[o.ord], p_no[o.ord]) as h;
  end if;

  if v_root_ord is not null then
    return query
    select * from weir_internal.succeed(v_root_ord, v_root_workflow, v_now);
  end if;

  if v_ord is not null then
    for v_hand in -- arrive is for sub-graphs that have ended, and reads each step again to find them
      select *
      from weir_internal.arrive(v_functions, v_ord, v_workflow, v_no, v_job, v_queue, p_notify, v_now)
      where v_climbs
      union all
      select *
      from weir_internal.release_dependents(v_functions, v_ord, v_workflow, v_no, v_ord, v_job, v_queue, p_notify, v_now)
      where not v_climbs
    loop
      return next v_hand;
      if v_hand.verdict = 'next' then
        v_kept := v_kept || v_hand.ord;
      end if;
    end loop;
  end if;

  if v_root_ord is not null or v_ord is not null then
    perform weir_internal.river_remove(
      p_worker,
      array(select p_job[o.ord] from (select unnest(v_root_ord || v_ord) except select unnest(v_kept)) as o (ord))
    );
  end if;
end
$$;

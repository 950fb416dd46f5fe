-- The part of weir.check that is about actors.
create function weir_internal.actor_check()
returns table (invariant text, detail text)
language sql
stable
as $$
  with actor as materialized (
    select
      a.id, a.status, a.accepted, a.answered, a.nests, a.version, a.state is not null as has_state,
      format('%s %L', a.type, a.actor_id) as name
    from weir_internal.actor as a
  )
  select 'an actor has a state when its constructor has run', format('%s, %s, version %s', a.name, a.status, a.version)
  from actor as a
  where a.has_state <> (a.version > 0)
    or a.has_state <> (a.status in ('READY', 'BLOCKED', 'CONTINUING'))
  union all
  select 'an actor answers what it accepted', format('%s, answered %s of %s', a.name, a.answered, a.accepted)
  from actor as a
  where a.answered not between 0 and a.accepted
  union all
  select 'a call has ended when it has an answer', format('actor %s, call %s, %s', c.actor, c.seq, c.status)
  from weir_internal.actor_call as c
  where (c.finished_at is not null) <> (c.status in ('SUCCESSFUL', 'FAILED'))
  union all
  select 'an actor has a turn exactly while a call is to be run', format('%s, %s, answered %s of %s', a.name, a.status, a.answered, a.accepted)
  from actor as a
  where (exists (select from weir_internal.actor_head(a.id, a.answered, a.status)) and a.status <> 'BLOCKED')
    <> (a.id in (select t.actor from weir_internal.actor_turn as t))
  union all
  select 'a BLOCKED actor has a call at its head', a.name
  from actor as a
  where a.status = 'BLOCKED'
    and a.answered = a.accepted
  union all
  select 'an actor that is CREATING has its constructor called', a.name
  from actor as a
  where a.status = 'CREATING'
    and not exists (
      select
      from weir_internal.actor_call as c
      where c.actor = a.id
        and c.seq = a.answered + 1
        and c.method = ''
    )
  union all
  select 'a turn has a live worker or a live job', format('actor %s, worker %s, job %s', t.actor, t.worker, t.job)
  from weir_internal.actor_turn as t
  where not weir_internal.actor_turn_alive(t)
  union all
  select 'a turn belongs to an actor', format('actor %s', t.actor)
  from weir_internal.actor_turn as t
  where t.actor not in (select a.id from actor as a)
  union all
  select 'a call is answered in its turn', format('actor %s, call %s, %s', c.actor, c.seq, c.status)
  from weir_internal.actor_call as c
  left join actor as a on a.id = c.actor
  where a.id is null
    or c.seq > a.accepted
    or (c.finished_at is null) <> (c.seq > a.answered) and not (c.nested is true and c.seq > a.answered)
  union all
  select 'nested calls are counted', format('%s has %s, not %s', a.name, a.nests, c.nests)
  from actor as a
  cross join lateral (
    select count(*) from weir_internal.actor_call as c where c.actor = a.id and c.nested and c.seq > a.answered
  ) as c (nests)
  where a.nests <> c.nests
  union all
  select 'an actor is CONTINUING while a call is', format('%s, %s', a.name, a.status)
  from actor as a
  where a.status <> 'BLOCKED'
    and (a.status = 'CONTINUING') <> exists (
      select
      from weir_internal.actor_call as c
      where c.actor = a.id
        and c.status = 'CONTINUED'
    )
  union all
  select 'a call continues as a workflow that is going to end', format('%s, call %s', a.name, c.seq)
  from weir_internal.actor_call as c
  join actor as a on a.id = c.actor
  left join weir_internal.workflow as w on w.id = c.continues_as and w.actor = c.actor and w.actor_seq = c.seq
  where c.status = 'CONTINUED'
    and (w.status is null or w.status not in ('PENDING', 'RUNNING'))
    and not (a.status = 'BLOCKED' and c.seq = a.answered + 1)
  union all
  select 'no call of those accepted is missing', format('%s has %s of %s', a.name, c.calls, a.accepted)
  from actor as a
  cross join lateral (select count(*) from weir_internal.actor_call as c where c.actor = a.id) as c (calls)
  where c.calls <> a.accepted
  union all
  select 'a reminder belongs to an actor that accepted its calls', format('actor %s, reminder %s, call %s', r.actor, r.name, r.last_call)
  from weir_internal.reminder as r
  left join actor as a on a.id = r.actor
  where a.id is null
    or r.last_call > a.accepted
$$;

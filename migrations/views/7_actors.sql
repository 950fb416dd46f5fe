create view weir.actors as
select
  a.type,
  a.actor_id,
  a.status::text as status,
  a.state,
  a.version,
  a.accepted - a.answered as waiting,
  t.worker,
  b.reason as blocked,
  a.queue,
  a.metadata,
  a.error,
  a.created_at,
  a.updated_at
from weir_internal.actor as a
left join weir_internal.actor_turn as t on t.actor = a.id
left join lateral (
  select
    case
      when t.worker is not null then
        case
          when t.worker not in (select w.id from weir.workers as w where w.alive) then 'its worker is lost'
        end
      when f.name not in (
        select unnest(w.functions)
        from weir.workers as w
        where w.alive
          and not w.draining
      ) then 'no live worker knows the function'
      when (f.name, a.queue) not in (
        select g.name, q.name
        from weir.workers as w
        cross join unnest(w.functions) as g (name)
        cross join unnest(w.queues) as q (name)
        where w.alive
          and not w.draining
      ) then 'no live worker serves the queue'
      when j.scheduled_at > weir_internal.clock() then 'will be retried'
      else 'all workers of its queue are busy or about to take it'
    end
  from ( -- limit 1: by key, and not all calls of the actor
    select weir_internal.actor_function(a.type, c.method)
    from weir_internal.actor_call as c
    where t.actor is not null
      and a.status <> 'CONTINUING'
      and c.actor = a.id
      and c.seq = a.answered + 1
    limit 1
  ) as f (name)
  left join weir_internal.river_job as j on j.id = t.job
  union all
  select 'a call has failed and blocks the others'
  where a.status = 'BLOCKED'
  union all
  select 'a call continues as a workflow'
  where a.status = 'CONTINUING'
) as b (reason) on true;

comment on view weir.actors is 'One row for each actor.';
comment on column weir.actors.type is 'Its type.';
comment on column weir.actors.actor_id is 'Its id, unique in its type.';
comment on column weir.actors.status is 'CREATING, READY, CONTINUING (a call of it does), FAILED (its constructor did) or BLOCKED (by a call that failed).';
comment on column weir.actors.state is 'Its committed state, null while it has none.';
comment on column weir.actors.version is 'How often its state was written.';
comment on column weir.actors.waiting is 'How many calls are not answered yet.';
comment on column weir.actors.worker is 'The worker that runs its calls just now.';
comment on column weir.actors.blocked is 'Why its calls aren''t run, in fixed words; null if they are, or if there are none.';
comment on column weir.actors.queue is 'The queue whose workers run its calls.';
comment on column weir.actors.metadata is 'What the user gave when it was created, a JSON object.';
comment on column weir.actors.error is 'Why it is FAILED or BLOCKED: step, type, message, attempts.';
comment on column weir.actors.created_at is 'When it was created.';
comment on column weir.actors.updated_at is 'When a call of it was last answered, or its state set.';

-- What becomes of calls that somebody makes; one row an item, in their order. The caller holds the actors' rows, and
-- has gone through actor_callers and actor_lock_waits. Verdicts, beside null for one that is accepted:
--   'again'   it was accepted before, as the call again
--   'lost'    the step that makes it is no longer the worker's
--   'circle'  its caller would wait for itself, by way of chain
create function weir_internal.actor_judge(p_type text[], p_actor_id text[], p_caller jsonb[])
returns table (
  verdict text,
  again bigint,
  chain jsonb,
  caller text,
  workflow bigint,
  step integer,
  waiter_actor bigint,
  waiter_seq bigint,
  nested boolean
)
language sql
stable
as $$
  with item as materialized (
    select
      i.ord,
      a.id as actor,
      p.parks,
      case when p.parks then (i.by ->> 'workflow')::bigint end as workflow,
      case when p.parks then (i.by ->> 'step')::integer end as step,
      case
        when i.by ? 'workflow' then concat_ws('/', 'w', i.by ->> 'workflow', i.by ->> 'step', i.by ->> 'key')
        else concat_ws('/', 'a', i.by ->> 'actor', i.by ->> 'seq', i.by ->> 'key')
      end as caller,
      case when p.waits then w.actor end as waiter_actor,
      case when p.waits then w.seq end as waiter_seq,
      w.continues and w.actor = a.id as nested,
      p.parks and not exists (
        select
        from weir_internal.step as s
        where s.workflow = (i.by ->> 'workflow')::bigint
          and s.no = (i.by ->> 'step')::integer
          and s.epoch = (i.by ->> 'epoch')::integer
          and s.state in ('running', 'waiting')
      ) as lost
    from unnest(p_type, p_actor_id, p_caller) with ordinality as i (type, actor_id, by, ord)
    left join weir_internal.actor as a on a.type = i.type and a.actor_id = i.actor_id
    cross join lateral (select i.by ? 'epoch', i.by ? 'epoch' or (i.by -> 'waits')::boolean) as p (parks, waits)
    left join lateral weir_internal.actor_waiter(i.by) as w on true
    where i.by is not null
  ),
  known as materialized (
    select
      i.*,
      c.seq as again,
      i.waiter_actor is not null and i.actor is not null and c.seq is null and i.nested is not true and not i.lost as waits
    from item as i
    left join lateral (
      select c.seq
      from weir_internal.actor_call as c
      where c.caller = i.caller
        and c.actor = i.actor
        and c.status <> 'FAILED'
      limit 1
    ) as c on true
  ),
  wait as (
    select array_agg(k.waiter_actor) as waiters, array_agg(k.actor) as actors
    from known as k
    where k.waits
  )
  select
    case when k.lost then 'lost' when k.again is not null then 'again' when r.chain is not null then 'circle' end,
    case when not k.lost then k.again end,
    r.chain,
    k.caller,
    k.workflow,
    k.step,
    k.waiter_actor,
    k.waiter_seq,
    nullif(k.nested, false)
  from generate_subscripts(p_caller, 1) as n (ord)
  left join known as k on k.ord = n.ord
  cross join wait as w
  left join lateral (
    select weir_internal.actor_circle(k.waiter_actor, k.actor, w.waiters, w.actors)
    where k.waits
  ) as r (chain) on true
  order by n.ord
$$;

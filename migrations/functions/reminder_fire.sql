-- Has the calls made of reminders that are due, up to p_limit, and returns how many reminders went on. Their next ticks
-- are set in the same transaction, so that a tick becomes a call once; a reminder without a further tick is removed.
--
-- A tick is missed if it is more than a minute late, or if the next is due, too. Of the ticks that are due
--   all    has a call made for each, in the next passes if they are too many
--   one    has a call made for the last, which stands for those before it
--   none   has a call made for the last, if that is not missed
-- but with every, one and none have none made while the last call is unanswered: a BLOCKED or slow actor gathers none.
--
-- An actor that is locked just now is left to the next pass. The reminders are read anew under the locks: another
-- process may have fired them meanwhile.
create function weir_internal.reminder_fire(p_limit integer, p_now timestamptz)
returns integer
language plpgsql
as $$
declare
  v_locked bigint[];
  v_locked_name text[];
  v_actor bigint[];
  v_name text[];
  v_ticks bigint[]; -- that are over then
  v_calls bigint[]; -- for so many of them, the last ones
  v_of bigint[]; -- of each call: which reminder it is of
  v_type text[];
  v_actor_id text[];
  v_method text[];
  v_label text[];
  v_args jsonb[];
  v_policy jsonb[];
  v_metadata jsonb[];
  v_tick text[];
  v_seq bigint[];
begin
  select array_agg(d.actor), array_agg(d.name)
  into v_locked, v_locked_name
  from (
    select r.actor, r.name
    from weir_internal.reminder as r
    join weir_internal.actor as a on a.id = r.actor
    where r.due <= p_now
    order by r.due
    limit p_limit
    for no key update of a skip locked
  ) as d;

  if v_locked is null then
    return 0;
  end if;

  -- A call weighs more the larger it is, so that a pass has a bound in bytes, too: 8 MiB for 500 calls.
  with due as (
    select r.actor, r.name, i.ord, r.catch_up, g.ticks, c.calls, 1 + r.size / 16384 as weight
    from unnest(v_locked, v_locked_name) with ordinality as i (actor, name, ord)
    join weir_internal.reminder as r on r.actor = i.actor and r.name = i.name
    join weir_internal.actor as a on a.id = r.actor
    cross join lateral (
      select coalesce(floor(extract(epoch from p_now - r.due) / extract(epoch from r.every)), 0)::bigint + 1
    ) as g (ticks)
    cross join lateral (
      select case
        when r.catch_up = 'all' then g.ticks
        when r.every is not null and r.last_call > a.answered then 0
        when r.catch_up = 'none' and r.due + coalesce(r.every * (g.ticks - 1), '0') < p_now - interval '1 minute' then 0
        else 1
      end
    ) as c (calls)
    where r.due <= p_now
  ),
  weighed as (
    select
      d.*,
      coalesce(
        sum(least(d.calls, p_limit) * d.weight) over (order by d.ord rows between unbounded preceding and 1 preceding), 0
      ) as before
    from due as d
  ),
  taken as (
    select w.*, least(w.calls, greatest(floor((p_limit - w.before) / w.weight), 1))::bigint as fit
    from weighed as w
    where w.before < p_limit
  )
  select
    array_agg(t.actor), array_agg(t.name), array_agg(case t.catch_up when 'all' then t.fit else t.ticks end),
    array_agg(t.fit)
  into v_actor, v_name, v_ticks, v_calls
  from taken as t;

  if v_actor is null then
    return 0;
  end if;

  select
    array_agg(c.ord), array_agg(c.type), array_agg(c.actor_id), array_agg(c.method), array_agg(c.label),
    array_agg(c.args), array_agg(c.policy), array_agg(c.metadata),
    array_agg(c.name || '@' || to_char(c.due at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
  into v_of, v_type, v_actor_id, v_method, v_label, v_args, v_policy, v_metadata, v_tick
  from (
    select i.ord, a.type, a.actor_id, r.method, r.label, r.args, r.policy, r.metadata, r.name, t.due
    from unnest(v_actor, v_name, v_ticks, v_calls) with ordinality as i (actor, name, ticks, calls, ord)
    join weir_internal.reminder as r on r.actor = i.actor and r.name = i.name
    join weir_internal.actor as a on a.id = r.actor
    cross join lateral generate_series(i.ticks - i.calls, i.ticks - 1) as g (n)
    cross join lateral (select r.due + coalesce(r.every * g.n, '0')) as t (due)
    order by t.due, i.ord
  ) as c;

  if v_of is not null then
    select array_agg(h.seq order by h.ord)
    into v_seq
    from weir_internal.actor_enqueue(
      null, v_type, v_actor_id, v_method, v_label, v_args, v_policy, v_metadata,
      array_fill(false, array[cardinality(v_of)]), null, true, v_tick
    ) as h
    where h.verdict = 'accepted';
  end if;

  -- A reminder and its calls are gathered, and not joined: the planner would compare each with each.
  update weir_internal.reminder as r
  set due = r.due + r.every * g.ticks, calls = r.calls + g.calls, last_call = coalesce(g.seq, r.last_call)
  from (
    select max(u.actor), max(u.name), max(u.ticks), max(u.calls), max(u.seq)
    from (
      select i.ord, i.actor, i.name, i.ticks, i.calls, null::bigint
      from unnest(v_actor, v_name, v_ticks, v_calls) with ordinality as i (actor, name, ticks, calls, ord)
      union all
      select c.ord, null, null, null, null, c.seq
      from unnest(v_of, v_seq) as c (ord, seq)
    ) as u (ord, actor, name, ticks, calls, seq)
    group by u.ord
  ) as g (actor, name, ticks, calls, seq)
  where r.actor = g.actor
    and r.name = g.name
    and r.every is not null;

  delete from weir_internal.reminder as r
  using unnest(v_actor, v_name) as i (actor, name)
  where r.actor = i.actor
    and r.name = i.name
    and r.every is null;

  return cardinality(v_actor);
end
$$;

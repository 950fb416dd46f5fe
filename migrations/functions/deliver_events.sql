-- Gives events that nobody has got yet to the steps that wait for their keys, both in the order in which they
-- came. An event's delivery and the step's end are one statement. Returns the steps that are done now: what
-- follows them is the caller's matter, who holds the workflows' rows.
create function weir_internal.deliver_events(p_workflow bigint[], p_key text[], p_now timestamptz)
returns table (workflow bigint, no integer)
language plpgsql
as $$
#variable_conflict use_column
begin
  return query
  with waiting as (
    select w.workflow, w.key, w.no, row_number() over (partition by w.workflow, w.key order by w.no) as turn
    from (select distinct g.workflow, g.key from unnest(p_workflow, p_key) as g (workflow, key)) as g
    join weir_internal.event_wait as w on w.workflow = g.workflow and w.key = g.key
  ),
  offered as (
    select w.no, e.id
    from waiting as w
    cross join lateral (
      select e.id
      from weir_internal.event as e
      where e.workflow = w.workflow
        and e.key = w.key
        and e.step is null
      order by e.id
      offset w.turn - 1
      limit 1
    ) as e
  ),
  delivered as (
    update weir_internal.event as e
    set step = o.no, delivered_at = p_now
    from offered as o
    where e.id = o.id
    returning e.workflow, e.key, e.step, e.payload
  ),
  served as (
    delete from weir_internal.event_wait as w
    using delivered as d
    where w.workflow = d.workflow
      and w.key = d.key
      and w.no = d.step
  ),
  untimed as (
    delete from weir_internal.timer as t
    using delivered as d
    where t.workflow = d.workflow
      and t.no = d.step
  )
  update weir_internal.step as s
  set state = 'succeeded', output = d.payload, finished_at = p_now
  from delivered as d
  where s.workflow = d.workflow
    and s.no = d.step
    and s.state = 'parked'
  returning s.workflow, s.no;
end
$$;

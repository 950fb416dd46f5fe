-- Stops what is not done: of the whole workflow when p_under is null, else below the step p_under. Jobs that
-- nobody runs yet leave the queue; a running body may finish and keep its checkpoint, nothing follows it.
--
-- The caller holds the workflow's row. That is enough although claims don't: an update waits for a claim
-- that is under way and then sees `running`, which is not done either.
create function weir_internal.halt(p_workflow bigint, p_under integer)
returns void
language plpgsql
as $$
declare
  v_no integer[];
  v_place tid[];
  v_job bigint[];
begin
  with recursive below as (
    select c.no, c.state, c.first_child, c.last_child
    from weir_internal.step as s
    join weir_internal.step as c
      on c.workflow = p_workflow
      and c.no between s.first_child and s.last_child
    where s.workflow = p_workflow
      and s.no = p_under
    union all
    select c.no, c.state, c.first_child, c.last_child
    from below as b
    cross join lateral ( -- offset 0: by key, and not all of the workflow for each level
      select t.*
      from weir_internal.step as t
      where t.workflow = p_workflow
        and t.no between b.first_child and b.last_child
      offset 0
    ) as c
  ),
  stopped as (
    select s.no, s.ctid as place, case when s.state = 'ready' then s.job end as job
    from weir_internal.step as s
    where s.workflow = p_workflow
      and s.state not in ('succeeded', 'failed', 'halted')
      and (p_under is null or (s.no in (select b.no from below as b)))
    order by s.no
    for no key update of s
  )
  select array_agg(s.no), array_agg(s.place), array_agg(s.job) filter (where s.job is not null)
  into v_no, v_place, v_job
  from stopped as s;

  -- By their places, which stay while they are locked: by their numbers a planner that believes workflows to
  -- be small compares each with each.
  update weir_internal.step as s
  set state = 'halted'
  where s.ctid = any (v_place);

  delete from weir_internal.timer as t
  where t.workflow = p_workflow
    and (t.no in (select unnest(v_no)));

  delete from weir_internal.event_wait as e
  where e.workflow = p_workflow
    and (e.no in (select unnest(v_no)));

  if v_job is not null then
    perform weir_internal.river_cancel(v_job);
  end if;

  -- Bodies that run elsewhere get a cancelled context at once; each worker's beat would tell it too.
  perform pg_notify('weir_internal.control', p_workflow::text);
end
$$;

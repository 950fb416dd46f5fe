-- The timers of these parked steps have fired: each gets the event that is there, or fails because its time is
-- over, or waits on. The caller holds the workflows' rows.
create function weir_internal.settle_events(p_workflow bigint[], p_no integer[], p_now timestamptz)
returns void
language plpgsql
as $$
declare
  v_workflow bigint[];
  v_no integer[];
  v_key text[];
  v_late record;
begin
  select array_agg(s.workflow), array_agg(s.no), array_agg(weir_internal.event_key(s.args))
  into v_workflow, v_no, v_key
  from unnest(p_workflow, p_no) as p (workflow, no)
  join weir_internal.step as s on s.workflow = p.workflow and s.no = p.no;

  perform weir_internal.arrive_alone(array_agg(d.workflow), array_agg(d.no), p_now)
  from weir_internal.deliver_events(v_workflow, v_key, p_now) as d
  having count(*) > 0;

  for v_late in
    select p.workflow, p.no
    from unnest(v_workflow, v_no) as p (workflow, no)
    order by p.workflow, p.no
  loop
    perform weir_internal.time_out_event(v_late.workflow, v_late.no, p_now);
  end loop;
end
$$;

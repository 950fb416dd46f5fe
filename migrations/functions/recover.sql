-- Lets go on what a lost worker with manual recovery has left of these workflows, with a fresh retry budget. The
-- caller holds their rows.
create function weir_internal.recover(p_workflow bigint[])
returns void
language plpgsql
as $$
begin
  if not weir_internal.river_withheld() then
    return;
  end if;

  with ready as (
    select s.workflow, s.no, s.job
    from unnest(p_workflow) as w (id)
    join weir_internal.step as s on s.workflow = w.id
    where s.state = 'ready'
  ),
  released as (
    select r.id
    from weir_internal.river_release(array(select job from ready)) as r (id)
  )
  update weir_internal.step as s
  set failures = 0, lost = 0
  from ready as r
  join released as j on j.id = r.job
  where s.workflow = r.workflow
    and s.no = r.no;
end
$$;

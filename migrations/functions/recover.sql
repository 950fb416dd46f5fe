-- Takes what these workflows have with lost workers away from them: it is ready again, for whoever lives. Only
-- workers with manual recovery are there once they are lost; they are gone when they hold nothing more. The
-- caller holds the workflows' rows.
create function weir_internal.recover(p_workflow bigint[])
returns void
language plpgsql
as $$
declare
  v_worker text;
  v_job bigint[];
  v_workflow bigint[];
begin
  for v_worker in
    select w.id
    from weir_internal.worker as w
    where w.lost_at is not null
    order by w.id
  loop
    select array_agg(h.id), array_agg(h.workflow)
    into v_job, v_workflow
    from weir_internal.river_held(v_worker) as h
    where h.workflow in (select unnest(p_workflow));

    if v_job is not null then
      perform weir_internal.requeue(v_worker, v_job, v_workflow, true, null);
    end if;
    perform weir_internal.forget_worker(v_worker);
  end loop;
end
$$;

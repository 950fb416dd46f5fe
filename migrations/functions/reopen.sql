-- Sets FAILED and CANCELED workflows going again; others of these are left as they are. One behind a limit is
-- PENDING first. The caller holds their rows.
create function weir_internal.reopen(p_workflow bigint[])
returns void
language plpgsql
as $$
declare
  v_stopped bigint[];
  v_pending bigint[];
begin
  v_stopped := array(
    select w.id
    from weir_internal.workflow as w
    where w.id = any (p_workflow)
      and w.status::text in ('FAILED', 'CANCELED') -- as text: found by id
  );
  v_pending := array(select distinct q from weir_internal.take_slots(v_stopped) as q);

  update weir_internal.workflow as w
  set status = 'PENDING', started_at = null, finished_at = null, failed_step = null, cancel_reason = null
  where w.id = any (v_pending);

  perform weir_internal.set_going(array(
    select s.id
    from unnest(v_stopped) as s (id)
    where s.id <> all (v_pending)
  ));

  if v_pending <> '{}' then
    perform weir_internal.admit(v_pending);
  end if;
end
$$;

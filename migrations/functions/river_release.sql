-- Lets River fetch these jobs if they were withheld. Returns those that were.
create function weir_internal.river_release(p_id bigint[])
returns setof bigint
language plpgsql
as $$
declare
  v_id bigint[];
  v_queue text[];
begin
  with released as (
    update weir_internal.river_job as j
    set state = 'available', scheduled_at = clock_timestamp()
    where j.id = any (p_id)
      and j.state = 'pending'
    returning j.id, j.queue
  )
  select array_agg(r.id), array_agg(distinct r.queue)
  into v_id, v_queue
  from released as r;

  perform weir_internal.river_wake(v_queue);
  return query select unnest(v_id);
end
$$;

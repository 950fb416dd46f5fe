-- Wakes the processes that wait for jobs of these queues. (PL/pgSQL for the reason that hands has.)
create function weir_internal.river_wake(p_queue text[])
returns void
language plpgsql
as $$
begin
  perform pg_notify('weir_internal.river_insert', json_build_object('queue', q.queue)::text)
  from (select distinct unnest(p_queue)) as q (queue);
end
$$;

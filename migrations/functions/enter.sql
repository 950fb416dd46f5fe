-- Enters the gate (try_enter), or refuses a worker that has lost its lease (WF005).
create function weir_internal.enter(p_worker text)
returns text[]
language plpgsql
as $$
declare
  v_worker weir_internal.worker := weir_internal.try_enter(p_worker);
begin
  if v_worker.id is null then
    raise exception 'worker % has lost its lease', p_worker using errcode = 'WF005';
  end if;
  return v_worker.functions;
end
$$;

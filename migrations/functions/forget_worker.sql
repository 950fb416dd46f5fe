-- Removes a worker that holds nothing. False when it does.
create function weir_internal.forget_worker(p_worker text)
returns boolean
language plpgsql
as $$
begin
  if exists (select from weir_internal.river_held(p_worker) as h) then
    return false;
  end if;

  delete from weir_internal.worker as w
  where w.id = p_worker;
  return true;
end
$$;

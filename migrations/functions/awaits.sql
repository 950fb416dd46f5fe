-- The state in which a step of this function waits, without a worker, once its dependencies are done; null of a
-- function that a worker runs.
create function weir_internal.awaits(p_function text)
returns weir_internal.step_state
language sql
immutable
as $$
  select case p_function
    when 'weir.sleep' then 'scheduled'::weir_internal.step_state
    when 'weir.wait' then 'scheduled'
    when 'weir.event' then 'parked'
  end
$$;

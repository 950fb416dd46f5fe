-- The call that a step of weir.call has made.
create function weir_internal.actor_called(p_workflow bigint, p_step integer)
returns setof weir_internal.actor_call
language sql
stable
as $$
  select c.*
  from weir_internal.actor_call as c
  where c.caller = concat_ws('/', 'w', p_workflow, p_step)
  limit 1
$$;

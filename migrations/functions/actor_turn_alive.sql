-- Whether a turn will be gone on with: a worker that exists holds it, or a live job will bring one.
create function weir_internal.actor_turn_alive(p_turn weir_internal.actor_turn)
returns boolean
language sql
stable
as $$
  select case
    when p_turn.worker is not null then exists (select from weir_internal.worker as w where w.id = p_turn.worker)
    else weir_internal.river_alive(p_turn.job)
  end
$$;

-- When a sleep that is reached at p_now ends. Its one argument says {"seconds": n} or {"until": time}.
create function weir_internal.wake_time(p_args jsonb, p_now timestamptz)
returns timestamptz
language sql
stable
as $$
  select coalesce(
    (p_args #>> '{0,v,until}')::timestamptz,
    p_now + make_interval(secs => (p_args #>> '{0,v,seconds}')::double precision)
  )
$$;

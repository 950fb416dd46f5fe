-- When something ran, in seconds since 1970. What isn't known has no key.
create function weir_internal.stats(p_started_at timestamptz, p_ended_at timestamptz)
returns jsonb
language sql
immutable
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'start_time', extract(epoch from p_started_at),
    'end_time', extract(epoch from p_ended_at)
  ))
$$;

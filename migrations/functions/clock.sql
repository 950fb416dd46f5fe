-- The only clock for stored times. A test pins it for its session: set weir.clock = '2026-01-01T00:00:00Z'.
create function weir_internal.clock()
returns timestamptz
language sql
volatile
as $$
  select coalesce(nullif(current_setting('weir.clock', true), '')::timestamp with time zone, clock_timestamp())
$$;

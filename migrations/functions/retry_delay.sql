-- How long a step waits after its p_failures-th failure, or null when it is not to be tried again.
--
-- Exponential backoff, backoff * factor ^ (failures - 1), at most max_backoff, spread evenly over 20 % to
-- either side so that steps which failed together don't come back together. A missing setting has its
-- default: 3 retries (-1 is no limit), 1 s, x 2, up to 100 s.
create function weir_internal.retry_delay(p_policy jsonb, p_failures integer)
returns interval
language sql
volatile
as $$
  select case
    when p.retries >= 0 and p_failures > p.retries then null
    when p.backoff_ms = 0 then interval '0'
    else make_interval(
      secs => least(p.backoff_ms * power(p.factor, least(p_failures - 1, 64)), p.max_backoff_ms) / 1000 * (0.8 + random() * 0.4)
    )
  end
  from (
    select
      coalesce((p_policy ->> 'retries')::integer, 3) as retries,
      coalesce((p_policy ->> 'backoff_ms')::double precision, 1000) as backoff_ms,
      coalesce((p_policy ->> 'factor')::double precision, 2) as factor,
      coalesce((p_policy ->> 'max_backoff_ms')::double precision, 100000) as max_backoff_ms
  ) as p
$$;

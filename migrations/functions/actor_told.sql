-- A row that tells about one item and hands over nothing.
create function weir_internal.actor_told(p_verdict text, p_ord integer, p_actor bigint, p_seq bigint, p_args jsonb default null)
returns weir_internal.actor_hand
language sql
immutable
as $$
  select row(
    p_verdict, p_ord, p_actor, null, null, null, null, null, p_seq, null, null, null, p_args, null, null
  )::weir_internal.actor_hand
$$;

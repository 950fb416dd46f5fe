-- Makes sure that there is an actor of this type and id, and says whether there was none. Its constructor is called
-- with args then; of one that exists they are ignored, and so are queue and metadata. It exists when the caller's
-- transaction commits. A null is what the argument defaults to. Error: WF006 bad input.
create function weir.actor_get_or_create(
  type text,
  id text,
  args jsonb default 'null',
  queue text default 'default',
  metadata jsonb default '{}'
)
returns boolean
language plpgsql
as $$
declare
  v_queue text := coalesce(queue, 'default');
  v_seq bigint;
begin
  perform weir_internal.check_actor(type, id);
  if jsonb_typeof(metadata) <> 'object' then
    perform weir_internal.refuse('metadata', 'is not a JSON object');
  elsif octet_length(v_queue) > 64 or v_queue !~ '^[a-z0-9]+([_-][a-z0-9]+)*$' then
    perform weir_internal.refuse('queue', format('is %L: up to 64 of a-z and 0-9, with single _ or - between', v_queue));
  end if;

  for v_try in 1 .. 5 loop
    select h.seq
    into v_seq
    from weir_internal.actor_create(
      null, array[type], array[id], array[v_queue], array[coalesce(args, 'null')], array[metadata], array[false], true
    ) as h;

    if found then
      return v_seq > 0;
    end if;
  end loop;

  raise exception 'actor % % is deleted again and again', type, quote_literal(id) using errcode = 'WF004';
end
$$;

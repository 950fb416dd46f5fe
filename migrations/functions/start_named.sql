-- Starts the workflow that a registered name stands for, and returns its id. It has one step, whose function is of
-- that name and gets the input; no worker has to know it yet. Within the caller's transaction: it exists when that
-- commits. So a trigger may call it.
--
-- workflow_id   a random UUID unless it is given
-- on_existing   what to do about an id that is taken: 'resume' a failed or cancelled workflow, else attach;
--               'attach'; or 'reject'. Input and metadata stay as they were in any case.
-- queue         whose workers run the step
--
-- A null is what the argument defaults to; name and input may not be null. Errors: WF002 rejected, WF004 workflows of
-- this id are deleted again and again meanwhile, WF006 bad input, WF010 too many wait behind a limit.
create function weir.start(
  name text,
  input jsonb default 'null',
  workflow_id text default null,
  metadata jsonb default '{}',
  on_existing text default 'resume',
  queue text default 'default'
)
returns text
language plpgsql
as $$
declare
  v_id text := coalesce(workflow_id, weir_internal.random_id());
  v_existing text := coalesce(on_existing, 'resume');
  v_queue text := coalesce(queue, 'default');
  v_created boolean;
begin
  perform weir_internal.check_text('name', name, 127);
  perform weir_internal.check_text('workflow_id', v_id, 255);
  if starts_with(name, 'weir.') then
    perform weir_internal.refuse('name', 'is reserved: names that start with "weir." are the engine''s');
  elsif input is null then
    perform weir_internal.refuse('input', 'is null; the JSON null is written ''null''');
  elsif jsonb_typeof(metadata) <> 'object' then
    perform weir_internal.refuse('metadata', 'is not a JSON object');
  elsif v_existing not in ('resume', 'attach', 'reject') then
    perform weir_internal.refuse('on_existing', format('is %L: one of resume, attach and reject', v_existing));
  elsif octet_length(v_queue) > 64 or v_queue !~ '^[a-z0-9]+([_-][a-z0-9]+)*$' then
    perform weir_internal.refuse('queue', format('is %L: up to 64 of a-z and 0-9, with single _ or - between', v_queue));
  end if;

  -- Neither stored nor there: it was deleted between the two looks.
  for v_try in 1 .. 5 loop
    select s.created
    into v_created
    from weir_internal.start(
      array[v_id], array[name], array[metadata], array[null::bigint], array[1], array[v_existing],
      array[1], array[0], array[name], array[name], array[v_queue], array['{}'], array['{}'], array[0], array[false],
      array[jsonb_build_array(jsonb_build_object('v', input))], array[null::jsonb], array[null::jsonb], true, true
    ) as s;

    if found and v_existing = 'reject' and not v_created then
      raise exception 'workflow % exists', quote_literal(v_id) using errcode = 'WF002';
    elsif found then
      return v_id;
    end if;
  end loop;

  raise exception 'workflow % is deleted again and again', quote_literal(v_id) using errcode = 'WF004';
end
$$;

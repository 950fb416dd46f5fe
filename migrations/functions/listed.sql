-- The keys of the workflows on one page of weir.list, the newest first.
--
-- Each status is looked up on its own, so that an index has its workflows in order, and the page is the newest
-- of what all of them gave. A status, or else a name, is asked for as a range of that index, in its order: of
-- an equality the planner knows too much, and reads all workflows backwards until it has met enough.
create function weir_internal.listed(
  p_status text[],
  p_name text,
  p_metadata jsonb,
  p_id_prefix text,
  p_created_from timestamptz,
  p_created_before timestamptz,
  p_finished_from timestamptz,
  p_finished_before timestamptz,
  p_after text,
  p_page_size integer
)
returns bigint[]
language plpgsql
stable
as $$
declare
  v_unknown text;
  v_before bigint := 9223372036854775807;
  v_metadata jsonb := nullif(p_metadata, '{}');
  v_pattern text := regexp_replace(p_id_prefix, '([\\%_])', '\\\1', 'g') || '%';
  v_status weir_internal.workflow_status;
  v_stalled boolean;
  v_page bigint[] := '{}';
begin
  select s.status
  into v_unknown
  from unnest(p_status) as s (status)
  where (s.status = any (enum_range(null::weir_internal.workflow_status)::text[] || '{RESUMABLE}')) is not true;

  case
    when found then
      perform weir_internal.refuse('status', format('%L is unknown', v_unknown));
    when jsonb_typeof(p_metadata) <> 'object' then
      perform weir_internal.refuse('metadata', 'is not a JSON object');
    when p_after !~ '^\d{1,18}$' then
      perform weir_internal.refuse('after', format('%L is no cursor of a list', p_after));
    when (p_page_size between 1 and 1000) is not true then
      perform weir_internal.refuse('page_size', format('is %s: between 1 and 1000', coalesce(p_page_size::text, 'null')));
    else
      v_before := coalesce(p_after::bigint, v_before);
  end case;

  for v_status, v_stalled in
    select
      s.stored,
      case when s.stored = 'RUNNING' and count(distinct s.status) = 1 then min(s.status) = 'RESUMABLE' end
    from (
      select f.status, case f.status when 'RESUMABLE' then 'RUNNING' else f.status end as stored
      from unnest(coalesce(p_status, array[null])) as f (status)
    ) as s
    group by s.stored
  loop
    v_page := array(
      select p.id
      from (
        select unnest(v_page) as id
        union all
        (
          select w.id
          from weir_internal.workflow as w
          where case
              when v_status is not null then
                (w.status, w.id) between (v_status, 0) and (v_status, v_before - 1) and (p_name is null or w.name = p_name)
              when p_name is not null then
                w.name is not null and (w.name, w.id) between (p_name, 0) and (p_name, v_before - 1) -- its index is partial
              else w.id < v_before
            end
            and (v_metadata is null or w.metadata <> '{}' and w.metadata @> v_metadata)
            and (v_pattern is null or w.workflow_id like v_pattern)
            and (p_created_from is null or w.created_at >= p_created_from)
            and (p_created_before is null or w.created_at < p_created_before)
            and (p_finished_from is null or w.finished_at >= p_finished_from)
            and (p_finished_before is null or w.finished_at < p_finished_before)
            and (v_stalled is null or weir_internal.is_stalled(w.id) = v_stalled)
          order by
            case when v_status is not null then w.status end desc,
            case when v_status is null and p_name is not null then w.name end desc,
            w.id desc
          limit p_page_size
        )
      ) as p
      order by p.id desc
      limit p_page_size
    );
  end loop;

  return v_page;
end
$$;

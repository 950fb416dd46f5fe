-- What a step of weir.wait returns: the outcomes of those of its dependencies that are done, at most as many as
-- it waits for, the first to finish before others; and which remain, as references that a graph of the same
-- workflow can take. Both are in the order of its list.
create function weir_internal.split(p_workflow bigint, p_args jsonb, p_dependencies integer[])
returns jsonb
language plpgsql
stable
as $$
begin
  return (
    with taken as materialized ( -- once, and not for each step of the workflow
      select i.outputs, i.errors
      from weir_internal.inputs(p_workflow, p_dependencies) as i
    ),
    listed as (
      select
        l.position,
        l.item ? 't' as caught,
        s.no,
        t.outputs[p.place] as output,
        t.errors[p.place] as error,
        coalesce(
          (s.state = 'succeeded' or s.state = 'failed' and s.caught)
          and row_number() over (order by s.finished_at, l.position) <= weir_internal.wait_count(p_args, p_dependencies),
          false
        ) as ready
      from taken as t
      cross join jsonb_array_elements(p_args #> '{1,l}') with ordinality as l (item, position)
      cross join lateral (select coalesce(l.item ->> 'r', l.item ->> 't')::integer + 1) as p (place)
      join weir_internal.step as s on s.workflow = p_workflow and s.no = p_dependencies[p.place]
    )
    select jsonb_build_object(
      'ready', coalesce(jsonb_agg(
        case
          when not d.caught then d.output
          when d.error is not null then jsonb_build_object('error', d.error)
          else jsonb_build_object('value', d.output)
        end
        order by d.position
      ) filter (where d.ready), '[]'),
      'remaining', coalesce(jsonb_agg(
        jsonb_build_object('weir.step', d.no, 'weir.workflow', w.workflow_id)
          || case when d.caught then '{"try": true}' else '{}' end::jsonb
        order by d.position
      ) filter (where not d.ready), '[]')
    )
    from listed as d
    cross join weir_internal.workflow as w
    where w.id = p_workflow
  );
end
$$;

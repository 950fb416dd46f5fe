-- What is known of a step: its name before it was numbered, the steps that it depends on, its options, what the
-- user gave when binding it, and when its body ran: from its first attempt until it succeeded. What the graph
-- that it returned took isn't part of that. Errors: WF001 unknown id, WF008 no such step.
create function weir.step_metadata(workflow_id text, step text)
returns jsonb
language plpgsql
stable
as $$
declare
  v_workflow weir_internal.workflow := weir_internal.known_workflow(workflow_id);
  v_step weir_internal.step;
  v_type text;
begin
  select s.*
  into v_step
  from weir_internal.step as s
  where s.workflow = v_workflow.id
    and s.name = step_metadata.step;

  if not found then
    raise exception 'no step % in workflow %', quote_literal(step), quote_literal(workflow_id) using errcode = 'WF008';
  end if;
  v_type := case when v_step.function = 'weir.wait' then 'WAIT' else 'FUNCTION' end;

  return jsonb_build_object(
    'name', weir_internal.given_name(v_step),
    'step_type', v_type,
    'step_options', jsonb_strip_nulls(jsonb_build_object(
      'step_type', v_type,
      'max_retries', coalesce((v_step.policy ->> 'retries')::integer, 3),
      'catch_exceptions', v_step.caught,
      'queue', v_step.queue,
      'timeout', (v_step.policy ->> 'timeout_ms')::double precision / 1000
    )),
    'workflows', (
      select coalesce(jsonb_agg(d.name order by d.no), '[]')
      from weir_internal.step as d
      where d.workflow = v_workflow.id
        and d.no = any (v_step.dependencies)
    ),
    'workflow_refs', '[]'::jsonb,
    'user_metadata', coalesce(v_step.metadata, '{}'),
    'stats', weir_internal.stats(
      v_step.started_at,
      case
        when v_step.first_child is not null then (
          select c.created_at
          from weir_internal.step as c
          where c.workflow = v_workflow.id
            and c.no = v_step.first_child
        )
        when v_step.state = 'succeeded' then v_step.finished_at
      end
    )
  );
end
$$;

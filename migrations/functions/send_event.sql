-- Sends an event to a workflow that has not ended. It is kept until a step waits for its key, and given to one
-- step, once. Within the caller's transaction: it is there when that commits.
--
-- dedupe makes sending again harmless: false, and nothing done, when an event of this key, dedupe and payload
-- was accepted before. Errors: WF001 unknown id, WF003 it has ended, WF006 bad input, WF009 an event of this
-- key and dedupe, but with another payload, was accepted before; 0A000 the transaction has a snapshot that stays: a
-- step that has begun to wait since would not be in it.
create function weir.send_event(workflow_id text, key text, payload jsonb default 'null', dedupe text default null)
returns boolean
language plpgsql
as $$
#variable_conflict use_column
declare
  v_now timestamptz := weir_internal.clock();
  v_workflow weir_internal.workflow;
  v_done integer[];
begin
  perform weir_internal.check_text('key', send_event.key, 255);
  if send_event.dedupe is not null then
    perform weir_internal.check_text('dedupe', send_event.dedupe, 255);
  end if;
  if payload is null then
    perform weir_internal.refuse('payload', 'is null; the JSON null is written ''null''');
  end if;
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception 'an event can be sent in a transaction that is read committed, and not in one that is %',
      current_setting('transaction_isolation')
      using errcode = '0A000';
  end if;
  v_workflow := weir_internal.locked_workflow(workflow_id);
  if v_workflow.status not in ('RUNNING', 'PENDING') then
    raise exception 'workflow % is %', quote_literal(workflow_id), v_workflow.status using errcode = 'WF003';
  end if;

  insert into weir_internal.event (workflow, key, dedupe, payload, accepted_at)
  values (v_workflow.id, send_event.key, send_event.dedupe, send_event.payload, v_now)
  on conflict (workflow, key, dedupe) where (dedupe is not null) do nothing;

  if not found then
    if exists (
      select
      from weir_internal.event as e
      where e.workflow = v_workflow.id
        and e.key = send_event.key
        and e.dedupe = send_event.dedupe
        and e.payload = send_event.payload
    ) then
      return false;
    end if;
    raise exception 'event % of workflow %: one with dedupe % and another payload was accepted before',
      quote_literal(key), quote_literal(workflow_id), quote_literal(dedupe)
      using errcode = 'WF009';
  end if;

  select array_agg(d.no)
  into v_done
  from weir_internal.deliver_events(array[v_workflow.id], array[send_event.key], v_now) as d;

  if v_done is not null then
    perform weir_internal.arrive_alone(array_fill(v_workflow.id, array[cardinality(v_done)]), v_done, v_now);
  end if;
  return true;
end
$$;

-- One page of the workflows that pass every filter given, the newest first; those of one moment in the order in
-- which they were stored. Metadata passes when it contains all that is asked for; of a range of times the first
-- belongs to it, the last doesn't. What is RESUMABLE isn't RUNNING.
--
-- after is the cursor of the last row seen: the page goes on behind it, also when that workflow is gone. Error:
-- WF006 an unknown status, metadata that is no object, a malformed cursor, a page_size outside of 1 .. 1000.
create function weir.list(
  status text[] default null,
  name text default null,
  metadata jsonb default null,
  id_prefix text default null,
  created_from timestamptz default null,
  created_before timestamptz default null,
  finished_from timestamptz default null,
  finished_before timestamptz default null,
  after text default null,
  page_size integer default 100
)
returns table (
  workflow_id text,
  name text,
  status text,
  metadata jsonb,
  steps integer,
  created_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  failed_step text,
  error jsonb,
  cancel_reason text,
  cursor text
)
language sql
stable
set plan_cache_mode = force_custom_plan -- a filter that isn't given must not be in the plan
as $$
  select
    v.workflow_id, v.name, v.status, v.metadata, v.steps, v.created_at, v.started_at, v.finished_at, v.failed_step, v.error,
    v.cancel_reason, w.id::text
  from unnest(weir_internal.listed(
    list.status, list.name, list.metadata, list.id_prefix, list.created_from, list.created_before, list.finished_from,
    list.finished_before, list.after, list.page_size
  )) as l (id)
  left join weir_internal.workflow as w on w.id = l.id -- left: bad input is refused where there is nothing, too
  left join weir.workflows as v on v.workflow_id = w.workflow_id
  order by l.id desc
$$;

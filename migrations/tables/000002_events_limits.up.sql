-- Older workers keep working beside it. Starts wait while the indexes on workflow are built.
--
-- Who is authoritative for what
--
--   event           what was sent to a workflow, and which step got it
--   event_wait      which parked step waits for which key
--   workflow_limit  how many workflows of a name, or of a queue, may run at once
--   workflow_slot   which workflows run, or wait to run, under a limit
--
-- A workflow that waits for its turn is PENDING: its steps are stored halted, and to admit it is to reopen it.
-- What runs under a limit is counted from workflow_slot, so no counter can drift. A limit that was lifted has no
-- max_running, and is gone once nobody waits behind it.
--
-- What a dead worker with manual recovery held is ready again like any other's, but its new River jobs are
-- `pending`, in which River fetches none: they become available when somebody resumes the workflow.
--
-- Lock order: after the workflow rows, step rows and timers of 000001 come event_wait, event, workflow_slot, and
-- last workflow_limit. Who holds a limit's row waits for no workflow: it skips those that are locked.

create table weir_internal.event (
  id bigint generated always as identity,
  workflow bigint not null,
  key text collate "C" not null,
  dedupe text collate "C",
  payload jsonb not null,
  accepted_at timestamptz not null,
  step integer,
  delivered_at timestamptz,
  constraint event_pkey primary key (id),
  constraint event_key_is_text check (octet_length(key) between 1 and 255 and key !~ '[[:cntrl:]]'),
  constraint event_dedupe_is_text check (octet_length(dedupe) between 1 and 255 and dedupe !~ '[[:cntrl:]]'),
  constraint event_delivered_to_step check ((step is null) = (delivered_at is null))
);

create unique index event_dedupe_idx on weir_internal.event (workflow, key, dedupe) where dedupe is not null;
create index event_waiting_idx on weir_internal.event (workflow, key, id) where step is null;
create index event_workflow_idx on weir_internal.event (workflow, id);

create table weir_internal.event_wait (
  workflow bigint not null,
  key text collate "C" not null,
  no integer not null,
  since timestamptz not null,
  constraint event_wait_pkey primary key (workflow, key, no)
);

create table weir_internal.workflow_limit (
  scope text not null,
  key text collate "C" not null,
  max_running integer,
  max_pending integer,
  constraint workflow_limit_pkey primary key (scope, key),
  constraint workflow_limit_scope_is_known check (scope in ('name', 'queue')),
  constraint workflow_limit_lets_some_run check (max_running > 0),
  constraint workflow_limit_pending_not_negative check (max_pending >= 0)
);

create table weir_internal.workflow_slot (
  workflow bigint not null,
  scope text not null,
  key text collate "C" not null,
  admitted boolean not null,
  constraint workflow_slot_pkey primary key (workflow, scope)
);

create index workflow_slot_limit_idx on weir_internal.workflow_slot (scope, key, admitted, workflow);

-- Whether steps may be left when its root is done: those that a wait for some of them did not wait for.
alter table weir_internal.workflow
  add column loose boolean not null default false;

alter table weir_internal.worker
  add column manual boolean not null default false;

create index workflow_name_idx on weir_internal.workflow (name, id) where name is not null;
create index workflow_metadata_idx on weir_internal.workflow using gin (metadata jsonb_path_ops) where metadata <> '{}';
create index workflow_created_idx on weir_internal.workflow using brin (created_at);

-- Enums, composite types and domains.

create type weir_internal.actor_call_status as enum ('QUEUED', 'CONTINUED', 'SUCCESSFUL', 'FAILED');

create type weir_internal.actor_hand as (
  verdict text,
  ord integer,
  actor bigint,
  type text,
  actor_id text,
  epoch bigint,
  careful boolean,
  state jsonb,
  seq bigint,
  method text,
  name text,
  attempt integer,
  args jsonb,
  policy jsonb,
  tick text
);

create type weir_internal.actor_status as enum ('CREATING', 'READY', 'FAILED', 'BLOCKED', 'CONTINUING');

create type weir_internal.catch_up as enum ('all', 'one', 'none');

create type weir_internal.hand as (
  verdict text,
  ord integer,
  workflow bigint,
  workflow_id text,
  no integer,
  epoch integer,
  attempt integer,
  failures integer,
  name text,
  function text,
  queue text,
  args jsonb,
  policy jsonb,
  outputs jsonb[],
  errors jsonb[]
);

create type weir_internal.river_job_state as enum ('available', 'cancelled', 'completed', 'discarded', 'pending', 'retryable', 'running', 'scheduled');

create type weir_internal.step_state as enum ('waiting', 'ready', 'running', 'scheduled', 'parked', 'delegated', 'halted', 'succeeded', 'failed');

create type weir_internal.workflow_status as enum ('PENDING', 'RUNNING', 'SUCCESSFUL', 'FAILED', 'CANCELED');

-- Sequences; those of identity columns belong to their column.

create sequence weir_internal.actor_epoch_seq as bigint increment 1 minvalue 1 maxvalue 9223372036854775807 start 1 cache 1;

create sequence weir_internal.river_job_id_seq as bigint increment 1 minvalue 1 maxvalue 9223372036854775807 start 1 cache 1 owned by weir_internal.river_job.id;

create sequence weir_internal.river_notification_id_seq as bigint increment 1 minvalue 1 maxvalue 9223372036854775807 start 1 cache 1 owned by weir_internal.river_notification.id;

create sequence weir_internal.worker_lock_key as integer increment 1 minvalue 1 maxvalue 2147483647 start 1 cache 1 cycle;

-- Tables with their columns in order, and their storage parameters.

create table weir_internal.actor (
  id bigint not null,
  created_at timestamp with time zone not null,
  type text collate "C" not null,
  actor_id text collate "C" not null,
  queue text collate "C" not null,
  args jsonb not null,
  metadata jsonb not null,
  status weir_internal.actor_status not null,
  accepted bigint not null,
  answered bigint not null,
  updated_at timestamp with time zone not null,
  version bigint not null,
  nests integer not null default 0,
  state jsonb,
  error jsonb
) with (fillfactor=70);

create table weir_internal.actor_call (
  actor bigint not null,
  seq bigint not null,
  accepted_at timestamp with time zone not null,
  method text collate "C" not null,
  name text collate "C",
  args jsonb,
  policy jsonb,
  metadata jsonb,
  tick text collate "C",
  status weir_internal.actor_call_status not null default 'QUEUED'::weir_internal.actor_call_status,
  attempt integer not null default 0,
  failures integer not null default 0,
  lost integer not null default 0,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  result jsonb,
  error jsonb,
  caller text collate "C",
  workflow bigint,
  step integer,
  waiter_actor bigint,
  waiter_seq bigint,
  nested boolean,
  continues_as bigint
) with (fillfactor=70);

create table weir_internal.actor_query (
  job bigint not null,
  actor bigint not null,
  asked_at timestamp with time zone not null,
  answered_at timestamp with time zone,
  query text collate "C" not null,
  args jsonb not null,
  result jsonb,
  error jsonb
);

create table weir_internal.actor_reply (
  workflow bigint not null,
  step integer not null
);

create table weir_internal.actor_turn (
  actor bigint not null,
  epoch bigint not null,
  worker text collate "C",
  job bigint,
  lost integer not null default 0,
  since timestamp with time zone not null
) with (fillfactor=50);

create table weir_internal.audit (
  id bigint not null generated always as identity,
  at timestamp with time zone not null,
  who text not null,
  what text not null,
  target text not null,
  reason text not null,
  detail jsonb not null
);

create table weir_internal.event (
  id bigint not null generated always as identity,
  workflow bigint not null,
  key text collate "C" not null,
  dedupe text collate "C",
  payload jsonb not null,
  accepted_at timestamp with time zone not null,
  step integer,
  delivered_at timestamp with time zone
);

create table weir_internal.event_wait (
  workflow bigint not null,
  key text collate "C" not null,
  no integer not null,
  since timestamp with time zone not null
);

create table weir_internal.reminder (
  actor bigint not null,
  name text collate "C" not null,
  created_at timestamp with time zone not null,
  at timestamp with time zone,
  every interval,
  due timestamp with time zone not null,
  catch_up weir_internal.catch_up not null,
  calls bigint not null default 0,
  last_call bigint,
  method text collate "C" not null,
  label text collate "C",
  args jsonb not null,
  policy jsonb,
  metadata jsonb,
  size bigint generated always as ((octet_length((args)::text) + COALESCE(octet_length((metadata)::text), 0))) stored
) with (fillfactor=70);

create table weir_internal.river_job (
  id bigint not null default nextval('weir_internal.river_job_id_seq'::regclass),
  state weir_internal.river_job_state not null default 'available'::weir_internal.river_job_state,
  attempt smallint not null default 0,
  max_attempts smallint not null default 25,
  attempted_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  finalized_at timestamp with time zone,
  scheduled_at timestamp with time zone not null default now(),
  priority smallint not null default 1,
  args jsonb not null,
  attempted_by text[],
  errors jsonb[],
  kind text not null,
  metadata jsonb not null default '{}'::jsonb,
  queue text not null default 'default'::text,
  tags character varying(255)[] not null default '{}'::character varying[],
  unique_key bytea,
  unique_states bit(8)
);

create unlogged table weir_internal.river_leader (
  elected_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  leader_id text not null,
  name text not null default 'default'::text
);

create table weir_internal.river_migration (
  line text not null,
  version bigint not null,
  created_at timestamp with time zone not null default now()
);

create table weir_internal.river_notification (
  id bigint not null default nextval('weir_internal.river_notification_id_seq'::regclass),
  created_at timestamp with time zone not null default now(),
  payload text not null,
  topic text not null
);

create table weir_internal.river_queue (
  name text not null,
  created_at timestamp with time zone not null default now(),
  metadata jsonb not null default '{}'::jsonb,
  paused_at timestamp with time zone,
  updated_at timestamp with time zone not null default CURRENT_TIMESTAMP
);

create table weir_internal.schema_migrations (
  version bigint not null,
  dirty boolean not null
);

create table weir_internal.schema_objects (
  singleton boolean not null default true,
  checksum text not null,
  applied_at timestamp with time zone not null default now()
);

create table weir_internal.step (
  workflow bigint not null,
  created_at timestamp with time zone not null,
  no integer not null,
  run integer not null,
  parent integer,
  caught boolean not null,
  name text collate "C" not null,
  function text collate "C" not null,
  queue text collate "C" not null,
  dependencies integer[] not null,
  dependents integer[] not null,
  args jsonb not null,
  policy jsonb,
  metadata jsonb,
  state weir_internal.step_state not null,
  pending integer not null,
  epoch integer not null default 0,
  attempt integer not null default 0,
  failures integer not null default 0,
  lost integer not null default 0,
  first_child integer,
  last_child integer,
  outcome_of integer,
  job bigint,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  wake_at timestamp with time zone,
  output jsonb,
  error jsonb
) with (fillfactor=70);

create table weir_internal.step_attempt (
  id bigint not null generated always as identity,
  workflow bigint not null,
  no integer not null,
  attempt integer not null,
  lost boolean not null,
  worker text,
  error_type text not null,
  message text not null,
  stack text,
  started_at timestamp with time zone,
  finished_at timestamp with time zone not null
);

create table weir_internal.step_name (
  workflow bigint not null,
  name text collate "C" not null,
  next integer not null
);

create table weir_internal.timer (
  workflow bigint not null,
  no integer not null,
  due timestamp with time zone not null
);

create table weir_internal.worker (
  id text collate "C" not null,
  lock_key integer not null,
  host text not null,
  pid integer not null,
  version text not null,
  functions text[] not null,
  queues text[] not null,
  session_lock boolean not null,
  draining boolean not null default false,
  started_at timestamp with time zone not null,
  beat_at timestamp with time zone not null,
  lease_until timestamp with time zone not null,
  manual boolean not null default false
) with (fillfactor=50);

create table weir_internal.workflow (
  id bigint not null generated by default as identity,
  created_at timestamp with time zone not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  fingerprint bigint not null,
  status weir_internal.workflow_status not null,
  root integer not null,
  steps integer not null,
  failed_step integer,
  workflow_id text collate "C" not null,
  name text collate "C",
  metadata jsonb not null,
  cancel_reason text,
  loose boolean not null default false,
  actor bigint,
  actor_seq bigint
) with (fillfactor=70);

create table weir_internal.workflow_limit (
  scope text not null,
  key text collate "C" not null,
  max_running integer,
  max_pending integer
);

create table weir_internal.workflow_slot (
  workflow bigint not null,
  scope text not null,
  key text collate "C" not null,
  admitted boolean not null
);

-- Constraints. Postgres 18 lists not null here too; it is shown with the column.

alter table weir_internal.actor add constraint actor_pkey PRIMARY KEY (id);

alter table weir_internal.actor add constraint actor_type_actor_id_key UNIQUE (type, actor_id);

alter table weir_internal.actor_call add constraint actor_call_pkey PRIMARY KEY (actor, seq);

alter table weir_internal.actor_query add constraint actor_query_answered_once CHECK (((answered_at IS NULL) = ((result IS NULL) AND (error IS NULL))));

alter table weir_internal.actor_query add constraint actor_query_pkey PRIMARY KEY (job);

alter table weir_internal.actor_reply add constraint actor_reply_pkey PRIMARY KEY (workflow, step);

alter table weir_internal.actor_turn add constraint actor_turn_pkey PRIMARY KEY (actor);

alter table weir_internal.audit add constraint audit_pkey PRIMARY KEY (id);

alter table weir_internal.event add constraint event_dedupe_is_text CHECK ((((octet_length(dedupe) >= 1) AND (octet_length(dedupe) <= 255)) AND (dedupe !~ '[[:cntrl:]]'::text)));

alter table weir_internal.event add constraint event_delivered_to_step CHECK (((step IS NULL) = (delivered_at IS NULL)));

alter table weir_internal.event add constraint event_key_is_text CHECK ((((octet_length(key) >= 1) AND (octet_length(key) <= 255)) AND (key !~ '[[:cntrl:]]'::text)));

alter table weir_internal.event add constraint event_pkey PRIMARY KEY (id);

alter table weir_internal.event_wait add constraint event_wait_pkey PRIMARY KEY (workflow, key, no);

alter table weir_internal.reminder add constraint reminder_due_is_finite CHECK (isfinite(due));

alter table weir_internal.reminder add constraint reminder_every_is_a_time CHECK (((every >= '00:00:00.1'::interval) AND (every <= '2600000:00:00'::interval)));

alter table weir_internal.reminder add constraint reminder_is_at_a_time CHECK (((at IS NOT NULL) OR (every IS NOT NULL)));

alter table weir_internal.reminder add constraint reminder_pkey PRIMARY KEY (actor, name);

alter table weir_internal.river_job add constraint finalized_or_finalized_at_null CHECK ((((finalized_at IS NULL) AND (state <> ALL (ARRAY['cancelled'::weir_internal.river_job_state, 'completed'::weir_internal.river_job_state, 'discarded'::weir_internal.river_job_state]))) OR ((finalized_at IS NOT NULL) AND (state = ANY (ARRAY['cancelled'::weir_internal.river_job_state, 'completed'::weir_internal.river_job_state, 'discarded'::weir_internal.river_job_state])))));

alter table weir_internal.river_job add constraint kind_length CHECK (((char_length(kind) > 0) AND (char_length(kind) < 128)));

alter table weir_internal.river_job add constraint max_attempts_is_positive CHECK ((max_attempts > 0));

alter table weir_internal.river_job add constraint priority_in_range CHECK (((priority >= 1) AND (priority <= 4)));

alter table weir_internal.river_job add constraint queue_length CHECK (((char_length(queue) > 0) AND (char_length(queue) < 128)));

alter table weir_internal.river_job add constraint river_job_pkey PRIMARY KEY (id);

alter table weir_internal.river_leader add constraint leader_id_length CHECK (((char_length(leader_id) > 0) AND (char_length(leader_id) < 128)));

alter table weir_internal.river_leader add constraint name_length CHECK ((name = 'default'::text));

alter table weir_internal.river_leader add constraint river_leader_pkey PRIMARY KEY (name);

alter table weir_internal.river_migration add constraint line_length CHECK (((char_length(line) > 0) AND (char_length(line) < 128)));

alter table weir_internal.river_migration add constraint river_migration_pkey1 PRIMARY KEY (line, version);

alter table weir_internal.river_migration add constraint version_gte_1 CHECK ((version >= 1));

alter table weir_internal.river_notification add constraint river_notification_pkey PRIMARY KEY (id);

alter table weir_internal.river_notification add constraint topic_length CHECK (((length(topic) > 0) AND (length(topic) < 128)));

alter table weir_internal.river_queue add constraint river_queue_pkey PRIMARY KEY (name);

alter table weir_internal.schema_migrations add constraint schema_migrations_pkey PRIMARY KEY (version);

alter table weir_internal.schema_objects add constraint schema_objects_one_row CHECK (singleton);

alter table weir_internal.schema_objects add constraint schema_objects_pkey PRIMARY KEY (singleton);

alter table weir_internal.step add constraint step_children_in_order CHECK (((first_child > no) AND (last_child >= first_child)));

alter table weir_internal.step add constraint step_counts_not_negative CHECK (((pending >= 0) AND (epoch >= 0) AND (attempt >= 0) AND (lost >= 0) AND (failures >= 0)));

alter table weir_internal.step add constraint step_delegates_to_children CHECK (((first_child IS NOT NULL) OR (state <> 'delegated'::weir_internal.step_state)));

alter table weir_internal.step add constraint step_finished_when_done CHECK (((finished_at IS NOT NULL) = (state = ANY (ARRAY['succeeded'::weir_internal.step_state, 'failed'::weir_internal.step_state]))));

alter table weir_internal.step add constraint step_has_job CHECK (((job IS NOT NULL) OR (state <> ALL (ARRAY['ready'::weir_internal.step_state, 'running'::weir_internal.step_state]))));

alter table weir_internal.step add constraint step_has_no_cycle CHECK (((no > ALL (dependencies)) AND (no < ALL (dependents))));

alter table weir_internal.step add constraint step_pending_only_while_waiting CHECK (((pending = 0) OR (state = ANY (ARRAY['waiting'::weir_internal.step_state, 'halted'::weir_internal.step_state, 'running'::weir_internal.step_state]))));

alter table weir_internal.step add constraint step_pkey PRIMARY KEY (workflow, no);

alter table weir_internal.step add constraint step_wakes_when_scheduled CHECK (((wake_at IS NOT NULL) OR (state <> 'scheduled'::weir_internal.step_state)));

alter table weir_internal.step_attempt add constraint step_attempt_pkey PRIMARY KEY (id);

alter table weir_internal.step_name add constraint step_name_pkey PRIMARY KEY (workflow, name);

alter table weir_internal.timer add constraint timer_is_due_some_day CHECK (isfinite(due));

alter table weir_internal.timer add constraint timer_pkey PRIMARY KEY (workflow, no);

alter table weir_internal.worker add constraint worker_lease_follows_beat CHECK ((lease_until > beat_at));

alter table weir_internal.worker add constraint worker_lock_key_key UNIQUE (lock_key);

alter table weir_internal.worker add constraint worker_pkey PRIMARY KEY (id);

alter table weir_internal.workflow add constraint workflow_failed_step_when_failed CHECK (((failed_step IS NOT NULL) = (status = 'FAILED'::weir_internal.workflow_status)));

alter table weir_internal.workflow add constraint workflow_finished_when_terminal CHECK (((finished_at IS NOT NULL) = (status = ANY (ARRAY['SUCCESSFUL'::weir_internal.workflow_status, 'FAILED'::weir_internal.workflow_status, 'CANCELED'::weir_internal.workflow_status]))));

alter table weir_internal.workflow add constraint workflow_id_is_text CHECK ((((octet_length(workflow_id) >= 1) AND (octet_length(workflow_id) <= 255)) AND (workflow_id !~ '[[:cntrl:]]'::text)));

alter table weir_internal.workflow add constraint workflow_metadata_is_object CHECK ((jsonb_typeof(metadata) = 'object'::text));

alter table weir_internal.workflow add constraint workflow_pkey PRIMARY KEY (id);

alter table weir_internal.workflow add constraint workflow_reason_when_canceled CHECK (((cancel_reason IS NULL) OR (status = 'CANCELED'::weir_internal.workflow_status)));

alter table weir_internal.workflow add constraint workflow_root_exists CHECK (((root >= 0) AND (root < steps)));

alter table weir_internal.workflow add constraint workflow_workflow_id_key UNIQUE (workflow_id);

alter table weir_internal.workflow_limit add constraint workflow_limit_lets_some_run CHECK ((max_running > 0));

alter table weir_internal.workflow_limit add constraint workflow_limit_pending_not_negative CHECK ((max_pending >= 0));

alter table weir_internal.workflow_limit add constraint workflow_limit_pkey PRIMARY KEY (scope, key);

alter table weir_internal.workflow_limit add constraint workflow_limit_scope_is_known CHECK ((scope = ANY (ARRAY['name'::text, 'queue'::text])));

alter table weir_internal.workflow_slot add constraint workflow_slot_pkey PRIMARY KEY (workflow, scope);

-- Indexes that no constraint made.

CREATE UNIQUE INDEX actor_call_caller_key ON weir_internal.actor_call USING btree (caller) WHERE (caller IS NOT NULL);

CREATE INDEX actor_call_nested_idx ON weir_internal.actor_call USING btree (actor, seq) WHERE nested;

CREATE INDEX actor_call_waiter_idx ON weir_internal.actor_call USING btree (waiter_actor) WHERE (waiter_actor IS NOT NULL);

CREATE INDEX actor_query_asked_at_idx ON weir_internal.actor_query USING btree (asked_at);

CREATE INDEX actor_turn_worker_idx ON weir_internal.actor_turn USING btree (worker) WHERE (worker IS NOT NULL);

CREATE UNIQUE INDEX event_dedupe_idx ON weir_internal.event USING btree (workflow, key, dedupe) WHERE (dedupe IS NOT NULL);

CREATE INDEX event_waiting_idx ON weir_internal.event USING btree (workflow, key, id) WHERE (step IS NULL);

CREATE INDEX event_workflow_idx ON weir_internal.event USING btree (workflow, id);

CREATE INDEX reminder_due_idx ON weir_internal.reminder USING btree (due);

CREATE INDEX river_job_args_index ON weir_internal.river_job USING gin (args);

CREATE INDEX river_job_kind ON weir_internal.river_job USING btree (kind);

CREATE INDEX river_job_metadata_index ON weir_internal.river_job USING gin (metadata);

CREATE INDEX river_job_prioritized_fetching_index ON weir_internal.river_job USING btree (state, queue, priority, scheduled_at, id);

CREATE INDEX river_job_state_and_finalized_at_index ON weir_internal.river_job USING btree (state, finalized_at) WHERE (finalized_at IS NOT NULL);

CREATE UNIQUE INDEX river_job_unique_idx ON weir_internal.river_job USING btree (unique_key) WHERE ((unique_key IS NOT NULL) AND (unique_states IS NOT NULL) AND weir_internal.river_job_state_in_bitmask(unique_states, state));

CREATE INDEX river_notification_created_at_idx ON weir_internal.river_notification USING btree (created_at);

CREATE INDEX river_notification_topic_id_idx ON weir_internal.river_notification USING btree (topic, id);

CREATE INDEX step_attempt_step_idx ON weir_internal.step_attempt USING btree (workflow, no);

CREATE INDEX timer_due_idx ON weir_internal.timer USING btree (due);

CREATE INDEX workflow_created_idx ON weir_internal.workflow USING brin (created_at);

CREATE INDEX workflow_metadata_idx ON weir_internal.workflow USING gin (metadata jsonb_path_ops) WHERE (metadata <> '{}'::jsonb);

CREATE INDEX workflow_name_idx ON weir_internal.workflow USING btree (name, id) WHERE (name IS NOT NULL);

CREATE INDEX workflow_status_idx ON weir_internal.workflow USING btree (status, id);

CREATE INDEX workflow_slot_limit_idx ON weir_internal.workflow_slot USING btree (scope, key, admitted, workflow);

-- Functions and procedures, whole.

CREATE OR REPLACE FUNCTION weir."check"()
 RETURNS TABLE(invariant text, workflow_id text, step text, detail text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
  with live as materialized (
    select w.id, w.workflow_id, w.status, w.root
    from weir_internal.workflow as w
    where w.status in ('PENDING', 'RUNNING')
  ),
  open_step as materialized (
    select
      l.workflow_id, l.status, s.workflow, s.no, s.name, s.function, s.state, s.pending, s.job, s.args, s.dependencies,
      s.parent, s.last_child,
      -- True when the caller of a run has checkpointed its dependency and holds this step too.
      s.state in ('waiting', 'running') and cardinality(s.dependencies) = 1 and exists (
        select
        from weir_internal.step as d
        where d.workflow = s.workflow
          and d.no = s.dependencies[1]
          and d.no = s.no - 1
          and d.state = 'succeeded'
          and weir_internal.river_alive(d.job)
      ) as held_in_run
    from live as l
    join weir_internal.step as s on s.workflow = l.id
    where s.state not in ('succeeded', 'failed')
  )
  select 'a live workflow has a job, a timer or a wait', l.workflow_id, null::text, 'nothing will bring it forward'
  from live as l
  where l.status = 'RUNNING'
    and l.id not in ( -- hashed, whatever the statistics say
      select s.workflow
      from open_step as s
      where s.state in ('ready', 'running', 'scheduled', 'parked')
        or s.held_in_run
    )
  union all
  select 'a ready or running step has a live job', s.workflow_id, s.name, format('%s, job %s', s.state, s.job)
  from open_step as s
  where s.state in ('ready', 'running')
    and not weir_internal.river_alive(s.job)
  union all
  select 'a scheduled step has a timer', s.workflow_id, s.name, null
  from open_step as s
  where s.state = 'scheduled'
    and not exists (select from weir_internal.timer as t where t.workflow = s.workflow and t.no = s.no)
  union all
  select 'a timer has a step that waits', null, null, format('workflow %s, step %s', t.workflow, t.no)
  from weir_internal.timer as t
  where not exists (
    select
    from weir_internal.step as s
    where s.workflow = t.workflow
      and s.no = t.no
      and (s.state in ('scheduled', 'parked') or s.state = 'waiting' and s.function = 'weir.wait')
  )
  union all
  select 'a parked step waits for an event', s.workflow_id, s.name, null
  from open_step as s
  where s.state = 'parked'
    and s.function = 'weir.event'
    and not exists (
      select
      from weir_internal.event_wait as e
      where e.workflow = s.workflow
        and e.key = weir_internal.event_key(s.args)
        and e.no = s.no
    )
  union all
  select 'a parked call waits for its answer, or is told of it', s.workflow_id, s.name, null
  from open_step as s
  where s.state = 'parked'
    and s.function = 'weir.call'
    and not exists (
      select
      from weir_internal.actor_called(s.workflow, s.no) as c
      where c.finished_at is null
    )
    and not exists (select from weir_internal.actor_reply as r where r.workflow = s.workflow and r.step = s.no)
  union all
  select 'who waits for an event is parked', null, null, format('workflow %s, step %s', e.workflow, e.no)
  from weir_internal.event_wait as e
  where not exists (
    select
    from weir_internal.step as s
    where s.workflow = e.workflow
      and s.no = e.no
      and s.state = 'parked'
  )
  union all
  select 'an event that is there is not waited for', null, null, format('workflow %s, key %s', w.workflow, w.key)
  from weir_internal.event_wait as w
  where exists (select from weir_internal.event as e where e.workflow = w.workflow and e.key = w.key and e.step is null)
    and not exists (
      select
      from weir_internal.timer as t
      where t.workflow = w.workflow
        and t.no = w.no
        and t.due <= weir_internal.clock()
    )
  union all
  select 'a PENDING workflow waits behind a limit', l.workflow_id, null, null
  from live as l
  where (l.status = 'PENDING') <> exists (select from weir_internal.workflow_slot as s where s.workflow = l.id and not s.admitted)
  union all
  select 'a slot belongs to a workflow that runs or waits', null, null, format('workflow %s', s.workflow)
  from weir_internal.workflow_slot as s
  where s.workflow not in (select l.id from live as l)
  union all
  select 'pending is the true count', s.workflow_id, s.name, format('%s: pending %s, not done %s', s.state, s.pending, c.open)
  from open_step as s
  cross join lateral (
    select
      case
        when s.function = 'weir.wait'
        then greatest(weir_internal.wait_count(s.args, s.dependencies) - cardinality(s.dependencies) + count(*), 0)
        else count(*)
      end::integer as open
    from weir_internal.unmet(s.workflow, s.dependencies) as d
  ) as c
  where s.state <> 'halted'
    and s.pending <> c.open
    and not s.held_in_run
  union all
  select 'a delegated step waits for its sub-graph', s.workflow_id, s.name, null
  from open_step as s
  join weir_internal.step as c on c.workflow = s.workflow and c.no = s.last_child
  where s.state = 'delegated'
    and c.state in ('succeeded', 'failed')
  union all
  select 'a step halts only with what it belongs to', s.workflow_id, s.name, null
  from open_step as s
  where s.state = 'halted'
    and s.status = 'RUNNING'
    and (s.parent is null or exists (
      select
      from weir_internal.step as p
      where p.workflow = s.workflow
        and p.no = s.parent
        and p.state in ('delegated', 'running', 'ready')
    ))
  union all
  select 'nothing runs in a workflow that has ended', w.workflow_id, s.name, s.state::text
  from weir_internal.step as s
  join weir_internal.workflow as w on w.id = s.workflow
  where s.state not in ('succeeded', 'failed', 'halted')
    and w.status in ('SUCCESSFUL', 'FAILED', 'CANCELED')
  union all
  select 'a step is done after its dependencies', w.workflow_id, s.name, null
  from weir_internal.step as s
  join weir_internal.workflow as w on w.id = s.workflow
  where s.state in ('succeeded', 'delegated')
    and s.function <> 'weir.wait'
    and exists (select from weir_internal.unmet(s.workflow, s.dependencies) as d)
  union all
  select 'a workflow is SUCCESSFUL when its root is', w.workflow_id, s.name, format('%s, root %s', w.status, s.state)
  from weir_internal.workflow as w
  join weir_internal.step as s on s.workflow = w.id and s.no = w.root
  where (w.status = 'SUCCESSFUL') <> (s.state = 'succeeded')
    and w.status in ('RUNNING', 'SUCCESSFUL') -- a late checkpoint may be the root's while it is PENDING
  union all
  select 'a step belongs to a workflow', null, s.name, format('workflow %s, step %s', s.workflow, s.no)
  from weir_internal.step as s
  where not exists (select from weir_internal.workflow as w where w.id = s.workflow)
  union all
  select c.invariant, null, null, c.detail
  from weir_internal.actor_check() as c (invariant, detail)
$function$;

CREATE OR REPLACE FUNCTION weir.actor_call(type text, id text, method text, args jsonb DEFAULT 'null'::jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_verdict text;
  v_seq bigint;
begin
  perform weir_internal.check_actor(type, id);
  perform weir_internal.check_method(method);

  select h.verdict, h.seq
  into v_verdict, v_seq
  from weir_internal.actor_enqueue(
    null, array[type], array[id], array[method], array[null::text], array[coalesce(args, 'null')], array[null::jsonb],
    array[null::jsonb], array[false], null, true
  ) as h;

  if not found then
    perform weir_internal.known_actor(type, id); -- raises
  elsif v_verdict = 'unknown' then
    perform weir_internal.refuse_method(type, 'method', method);
  end if;
  return v_seq;
end
$function$;

CREATE OR REPLACE FUNCTION weir.actor_delete(type text, id text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_id bigint := (weir_internal.locked_actor(type, id)).id;
begin
  perform weir_internal.river_cancel(array(select t.job from weir_internal.actor_turn as t where t.actor = v_id));
  delete from weir_internal.actor_turn as t where t.actor = v_id;
  delete from weir_internal.reminder as r where r.actor = v_id;

  insert into weir_internal.actor_reply (workflow, step)
  select c.workflow, c.step
  from weir_internal.actor_call as c
  where c.actor = v_id
    and c.workflow is not null
    and c.finished_at is null
  union all
  select c.continues_as, -1
  from weir_internal.actor_call as c
  where c.actor = v_id
    and c.status = 'CONTINUED'
  on conflict do nothing;

  delete from weir_internal.actor_call as c where c.actor = v_id;
  delete from weir_internal.actor as a where a.id = v_id;
end
$function$;

CREATE OR REPLACE FUNCTION weir.actor_forget(type text, id text, name text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_actor bigint;
begin
  perform weir_internal.check_actor(type, id);
  perform weir_internal.check_text('name', name, 255);
  v_actor := (weir_internal.locked_actor(type, id)).id;

  delete from weir_internal.reminder as r
  where r.actor = v_actor
    and r.name = actor_forget.name;
  return found;
end
$function$;

CREATE OR REPLACE FUNCTION weir.actor_get_or_create(type text, id text, args jsonb DEFAULT 'null'::jsonb, queue text DEFAULT 'default'::text, metadata jsonb DEFAULT '{}'::jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION weir.actor_remind(type text, id text, name text, method text, args jsonb DEFAULT 'null'::jsonb, at timestamp with time zone DEFAULT NULL::timestamp with time zone, every interval DEFAULT NULL::interval, catch_up text DEFAULT 'one'::text)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
begin
  return weir_internal.reminder_set(
    type, id, name, method, coalesce(args, 'null'), at, every, coalesce(catch_up, 'one'), null, null, null
  );
end
$function$;

CREATE OR REPLACE FUNCTION weir.actor_result(type text, id text, seq bigint)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_actor weir_internal.actor := weir_internal.known_actor(type, id);
  v_result jsonb;
begin
  select c.result
  into v_result
  from weir_internal.actor_call as c
  where c.actor = v_actor.id
    and c.seq = actor_result.seq;

  if not found then
    raise exception 'no call % of actor % %', coalesce(seq::text, 'null'), type, quote_literal(id) using errcode = 'WF001';
  end if;
  return v_result;
end
$function$;

CREATE OR REPLACE FUNCTION weir.actor_resume(type text, id text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_actor weir_internal.actor := weir_internal.known_actor(type, id);
  v_workflow bigint;
begin
  select h.continues_as
  into v_workflow
  from weir_internal.actor_head(v_actor.id, v_actor.answered, v_actor.status) as h
  where v_actor.status = 'BLOCKED'
    and h.status = 'CONTINUED';

  if found then -- workflows are locked before actors
    perform weir_internal.go_on(array[v_workflow]);
    return (weir_internal.known_actor(type, id)).status;
  end if;

  v_actor := weir_internal.locked_actor(type, id);
  if v_actor.status <> 'BLOCKED'
    or exists ( -- it was blocked meanwhile
      select
      from weir_internal.actor_head(v_actor.id, v_actor.answered, v_actor.status) as h
      where h.status = 'CONTINUED'
    )
  then
    return v_actor.status;
  end if;

  update weir_internal.actor as a
  set status = 'READY', error = null, updated_at = v_now
  where a.id = v_actor.id;

  update weir_internal.actor_call as c
  set failures = 0, lost = 0, error = null
  where c.actor = v_actor.id
    and c.seq = v_actor.answered + 1;

  perform weir_internal.actor_begin(null, array[v_actor.id], array[false], v_now);
  return 'READY';
end
$function$;

CREATE OR REPLACE FUNCTION weir.actor_set_state(type text, id text, state jsonb, expected_version bigint, reason text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_actor weir_internal.actor;
begin
  if state is null then
    perform weir_internal.refuse('state', 'is null; the JSON null is written ''null''');
  end if;
  perform weir_internal.check_text('reason', reason, 4096);

  v_actor := weir_internal.locked_actor(type, id);
  if v_actor.version = 0 or v_actor.version is distinct from expected_version then
    raise exception 'actor % % has version %, not %', type, quote_literal(id), v_actor.version, coalesce(expected_version::text, 'null')
      using errcode = 'WF011';
  end if;

  update weir_internal.actor as a
  set state = actor_set_state.state, version = a.version + 1, updated_at = v_now
  where a.id = v_actor.id;

  if exists (select from weir_internal.actor_turn as t where t.actor = v_actor.id and t.worker is not null) then
    perform weir_internal.actor_yield(array[v_actor.id], null, true, v_now);
  end if;

  insert into weir_internal.audit (at, who, what, target, reason, detail)
  values (
    v_now, session_user, 'actor_set_state', format('%s %L', type, id), reason,
    jsonb_build_object('version', expected_version, 'before', v_actor.state, 'after', state)
  );
  return v_actor.version + 1;
end
$function$;

CREATE OR REPLACE FUNCTION weir.cancel(workflow_id text, reason text DEFAULT NULL::text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_workflow weir_internal.workflow;
begin
  if reason <> '' then
    perform weir_internal.check_text('reason', reason, 4096);
  end if;

  v_workflow := weir_internal.locked_workflow(workflow_id);
  if v_workflow.status = 'CANCELED' then
    return false;
  elsif v_workflow.status not in ('RUNNING', 'PENDING') then
    raise exception 'workflow % is %', quote_literal(workflow_id), v_workflow.status using errcode = 'WF003';
  end if;

  update weir_internal.workflow as w
  set status = 'CANCELED', finished_at = v_now, cancel_reason = nullif(reason, '')
  where w.id = v_workflow.id;

  perform weir_internal.halt(v_workflow.id, null);
  if v_workflow.actor is not null then
    perform weir_internal.actor_ended(array[v_workflow.id], v_now);
  end if;
  perform weir_internal.free_slots(array[v_workflow.id]);
  return true;
end
$function$;

CREATE OR REPLACE FUNCTION weir.delete(workflow_id text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_workflow weir_internal.workflow := weir_internal.locked_workflow(workflow_id);
  v_id bigint := v_workflow.id;
begin
  if v_workflow.status in ('RUNNING', 'PENDING') then
    raise exception 'workflow % is %', quote_literal(workflow_id), v_workflow.status using errcode = 'WF004';
  end if;

  if exists (
    select
    from weir_internal.actor_call as c
    where c.actor = v_workflow.actor
      and c.seq = v_workflow.actor_seq
      and c.status = 'CONTINUED'
  ) then
    raise exception 'workflow % continues a call that blocks its actor', quote_literal(workflow_id) using errcode = 'WF004';
  end if;

  delete from weir_internal.step_attempt as a where a.workflow = v_id;
  delete from weir_internal.event as e where e.workflow = v_id;
  delete from weir_internal.step_name as n where n.workflow = v_id;
  delete from weir_internal.step as s where s.workflow = v_id;
  delete from weir_internal.workflow as w where w.id = v_id;
end
$function$;

CREATE OR REPLACE FUNCTION weir.list(status text[] DEFAULT NULL::text[], name text DEFAULT NULL::text, metadata jsonb DEFAULT NULL::jsonb, id_prefix text DEFAULT NULL::text, created_from timestamp with time zone DEFAULT NULL::timestamp with time zone, created_before timestamp with time zone DEFAULT NULL::timestamp with time zone, finished_from timestamp with time zone DEFAULT NULL::timestamp with time zone, finished_before timestamp with time zone DEFAULT NULL::timestamp with time zone, after text DEFAULT NULL::text, page_size integer DEFAULT 100)
 RETURNS TABLE(workflow_id text, name text, status text, metadata jsonb, steps integer, created_at timestamp with time zone, started_at timestamp with time zone, finished_at timestamp with time zone, failed_step text, error jsonb, cancel_reason text, cursor text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET plan_cache_mode TO 'force_custom_plan'
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION weir.metadata(workflow_id text)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_workflow weir_internal.workflow := weir_internal.known_workflow(workflow_id);
begin
  return jsonb_build_object(
    'status', weir_internal.status_of(v_workflow),
    'user_metadata', v_workflow.metadata,
    'stats', weir_internal.stats(
      v_workflow.started_at, case when v_workflow.status <> 'CANCELED' then v_workflow.finished_at end
    )
  );
end
$function$;

CREATE OR REPLACE FUNCTION weir.output(workflow_id text)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_workflow weir_internal.workflow := weir_internal.known_workflow(workflow_id);
begin
  return case when v_workflow.status = 'SUCCESSFUL' then weir_internal.output_of(v_workflow.id, v_workflow.root) end;
end
$function$;

CREATE OR REPLACE FUNCTION weir.resume(workflow_id text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_id bigint := (weir_internal.known_workflow(workflow_id)).id;
begin
  perform weir_internal.go_on(array[v_id]);
  return (select w.status::text from weir_internal.workflow as w where w.id = v_id);
end
$function$;

CREATE OR REPLACE FUNCTION weir.resume_all(include_failed boolean DEFAULT false)
 RETURNS TABLE(workflow_id text, status text, error text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
#variable_conflict use_column
declare
  v_found bigint[];
  v_locked bigint[];
begin
  v_found := array(
    select w.id
    from weir_internal.workflow as w
    where w.status = 'RUNNING'
      and weir_internal.is_stalled(w.id)
    union all
    select w.id
    from weir_internal.workflow as w
    where w.status = 'FAILED'
      and include_failed
  );
  v_locked := array(
    select w.id
    from weir_internal.workflow as w
    where w.id = any (v_found)
    order by w.id
    for no key update skip locked
  );

  perform weir_internal.go_on(v_locked);

  return query
  select
    w.workflow_id,
    weir_internal.status_of(w),
    case when l.id is null then 'somebody has it locked' end
  from unnest(v_found) as f (id)
  join weir_internal.workflow as w on w.id = f.id
  left join unnest(v_locked) as l (id) on l.id = f.id
  order by w.id;
end
$function$;

CREATE OR REPLACE FUNCTION weir.send_event(workflow_id text, key text, payload jsonb DEFAULT 'null'::jsonb, dedupe text DEFAULT NULL::text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION weir.set_limit(scope text, key text, max_running integer, max_pending integer DEFAULT NULL::integer)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_workflow bigint[];
  v_running boolean[];
begin
  if scope is null or scope not in ('name', 'queue') then
    perform weir_internal.refuse('scope', format('is %L: one of name and queue', scope));
  elsif max_running < 1 then
    perform weir_internal.refuse('max_running', format('is %s: at least 1', max_running));
  elsif max_pending < 0 then
    perform weir_internal.refuse('max_pending', format('is %s: it cannot be negative', max_pending));
  end if;
  perform weir_internal.check_text('key', key, 127);

  select array_agg(l.id), array_agg(l.status = 'RUNNING')
  into v_workflow, v_running
  from (
    select w.id, w.status
    from weir_internal.workflow as w
    where w.status in ('RUNNING', 'PENDING')
      and (
        set_limit.scope = 'name' and w.name = set_limit.key
        or set_limit.scope = 'queue' and exists (
          select
          from weir_internal.step as r
          where r.workflow = w.id
            and r.no = w.root
            and r.queue = set_limit.key
        )
      )
    order by w.id
    for no key update
  ) as l;

  if max_running is null then
    update weir_internal.workflow_limit as l
    set max_running = null, max_pending = null
    where l.scope = set_limit.scope
      and l.key = set_limit.key;
  else
    insert into weir_internal.workflow_limit (scope, key, max_running, max_pending)
    values (set_limit.scope, set_limit.key, set_limit.max_running, set_limit.max_pending)
    on conflict on constraint workflow_limit_pkey
    do update set max_running = excluded.max_running, max_pending = excluded.max_pending;

    insert into weir_internal.workflow_slot (workflow, scope, key, admitted)
    select l.workflow, set_limit.scope, set_limit.key, l.running
    from unnest(v_workflow, v_running) as l (workflow, running)
    on conflict do nothing;
  end if;

  perform weir_internal.admit(null);
end
$function$;

CREATE OR REPLACE FUNCTION weir.start(name text, input jsonb DEFAULT 'null'::jsonb, workflow_id text DEFAULT NULL::text, metadata jsonb DEFAULT '{}'::jsonb, on_existing text DEFAULT 'resume'::text, queue text DEFAULT 'default'::text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION weir.status(workflow_id text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
begin
  return weir_internal.status_of(weir_internal.known_workflow(workflow_id));
end
$function$;

CREATE OR REPLACE FUNCTION weir.step_metadata(workflow_id text, step text)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION weir.step_output(workflow_id text, step text)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_workflow weir_internal.workflow := weir_internal.known_workflow(workflow_id);
  v_outcome record;
begin
  select o.status, o.output, o.error
  into v_outcome
  from weir_internal.outcomes(array[v_workflow.id], array[coalesce(step, '')]) as o;

  if v_outcome.status is not null and v_outcome.output is null and v_outcome.error is null then
    raise exception 'workflow % is % without step %', quote_literal(workflow_id), v_workflow.status, quote_literal(step)
      using errcode = 'WF008';
  end if;
  return v_outcome.output;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_answer(p_job bigint, p_result jsonb, p_error jsonb)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
  update weir_internal.actor_query as q
  set answered_at = weir_internal.clock(), result = p_result, error = p_error
  where q.job = p_job
    and q.answered_at is null
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_answers(p_job bigint[])
 RETURNS TABLE(job bigint, lost boolean, result jsonb, error jsonb)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
  with answered as (
    delete from weir_internal.actor_query as q
    where q.job = any (p_job)
      and q.answered_at is not null
    returning q.job, q.result, q.error
  )
  select a.job, false, a.result, a.error
  from answered as a
  union all
  select i.job, true, null, null
  from unnest(p_job) as i (job)
  where not exists (select from weir_internal.actor_query as q where q.job = i.job and q.answered_at is not null)
    and not (
      weir_internal.river_alive(i.job)
      and exists (select from weir_internal.actor_query as q where q.job = i.job)
    )
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_ask(p_type text, p_actor_id text, p_query text, p_args jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_actor weir_internal.actor := weir_internal.known_actor(p_type, p_actor_id);
  v_kind text := weir_internal.actor_query_function(p_type, p_query);
  v_job bigint := weir_internal.river_token();
begin
  if weir_internal.actor_lacks(p_type, v_kind) then
    perform weir_internal.refuse_method(p_type, 'query', p_query);
  end if;

  delete from weir_internal.actor_query as q
  where q.job in (
    select o.job
    from weir_internal.actor_query as o
    where o.asked_at < v_now - interval '10 minutes'
      and (o.answered_at is not null or not weir_internal.river_alive(o.job))
    order by o.asked_at
    limit 100
    for update skip locked
  );

  insert into weir_internal.actor_query (job, actor, asked_at, query, args)
  values (v_job, v_actor.id, v_now, p_query, p_args);

  perform weir_internal.river_insert(array[v_job], array[v_kind], array[v_actor.queue], array[v_actor.id], '{-2}', true);
  return v_job;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_asked(p_job bigint)
 RETURNS TABLE(type text, actor_id text, query text, args jsonb, state jsonb)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
  select a.type, a.actor_id, q.query, q.args, a.state
  from weir_internal.actor_query as q
  join weir_internal.actor as a on a.id = q.actor
  where q.job = p_job
    and q.answered_at is null
    and a.state is not null
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_await(p_actor bigint, p_seq bigint, p_caller jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_waiter record;
  v_call weir_internal.actor_call;
  v_chain jsonb;
begin
  perform weir_internal.actor_callers(array[p_caller]);

  select w.*
  into v_waiter
  from weir_internal.actor_waiter(p_caller) as w;

  if v_waiter.actor is null then
    return null;
  end if;

  perform
  from weir_internal.actor as a
  where a.id = p_actor
  for no key update;

  perform weir_internal.actor_lock_waits(array[p_caller]);

  select c.*
  into v_call
  from weir_internal.actor_call as c
  where c.actor = p_actor
    and c.seq = p_seq
    and c.finished_at is null;

  if not found or v_call.nested then
    return null;
  end if;
  v_chain := weir_internal.actor_circle(v_waiter.actor, p_actor, null, null);
  if v_chain is null then
    update weir_internal.actor_call as c
    set waiter_actor = v_waiter.actor, waiter_seq = v_waiter.seq
    where c.actor = p_actor
      and c.seq = p_seq
      and c.waiter_actor is null;
  end if;
  return v_chain;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_begin(p_worker weir_internal.worker, p_actor bigint[], p_claim boolean[], p_now timestamp with time zone)
 RETURNS SETOF weir_internal.actor_hand
 LANGUAGE plpgsql
AS $function$
declare
  v_held bigint[];
  v_sent bigint[];
  v_job bigint[];
begin
  with begun as (
    insert into weir_internal.actor_turn (actor, epoch, worker, job, since)
    select
      a.id, nextval('weir_internal.actor_epoch_seq'), case when c.can then (p_worker).id end,
      case when not c.can then weir_internal.river_token() end, p_now
    from unnest(p_actor, p_claim) as i (actor, claim)
    join weir_internal.actor as a on a.id = i.actor
    cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as h
    cross join lateral (
      select coalesce(
        i.claim
        and not (p_worker).draining
        and a.queue = any ((p_worker).queues)
        and weir_internal.actor_function(a.type, h.method) = any ((p_worker).functions),
        false
      )
    ) as c (can)
    where a.status <> 'BLOCKED'
      and not exists (select from weir_internal.actor_turn_of(a.id)) -- by key: a join reads all turns
    returning actor, job
  )
  select
    array_agg(b.actor) filter (where b.job is null), array_agg(b.actor) filter (where b.job is not null),
    array_agg(b.job) filter (where b.job is not null)
  into v_held, v_sent, v_job
  from begun as b;

  if v_sent is not null then
    perform weir_internal.actor_send(v_sent, v_job, null, false);
  end if;
  if v_held is not null then
    return query
    select * from weir_internal.actor_hands(v_held, true);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_called(p_workflow bigint, p_step integer)
 RETURNS SETOF weir_internal.actor_call
 LANGUAGE sql
 STABLE
AS $function$
  select c.*
  from weir_internal.actor_call as c
  where c.caller = concat_ws('/', 'w', p_workflow, p_step)
  limit 1
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_callers(p_caller jsonb[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform
  from weir_internal.workflow as w
  where w.id = any (array(select (c.by ->> 'workflow')::bigint from unnest(p_caller) as c (by) where c.by ? 'epoch'))
  order by w.id
  for no key update;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_check()
 RETURNS TABLE(invariant text, detail text)
 LANGUAGE sql
 STABLE
AS $function$
  with actor as materialized (
    select
      a.id, a.status, a.accepted, a.answered, a.nests, a.version, a.state is not null as has_state,
      format('%s %L', a.type, a.actor_id) as name
    from weir_internal.actor as a
  )
  select 'an actor has a state when its constructor has run', format('%s, %s, version %s', a.name, a.status, a.version)
  from actor as a
  where a.has_state <> (a.version > 0)
    or a.has_state <> (a.status in ('READY', 'BLOCKED', 'CONTINUING'))
  union all
  select 'an actor answers what it accepted', format('%s, answered %s of %s', a.name, a.answered, a.accepted)
  from actor as a
  where a.answered not between 0 and a.accepted
  union all
  select 'a call has ended when it has an answer', format('actor %s, call %s, %s', c.actor, c.seq, c.status)
  from weir_internal.actor_call as c
  where (c.finished_at is not null) <> (c.status in ('SUCCESSFUL', 'FAILED'))
  union all
  select 'an actor has a turn exactly while a call is to be run', format('%s, %s, answered %s of %s', a.name, a.status, a.answered, a.accepted)
  from actor as a
  where (exists (select from weir_internal.actor_head(a.id, a.answered, a.status)) and a.status <> 'BLOCKED')
    <> (a.id in (select t.actor from weir_internal.actor_turn as t))
  union all
  select 'a BLOCKED actor has a call at its head', a.name
  from actor as a
  where a.status = 'BLOCKED'
    and a.answered = a.accepted
  union all
  select 'an actor that is CREATING has its constructor called', a.name
  from actor as a
  where a.status = 'CREATING'
    and not exists (
      select
      from weir_internal.actor_call as c
      where c.actor = a.id
        and c.seq = a.answered + 1
        and c.method = ''
    )
  union all
  select 'a turn has a live worker or a live job', format('actor %s, worker %s, job %s', t.actor, t.worker, t.job)
  from weir_internal.actor_turn as t
  where not weir_internal.actor_turn_alive(t)
  union all
  select 'a turn belongs to an actor', format('actor %s', t.actor)
  from weir_internal.actor_turn as t
  where t.actor not in (select a.id from actor as a)
  union all
  select 'a call is answered in its turn', format('actor %s, call %s, %s', c.actor, c.seq, c.status)
  from weir_internal.actor_call as c
  left join actor as a on a.id = c.actor
  where a.id is null
    or c.seq > a.accepted
    or (c.finished_at is null) <> (c.seq > a.answered) and not (c.nested is true and c.seq > a.answered)
  union all
  select 'nested calls are counted', format('%s has %s, not %s', a.name, a.nests, c.nests)
  from actor as a
  cross join lateral (
    select count(*) from weir_internal.actor_call as c where c.actor = a.id and c.nested and c.seq > a.answered
  ) as c (nests)
  where a.nests <> c.nests
  union all
  select 'an actor is CONTINUING while a call is', format('%s, %s', a.name, a.status)
  from actor as a
  where a.status <> 'BLOCKED'
    and (a.status = 'CONTINUING') <> exists (
      select
      from weir_internal.actor_call as c
      where c.actor = a.id
        and c.status = 'CONTINUED'
    )
  union all
  select 'a call continues as a workflow that is going to end', format('%s, call %s', a.name, c.seq)
  from weir_internal.actor_call as c
  join actor as a on a.id = c.actor
  left join weir_internal.workflow as w on w.id = c.continues_as and w.actor = c.actor and w.actor_seq = c.seq
  where c.status = 'CONTINUED'
    and (w.status is null or w.status not in ('PENDING', 'RUNNING'))
    and not (a.status = 'BLOCKED' and c.seq = a.answered + 1)
  union all
  select 'no call of those accepted is missing', format('%s has %s of %s', a.name, c.calls, a.accepted)
  from actor as a
  cross join lateral (select count(*) from weir_internal.actor_call as c where c.actor = a.id) as c (calls)
  where c.calls <> a.accepted
  union all
  select 'a reminder belongs to an actor that accepted its calls', format('actor %s, reminder %s, call %s', r.actor, r.name, r.last_call)
  from weir_internal.reminder as r
  left join actor as a on a.id = r.actor
  where a.id is null
    or r.last_call > a.accepted
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_circle(p_waiter bigint, p_actor bigint, p_from bigint[], p_to bigint[])
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  with recursive way as (
    select p_actor as at, array[p_waiter, p_actor] as path
    union all
    select n.actor, w.path || n.actor
    from way as w
    cross join lateral (
      select c.actor
      from weir_internal.actor_call as c
      join weir_internal.actor_call as h on h.actor = c.waiter_actor and h.seq = c.waiter_seq
      where c.waiter_actor = w.at
        and c.nested is not true
        and h.finished_at is null
      union
      select b.actor
      from unnest(p_from, p_to) as b (waiter, actor)
      where b.waiter = w.at
    ) as n
    where w.at <> p_waiter
      and n.actor <> all (w.path[2:])
  ),
  circle as (
    select w.path
    from way as w
    where w.at = p_waiter
    order by cardinality(w.path)
    limit 1
  )
  select jsonb_agg(jsonb_build_array(a.type, a.actor_id) order by p.ord)
  from circle as c
  cross join unnest(c.path) with ordinality as p (actor, ord)
  join weir_internal.actor as a on a.id = p.actor
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_claim(p_worker text, p_job bigint[], p_actor bigint[], p_patient boolean)
 RETURNS SETOF weir_internal.actor_hand
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_actor bigint[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  perform weir_internal.enter(p_worker);

  perform
  from weir_internal.actor as a
  where a.id = any (p_actor)
  order by a.id
  for no key update;

  with claimed as (
    update weir_internal.actor_turn as t
    set epoch = nextval('weir_internal.actor_epoch_seq'), worker = p_worker, since = v_now
    from unnest(p_job, p_actor) as i (job, actor)
    where t.actor = i.actor
      and t.job = i.job
      and (t.worker is null or t.worker = p_worker)
    returning t.actor
  )
  select array_agg(c.actor)
  into v_actor
  from claimed as c;

  if v_actor is not null then
    return query
    select * from weir_internal.actor_hands(v_actor, true);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_close(p_actor bigint[])
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  v_closed integer;
begin
  delete from weir_internal.actor_turn as t
  using weir_internal.actor as a
  where t.actor = any (p_actor)
    and a.id = t.actor
    and (
      a.answered = a.accepted
      or a.status = 'BLOCKED'
      or a.status = 'CONTINUING' and not exists (select from weir_internal.actor_head(a.id, a.answered, a.status))
    );

  get diagnostics v_closed = row_count;
  return v_closed;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_commit(p_worker text, p_actor bigint[], p_epoch bigint[], p_answered bigint[], p_state jsonb[], p_pass text[], p_failure jsonb[], p_attempt integer[], p_call_ord integer[], p_seq bigint[], p_call_attempt integer[], p_began double precision[], p_result jsonb[], p_error jsonb[], p_patient boolean)
 RETURNS SETOF weir_internal.actor_hand
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_functions text[];
  v_held integer[];
  v_actor bigint[];
  v_pass text[];
  v_all boolean;
  v_nested boolean;
  v_workflow bigint[];
  v_step integer[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  v_functions := weir_internal.enter(p_worker);

  perform
  from weir_internal.actor as a
  where a.id = any (p_actor)
  order by a.id
  for no key update;

  select array_agg(i.ord), array_agg(i.actor), array_agg(p_pass[i.ord])
  into v_held, v_actor, v_pass
  from unnest(p_actor, p_epoch) with ordinality as i (actor, epoch, ord)
  cross join lateral weir_internal.actor_turn_of(i.actor) as t
  where t.epoch = i.epoch
    and t.worker = p_worker;

  v_all := coalesce(cardinality(v_held), 0) = cardinality(p_actor);
  if not v_all then
    return query
    select h.*
    from unnest(p_actor) with ordinality as i (actor, ord)
    cross join lateral weir_internal.actor_told('lost', i.ord::integer, i.actor, null) as h
    where v_held is null or i.ord <> all (v_held);
  end if;
  if v_held is null then
    return;
  end if;

  with answered as (
    update weir_internal.actor_call as c
    set
      status = case when i.error is null then 'SUCCESSFUL' else 'FAILED' end::weir_internal.actor_call_status,
      attempt = i.attempt,
      started_at = coalesce(c.started_at, v_now - make_interval(secs => i.began)),
      finished_at = v_now,
      result = i.result,
      error = i.error,
      waiter_actor = null
    from unnest(p_call_ord, p_seq, p_call_attempt, p_began, p_result, p_error) as i (ord, seq, attempt, began, result, error)
    cross join lateral weir_internal.actor_place(p_actor[i.ord], i.seq) as p (place)
    where (v_all or i.ord = any (v_held))
      and c.ctid = p.place
    returning c.workflow, c.step
  )
  select array_agg(a.workflow), array_agg(a.step)
  into v_workflow, v_step
  from answered as a
  where a.workflow is not null;

  if v_workflow is not null then
    insert into weir_internal.actor_reply (workflow, step)
    select r.workflow, r.step
    from unnest(v_workflow, v_step) as r (workflow, step)
    on conflict do nothing;

    return query
    select * from weir_internal.actor_told('replied', null, null, null);
  end if;

  with written as (
    update weir_internal.actor as a
    set
      answered = case when a.nests = 0 then i.answered else a.answered end, -- actor_pass knows
      updated_at = v_now,
      version = a.version + case when i.state is null then 0 else 1 end,
      state = coalesce(i.state, a.state),
      status = case when i.state is not null and a.status = 'CREATING' then 'READY' else a.status end
    from unnest(p_actor, p_answered, p_state) with ordinality as i (actor, answered, state, ord)
    where (v_all or i.ord = any (v_held))
      and a.id = i.actor
    returning a.nests > 0 as nested
  )
  select bool_or(w.nested)
  into v_nested
  from written as w;

  if v_nested then
    perform weir_internal.actor_pass(v_actor);
  end if;

  if 'retry' = any (p_pass) or 'give up' = any (p_pass) then
    perform weir_internal.actor_fail(
      array_agg(i.actor), array_agg(i.failure), array_agg(i.attempt), array_agg(i.pass = 'give up'), v_now
    )
    from unnest(p_actor, p_failure, p_attempt, p_pass) with ordinality as i (actor, failure, attempt, pass, ord)
    where i.pass in ('retry', 'give up')
      and i.ord = any (v_held);
  end if;

  if weir_internal.actor_close(v_actor) < cardinality(v_actor) then
    return query
    select *
    from weir_internal.actor_next(v_actor, v_pass, v_functions, v_now);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_commit_alone(p_worker text, p_actor bigint, p_epoch bigint, p_state jsonb, p_seq bigint, p_attempt integer, p_began double precision, p_result jsonb, p_error jsonb)
 RETURNS SETOF weir_internal.actor_hand
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET lock_timeout TO '50'
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_workflow bigint;
  v_step integer;
begin
  perform pg_advisory_xact_lock_shared(weir_internal.gate_class(), w.lock_key)
  from weir_internal.worker as w
  where w.id = p_worker;

  update weir_internal.actor as a
  set
    answered = p_seq,
    updated_at = v_now,
    version = a.version + case when p_state is null then 0 else 1 end,
    state = coalesce(p_state, a.state),
    status = case when p_state is not null and a.status = 'CREATING' then 'READY' else a.status end
  where a.id = p_actor
    and a.accepted = p_seq
    and a.answered = p_seq - 1
    and a.nests = 0
    and a.status in ('READY', 'CREATING');

  if not found then
    return query
    select *
    from weir_internal.actor_commit(
      p_worker, array[p_actor], array[p_epoch], array[p_seq], array[p_state], '{go on}', array[null::jsonb], '{0}',
      '{1}', array[p_seq], array[p_attempt], array[p_began], array[p_result], array[p_error], true
    );
    return;
  end if;

  delete from weir_internal.actor_turn as t
  where t.actor = p_actor
    and t.epoch = p_epoch;

  if not found then
    raise exception 'the turn of actor % is no longer the caller''s', p_actor using errcode = 'lock_not_available';
  end if;

  update weir_internal.actor_call as c
  set
    status = case when p_error is null then 'SUCCESSFUL' else 'FAILED' end::weir_internal.actor_call_status,
    attempt = p_attempt,
    started_at = coalesce(c.started_at, v_now - make_interval(secs => p_began)),
    finished_at = v_now,
    result = p_result,
    error = p_error,
    waiter_actor = null
  where c.actor = p_actor
    and c.seq = p_seq
  returning c.workflow, c.step
  into v_workflow, v_step;

  if v_workflow is not null then
    insert into weir_internal.actor_reply (workflow, step)
    values (v_workflow, v_step)
    on conflict do nothing;

    return query
    select * from weir_internal.actor_told('replied', null, null, null);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_commit_tx(p_worker text, p_actor bigint[], p_epoch bigint[], p_answered bigint[], p_state jsonb[], p_pass text[], p_failure jsonb[], p_attempt integer[], p_call_ord integer[], p_seq bigint[], p_call_attempt integer[], p_began double precision[], p_result jsonb[], p_error jsonb[], p_patient boolean)
 RETURNS SETOF weir_internal.actor_hand
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
begin
  perform set_config('idle_in_transaction_session_timeout', '2000', true);

  return query
  select *
  from weir_internal.actor_commit(
    p_worker, p_actor, p_epoch, p_answered, p_state, p_pass, p_failure, p_attempt, p_call_ord, p_seq, p_call_attempt,
    p_began, p_result, p_error, p_patient
  );
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_construct(p_actor bigint[], p_now timestamp with time zone)
 RETURNS void
 LANGUAGE sql
AS $function$
  with creating as (
    update weir_internal.actor as a
    set status = 'CREATING', accepted = a.accepted + 1, error = null
    where a.id = any (p_actor)
    returning a.id, a.accepted
  )
  insert into weir_internal.actor_call (actor, seq, accepted_at, method)
  select c.id, c.accepted, p_now, ''
  from creating as c
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_continue(p_worker text, p_actor bigint, p_epoch bigint, p_seq bigint, p_attempt integer, p_began double precision, p_state jsonb, p_workflow text)
 RETURNS SETOF weir_internal.actor_hand
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_functions text[];
  v_workflow bigint;
begin
  v_functions := weir_internal.enter(p_worker);

  perform
  from weir_internal.actor as a
  where a.id = p_actor
  for no key update;

  if not exists (select from weir_internal.actor_turn_of(p_actor) as t where t.epoch = p_epoch and t.worker = p_worker) then
    return query
    select * from weir_internal.actor_told('lost', 1, p_actor, null);
    return;
  end if;

  update weir_internal.workflow as w
  set actor = p_actor, actor_seq = p_seq
  where w.workflow_id = p_workflow
  returning w.id
  into v_workflow;

  update weir_internal.actor_call as c
  set
    status = 'CONTINUED',
    attempt = p_attempt,
    started_at = coalesce(c.started_at, v_now - make_interval(secs => p_began)),
    error = null,
    continues_as = v_workflow
  where c.actor = p_actor
    and c.seq = p_seq;

  update weir_internal.actor as a
  set
    status = 'CONTINUING',
    updated_at = v_now,
    version = a.version + case when p_state is null then 0 else 1 end,
    state = coalesce(p_state, a.state)
  where a.id = p_actor;

  perform weir_internal.actor_close(array[p_actor]);
  return query
  select * from weir_internal.actor_next(array[p_actor], '{go on}', v_functions, v_now);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_create(p_worker text, p_type text[], p_actor_id text[], p_queue text[], p_args jsonb[], p_metadata jsonb[], p_claim boolean[], p_patient boolean)
 RETURNS SETOF weir_internal.actor_hand
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_worker weir_internal.worker;
  v_given bigint[];
  v_created bigint[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  v_worker := weir_internal.try_enter(p_worker);

  select array_agg(nextval('weir_internal.workflow_id_seq') order by n.ord)
  into v_given
  from generate_subscripts(p_actor_id, 1) as n (ord);

  with created as (
    insert into weir_internal.actor (
      id, created_at, type, actor_id, queue, args, metadata, status, accepted, answered, updated_at, version
    )
    select n.id, v_now, n.type, n.actor_id, n.queue, n.args, coalesce(n.metadata, '{}'), 'CREATING', 1, 0, v_now, 0
    from unnest(v_given, p_type, p_actor_id, p_queue, p_args, p_metadata)
      as n (id, type, actor_id, queue, args, metadata)
    on conflict (type, actor_id) do nothing
    returning actor.id
  ),
  constructors as (
    insert into weir_internal.actor_call (actor, seq, accepted_at, method)
    select c.id, 1, v_now, ''
    from created as c
    returning actor
  )
  select array_agg(c.actor)
  into v_created
  from constructors as c;

  if v_created is not null then
    return query
    select h.*
    from (
      select array_agg(n.id), array_agg(n.claim)
      from unnest(v_given, p_claim) as n (id, claim)
      where n.id = any (v_created)
    ) as c (id, claim)
    cross join lateral weir_internal.actor_begin(v_worker, c.id, c.claim, v_now) as h;
  end if;

  return query
  select h.*
  from unnest(v_given, p_type, p_actor_id) with ordinality as n (id, type, actor_id, ord)
  join weir_internal.actor as a on a.type = n.type and a.actor_id = n.actor_id
  cross join lateral weir_internal.actor_told('accepted', n.ord::integer, a.id, case when a.id = n.id then 1 else 0 end) as h;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_ended(p_workflow bigint[], p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_actor bigint[];
  v_over bigint[];
begin
  perform weir_internal.actor_held_by(p_workflow);

  with answered as (
    update weir_internal.actor_call as c
    set
      status = case
        when w.status = 'SUCCESSFUL' then 'SUCCESSFUL'
        when o.blocks then 'CONTINUED'
        else 'FAILED'
      end::weir_internal.actor_call_status,
      finished_at = case when not o.blocks then p_now end,
      result = case when w.status = 'SUCCESSFUL' then weir_internal.output_of(w.id, w.root) end,
      error = case when w.status <> 'SUCCESSFUL' then o.error end,
      waiter_actor = case when o.blocks then c.waiter_actor end
    from weir_internal.workflow as w
    cross join lateral weir_internal.actor_place(w.actor, w.actor_seq) as p (place)
    join weir_internal.actor_call as d on d.ctid = p.place
    cross join lateral (
      select
        w.status <> 'SUCCESSFUL' and d.nested is not true and coalesce((d.policy -> 'block')::boolean, false),
        coalesce(
          (select s.error from weir_internal.step as s where s.workflow = w.id and s.no = w.failed_step),
          jsonb_build_object('type', 'weir.canceled', 'message', concat_ws(': ', 'its workflow was canceled', w.cancel_reason))
        ) || jsonb_build_object('step', d.method, 'attempts', d.attempt)
    ) as o (blocks, error)
    where w.id = any (p_workflow)
      and c.ctid = d.ctid
      and d.status = 'CONTINUED'
      and d.continues_as = w.id
    returning c.actor, c.workflow, c.step, c.finished_at, w.id
  ),
  replies as (
    insert into weir_internal.actor_reply (workflow, step)
    select a.workflow, a.step
    from answered as a
    where a.workflow is not null
      and a.finished_at is not null
    on conflict do nothing
  )
  select array_agg(distinct a.actor), array_agg(a.id) filter (where a.finished_at is not null)
  into v_actor, v_over
  from answered as a;

  if v_actor is null then
    return;
  end if;

  with freed as ( -- what such a workflow has left is no longer nested in anything
    update weir_internal.actor_call as c
    set nested = null
    from unnest(v_over) as w (id)
    where c.actor = any (v_actor)
      and c.nested
      and c.status = 'QUEUED'
      and starts_with(c.caller, concat_ws('/', 'w', w.id, ''))
    returning c.actor
  )
  update weir_internal.actor as a
  set nests = a.nests - f.calls
  from (select f.actor, count(*) from freed as f group by f.actor) as f (actor, calls)
  where a.id = f.actor;

  update weir_internal.actor as a
  set
    status = o.status,
    updated_at = p_now,
    answered = case when o.head_ended then a.answered + 1 else a.answered end,
    nests = a.nests - case when o.head_ended and o.nested then 1 else 0 end,
    error = o.error
  from unnest(v_actor) as i (actor)
  join weir_internal.actor as b on b.id = i.actor
  cross join lateral (
    select
      case
        when h.status = 'CONTINUED' and h.error is not null then 'BLOCKED'
        when exists (
          select
          from weir_internal.actor_call as c
          where c.actor = b.id
            and c.seq > b.answered
            and c.status = 'CONTINUED'
        ) then 'CONTINUING'
        else 'READY'
      end::weir_internal.actor_status,
      h.finished_at is not null,
      h.nested is true,
      case when h.status = 'CONTINUED' then h.error end
    from weir_internal.actor_head(b.id, b.answered, 'READY') as h
  ) as o (status, head_ended, nested, error)
  where a.id = b.id;

  perform weir_internal.actor_pass(v_actor);

  perform weir_internal.actor_yield(array_agg(a.id), null, true, p_now)
  from weir_internal.actor as a
  where a.id = any (v_actor)
    and a.status = 'READY'
    and exists (select from weir_internal.actor_turn_of(a.id))
    and a.answered < a.accepted
  having count(*) > 0;

  perform weir_internal.actor_close(v_actor);

  perform weir_internal.actor_begin(null, v_actor, array_fill(false, array[cardinality(v_actor)]), p_now);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_enqueue(p_worker text, p_type text[], p_actor_id text[], p_method text[], p_name text[], p_args jsonb[], p_policy jsonb[], p_metadata jsonb[], p_claim boolean[], p_caller jsonb[], p_patient boolean, p_tick text[] DEFAULT NULL::text[])
 RETURNS SETOF weir_internal.actor_hand
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_worker weir_internal.worker;
  v_failed bigint[];
  v_actor bigint[];
  v_seq bigint[];
  v_verdict text[];
  v_unknown text[];
  v_again bigint[];
  v_chain jsonb[];
  v_caller text[];
  v_workflow bigint[];
  v_step integer[];
  v_waiter bigint[];
  v_waiter_seq bigint[];
  v_nested boolean[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  v_worker := weir_internal.try_enter(p_worker);

  if p_caller is not null then
    perform weir_internal.actor_callers(p_caller);
  end if;

  select array_agg(l.id) filter (where l.status = 'FAILED')
  into v_failed
  from (
    select a.id, a.status
    from (select distinct i.type, i.actor_id from unnest(p_type, p_actor_id) as i (type, actor_id)) as k
    join weir_internal.actor as a on a.type = k.type and a.actor_id = k.actor_id
    order by a.id
    for no key update of a
  ) as l;

  if v_failed is not null then
    perform weir_internal.actor_construct(v_failed, v_now);
  end if;

  if p_caller is not null then
    perform weir_internal.actor_lock_waits(p_caller);

    select
      array_agg(j.verdict), array_agg(j.again), array_agg(j.chain), array_agg(j.caller), array_agg(j.workflow),
      array_agg(j.step), array_agg(j.waiter_actor), array_agg(j.waiter_seq), array_agg(j.nested)
    into v_verdict, v_again, v_chain, v_caller, v_workflow, v_step, v_waiter, v_waiter_seq, v_nested
    from weir_internal.actor_judge(p_type, p_actor_id, p_caller) as j;
  end if;

  if false = any (p_claim) and p_tick is null then
    with asked as materialized ( -- each once
      select distinct i.type, weir_internal.actor_function(i.type, i.method) as function
      from unnest(p_type, p_method, p_claim) as i (type, method, claim)
      where not i.claim
    )
    select array_agg(a.function)
    into v_unknown
    from asked as a
    where weir_internal.actor_lacks(a.type, a.function);
  end if;

  if v_unknown is not null then
    v_verdict := array(
      select case
        when i.verdict is null
          and not i.claim
          and i.by ? 'epoch' is not true
          and weir_internal.actor_function(i.type, i.method) = any (v_unknown) then 'unknown'
        else i.verdict
      end
      from unnest(p_type, p_method, p_claim, p_caller, v_verdict) with ordinality
        as i (type, method, claim, by, verdict, ord)
      order by i.ord
    );
  end if;

  if p_caller is not null then
    update weir_internal.actor_call as c
    set caller = null -- it is made anew
    from unnest(v_caller, v_verdict) as i (caller, verdict)
    where i.verdict is null
      and c.caller = i.caller
      and c.status = 'FAILED';
  end if;

  select array_agg(i.actor order by i.ord), array_agg(i.seq order by i.ord)
  into v_actor, v_seq
  from (
    select
      i.ord,
      a.id,
      case
        when i.verdict is null then a.accepted + row_number() over (partition by a.id, i.verdict is null order by i.ord)
        else i.again
      end
    from unnest(p_type, p_actor_id, v_verdict, v_again) with ordinality as i (type, actor_id, verdict, again, ord)
    left join weir_internal.actor as a on a.type = i.type and a.actor_id = i.actor_id
  ) as i (ord, actor, seq);

  insert into weir_internal.actor_call (
    actor, seq, accepted_at, method, name, args, policy, metadata, tick, caller, workflow, step, waiter_actor, waiter_seq,
    nested
  )
  select
    i.actor, i.seq, v_now, i.method, i.name, i.args, i.policy, i.metadata, i.tick, i.caller, i.workflow, i.step,
    i.waiter_actor, i.waiter_seq, i.nested
  from unnest(
    v_actor, v_seq, p_method, p_name, p_args, p_policy, p_metadata, p_tick, v_verdict, v_caller, v_workflow, v_step,
    v_waiter, v_waiter_seq, v_nested
  ) as i (
    actor, seq, method, name, args, policy, metadata, tick, verdict, caller, workflow, step, waiter_actor, waiter_seq,
    nested
  )
  where i.actor is not null
    and i.verdict is null;

  update weir_internal.actor as a
  set accepted = c.last, nests = a.nests + c.nests
  from (
    select i.actor, max(i.seq), count(i.nested)
    from unnest(v_actor, v_seq, v_verdict, v_nested) as i (actor, seq, verdict, nested)
    where i.actor is not null
      and i.verdict is null
    group by i.actor
  ) as c (actor, last, nests)
  where a.id = c.actor;

  if p_caller is not null then
    perform weir_internal.actor_park(p_caller, v_actor, v_seq, v_now);
  end if;

  return query
  select h.*
  from unnest(v_actor, v_seq, v_verdict, v_chain) with ordinality as i (actor, seq, verdict, chain, ord)
  cross join lateral weir_internal.actor_told(coalesce(i.verdict, 'accepted'), i.ord::integer, i.actor, i.seq, i.chain) as h
  where i.actor is not null
    or i.verdict is not null;

  return query
  select h.*
  from (
    select array_agg(f.actor), array_agg(f.claim)
    from (
      select i.actor, bool_or(i.claim)
      from unnest(v_actor, p_claim) as i (actor, claim)
      where i.actor is not null
      group by i.actor
    ) as f (actor, claim)
  ) as b (actor, claim)
  cross join lateral weir_internal.actor_begin(v_worker, b.actor, b.claim, v_now) as h;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_enqueue_alone(p_worker text, p_type text, p_actor_id text, p_method text, p_name text, p_args jsonb, p_policy jsonb, p_metadata jsonb)
 RETURNS SETOF weir_internal.actor_hand
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET lock_timeout TO '50'
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_actor bigint;
  v_seq bigint;
  v_state jsonb;
  v_epoch bigint;
begin
  perform pg_advisory_xact_lock_shared(weir_internal.gate_class(), w.lock_key)
  from weir_internal.worker as w
  where w.id = p_worker;

  update weir_internal.actor as a
  set accepted = a.accepted + 1
  from weir_internal.worker as w
  where a.type = p_type
    and a.actor_id = p_actor_id
    and a.status = 'READY'
    and a.answered = a.accepted
    and w.id = p_worker
    and not w.draining
    and a.queue = any (w.queues)
    and weir_internal.actor_function(p_type, p_method) = any (w.functions)
  returning a.id, a.accepted, a.state
  into v_actor, v_seq, v_state;

  if not found then
    return query
    select *
    from weir_internal.actor_enqueue(
      p_worker, array[p_type], array[p_actor_id], array[p_method], array[p_name], array[p_args], array[p_policy],
      array[p_metadata], '{t}', null, true
    );
    return;
  end if;

  insert into weir_internal.actor_call (actor, seq, accepted_at, method, name, args, policy, metadata)
  values (v_actor, v_seq, v_now, p_method, p_name, p_args, p_policy, p_metadata);

  insert into weir_internal.actor_turn as t (actor, epoch, worker, since)
  values (v_actor, nextval('weir_internal.actor_epoch_seq'), p_worker, v_now)
  returning t.epoch
  into v_epoch;

  return query
  values
    (
      'accepted', 1, v_actor, null::text, null::text, null::bigint, null::boolean, null::jsonb, v_seq,
      null::text, null::text, null::integer, null::jsonb, null::jsonb, null::text
    ),
    (
      'turn', null, v_actor, p_type, p_actor_id, v_epoch, false, v_state, null,
      null, null, null, null, null, null
    ),
    (
      'call', null, v_actor, null, null, null, null, null, v_seq,
      p_method, p_name, 0, p_args, p_policy, null
    );
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_fail(p_actor bigint[], p_failure jsonb[], p_attempt integer[], p_permanent boolean[], p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_actor bigint[];
  v_delay interval[];
begin
  with retried as (
    update weir_internal.actor_call as c
    set attempt = i.attempt, failures = c.failures + 1, error = i.failure
    from unnest(p_actor, p_failure, p_attempt, p_permanent) as i (actor, failure, attempt, permanent)
    join weir_internal.actor as a on a.id = i.actor
    cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as h
    cross join lateral weir_internal.actor_place(h.actor, h.seq) as p (place)
    where c.ctid = p.place
      and not i.permanent
    returning c.actor, weir_internal.retry_delay('{"retries": 0}' || coalesce(c.policy, '{}'), c.failures) as delay
  )
  select array_agg(r.actor) filter (where r.delay is not null), array_agg(r.delay) filter (where r.delay is not null)
  into v_actor, v_delay
  from retried as r;

  if v_actor is not null then
    perform weir_internal.actor_yield(v_actor, v_delay, false, p_now);
  end if;

  perform weir_internal.actor_give_up(array_agg(i.actor), array_agg(i.failure), array_agg(i.attempt), p_now)
  from unnest(p_actor, p_failure, p_attempt) as i (actor, failure, attempt)
  where v_actor is null or i.actor <> all (v_actor)
  having count(*) > 0;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_free(p_workflow bigint[])
 RETURNS bigint[]
 LANGUAGE plpgsql
AS $function$
declare
  v_actor bigint[];
begin
  if not exists (select from weir_internal.workflow as w where w.id = any (p_workflow) and w.actor is not null) then
    return p_workflow;
  end if;

  v_actor := array(
    select a.id
    from weir_internal.actor as a
    where a.id = any (array(select w.actor from weir_internal.workflow as w where w.id = any (p_workflow)))
    order by a.id
    for no key update skip locked
  );

  return array(
    select w.id
    from weir_internal.workflow as w
    where w.id = any (p_workflow)
      and (
        w.actor is null
        or w.actor = any (v_actor)
        or not exists (select from weir_internal.actor as a where a.id = w.actor)
      )
  );
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_function(p_type text, p_method text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case p_method when '' then p_type else p_type || '.' || p_method end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_give_up(p_actor bigint[], p_error jsonb[], p_attempt integer[], p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_blocks boolean[];
  v_first bigint[];
  v_last bigint[]; -- from the first to the last call that ends
begin
  select
    array_agg(h.method <> '' and h.nested is not true and coalesce((h.policy -> 'block')::boolean, false) order by i.ord),
    array_agg(h.seq order by i.ord),
    array_agg(case h.method when '' then a.accepted else h.seq end order by i.ord)
  into v_blocks, v_first, v_last
  from unnest(p_actor) with ordinality as i (actor, ord)
  join weir_internal.actor as a on a.id = i.actor
  cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as h;

  update weir_internal.actor_call as c
  set
    status = case when i.blocks then 'QUEUED' else 'FAILED' end::weir_internal.actor_call_status,
    attempt = case c.seq when i.first then i.attempt else c.attempt end,
    finished_at = case when not i.blocks then p_now end,
    error = i.error,
    waiter_actor = case when i.blocks then c.waiter_actor end
  from unnest(p_actor, p_error, p_attempt, v_blocks, v_first, v_last) as i (actor, error, attempt, blocks, first, last)
  cross join lateral generate_series(i.first, i.last) as n (seq)
  cross join lateral weir_internal.actor_place(i.actor, n.seq) as p (place)
  where c.ctid = p.place;

  update weir_internal.actor as a
  set
    answered = case when i.blocks or a.nests > 0 then a.answered else i.last end, -- actor_pass knows
    updated_at = p_now,
    status = case when i.blocks then 'BLOCKED' when a.status = 'CREATING' then 'FAILED' else a.status end,
    error = case when i.blocks or a.status = 'CREATING' then i.error else a.error end
  from unnest(p_actor, p_error, v_blocks, v_last) as i (actor, error, blocks, last)
  where a.id = i.actor;

  perform weir_internal.actor_pass(p_actor);
  perform weir_internal.actor_reply(p_actor, v_first, v_last);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_goes_on(p_workflow bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_actor bigint[];
begin
  v_actor := array(
    select a.id
    from weir_internal.workflow as w
    join weir_internal.actor as a on a.id = w.actor
    where w.id = any (p_workflow)
      and w.status::text in ('FAILED', 'CANCELED') -- as text: found by id
      and a.status = 'BLOCKED'
      and a.answered = w.actor_seq - 1
    order by a.id
    for no key update of a
  );
  if v_actor = '{}' then
    return;
  end if;

  update weir_internal.actor as a
  set status = 'CONTINUING', error = null
  where a.id = any (v_actor);

  update weir_internal.actor_call as c
  set error = null
  from weir_internal.actor as a
  cross join lateral weir_internal.actor_place(a.id, a.answered + 1) as p (place)
  where a.id = any (v_actor)
    and c.ctid = p.place;

  perform weir_internal.actor_begin(null, v_actor, array_fill(false, array[cardinality(v_actor)]), weir_internal.clock());
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_hands(p_actor bigint[], p_begin boolean)
 RETURNS SETOF weir_internal.actor_hand
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  v_continuing bigint[];
begin
  if p_begin then
    return query
    select
      'turn', null::integer, a.id, a.type, a.actor_id, t.epoch, t.lost > 0, a.state, null::bigint, null::text, null::text,
      null::integer, null::jsonb, null::jsonb, null::text
    from unnest(p_actor) as i (actor)
    join weir_internal.actor as a on a.id = i.actor
    join weir_internal.actor_turn as t on t.actor = a.id;
  end if;

  return query
  select
    'call', null::integer, a.id, null::text, null::text, null::bigint, null::boolean, null::jsonb, c.seq, c.method, c.name,
    c.attempt, case c.method when '' then a.args else c.args end, c.policy, c.tick
  from unnest(p_actor) as i (actor)
  join weir_internal.actor as a on a.id = i.actor and a.status <> 'CONTINUING'
  cross join lateral (
    select n.*, sum(pg_column_size(n.args)) over (order by n.seq) as bytes
    from weir_internal.actor_call as n
    where n.actor = a.id
      and n.seq > a.answered
      and n.seq <= a.answered + 100
      and n.status = 'QUEUED'
  ) as c
  where c.seq = a.answered + 1
    or c.bytes < 8388608
  order by 3, 9;

  v_continuing := array(
    select a.id
    from unnest(p_actor) as i (actor)
    join weir_internal.actor as a on a.id = i.actor and a.status = 'CONTINUING'
  );
  if v_continuing <> '{}' then
    return query
    select
      'call', null::integer, a.id, null::text, null::text, null::bigint, null::boolean, null::jsonb, c.seq, c.method, c.name,
      c.attempt, c.args, c.policy, c.tick
    from unnest(v_continuing) as i (actor)
    join weir_internal.actor as a on a.id = i.actor
    cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as c;
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_head(p_actor bigint, p_answered bigint, p_status weir_internal.actor_status)
 RETURNS SETOF weir_internal.actor_call
 LANGUAGE sql
 STABLE
AS $function$
  select c.*
  from weir_internal.actor_call as c
  where c.actor = p_actor
    and c.seq = case p_status
      when 'CONTINUING' then (
        select min(n.seq)
        from weir_internal.actor_call as n
        where n.actor = p_actor
          and n.nested
          and n.seq > p_answered
          and n.status = 'QUEUED'
      )
      else p_answered + 1
    end
  limit 1
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_held(p_worker text)
 RETURNS TABLE(job bigint, actor bigint, fetched_at timestamp with time zone)
 LANGUAGE sql
 STABLE
AS $function$
  select j.id, (j.args ->> 'w')::bigint, j.attempted_at
  from weir_internal.river_job as j
  where j.state = 'running'
    and j.attempted_by[array_upper(j.attempted_by, 1)] = p_worker
    and (j.args -> 's')::integer = -1
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_held_by(p_workflow bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform
  from weir_internal.actor as a
  where a.id = any (array(select w.actor from weir_internal.workflow as w where w.id = any (p_workflow) and w.actor is not null))
  order by a.id
  for no key update;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_judge(p_type text[], p_actor_id text[], p_caller jsonb[])
 RETURNS TABLE(verdict text, again bigint, chain jsonb, caller text, workflow bigint, step integer, waiter_actor bigint, waiter_seq bigint, nested boolean)
 LANGUAGE sql
 STABLE
AS $function$
  with item as materialized (
    select
      i.ord,
      a.id as actor,
      p.parks,
      case when p.parks then (i.by ->> 'workflow')::bigint end as workflow,
      case when p.parks then (i.by ->> 'step')::integer end as step,
      case
        when i.by ? 'workflow' then concat_ws('/', 'w', i.by ->> 'workflow', i.by ->> 'step', i.by ->> 'key')
        else concat_ws('/', 'a', i.by ->> 'actor', i.by ->> 'seq', i.by ->> 'key')
      end as caller,
      case when p.waits then w.actor end as waiter_actor,
      case when p.waits then w.seq end as waiter_seq,
      w.continues and w.actor = a.id as nested,
      p.parks and not exists (
        select
        from weir_internal.step as s
        where s.workflow = (i.by ->> 'workflow')::bigint
          and s.no = (i.by ->> 'step')::integer
          and s.epoch = (i.by ->> 'epoch')::integer
          and s.state in ('running', 'waiting')
      ) as lost
    from unnest(p_type, p_actor_id, p_caller) with ordinality as i (type, actor_id, by, ord)
    left join weir_internal.actor as a on a.type = i.type and a.actor_id = i.actor_id
    cross join lateral (select i.by ? 'epoch', i.by ? 'epoch' or (i.by -> 'waits')::boolean) as p (parks, waits)
    left join lateral weir_internal.actor_waiter(i.by) as w on true
    where i.by is not null
  ),
  known as materialized (
    select
      i.*,
      c.seq as again,
      i.waiter_actor is not null and i.actor is not null and c.seq is null and i.nested is not true and not i.lost as waits
    from item as i
    left join lateral (
      select c.seq
      from weir_internal.actor_call as c
      where c.caller = i.caller
        and c.actor = i.actor
        and c.status <> 'FAILED'
      limit 1
    ) as c on true
  ),
  wait as (
    select array_agg(k.waiter_actor) as waiters, array_agg(k.actor) as actors
    from known as k
    where k.waits
  )
  select
    case when k.lost then 'lost' when k.again is not null then 'again' when r.chain is not null then 'circle' end,
    case when not k.lost then k.again end,
    r.chain,
    k.caller,
    k.workflow,
    k.step,
    k.waiter_actor,
    k.waiter_seq,
    nullif(k.nested, false)
  from generate_subscripts(p_caller, 1) as n (ord)
  left join known as k on k.ord = n.ord
  cross join wait as w
  left join lateral (
    select weir_internal.actor_circle(k.waiter_actor, k.actor, w.waiters, w.actors)
    where k.waits
  ) as r (chain) on true
  order by n.ord
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_lacks(p_type text, p_function text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(bool_or(w.functions @> array[p_type]) and not bool_or(w.functions @> array[p_function]), false)
  from weir_internal.worker as w
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_lock_waits(p_caller jsonb[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if exists (
    select
    from unnest(p_caller) as c (by)
    left join weir_internal.workflow as w on w.id = (c.by ->> 'workflow')::bigint
    where (c.by ? 'epoch' or (c.by -> 'waits')::boolean)
      and (c.by ? 'actor' or w.actor is not null)
  ) then
    perform pg_advisory_xact_lock(weir_internal.wait_class(), 0);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_next(p_actor bigint[], p_pass text[], p_functions text[], p_now timestamp with time zone)
 RETURNS SETOF weir_internal.actor_hand
 LANGUAGE plpgsql
AS $function$
declare
  v_next bigint[];
  v_left bigint[];
begin
  select
    array_agg(i.actor) filter (where c.can),
    array_agg(i.actor) filter (where not c.can)
  into v_next, v_left
  from unnest(p_actor, p_pass) as i (actor, pass)
  cross join lateral weir_internal.actor_turn_of(i.actor) as t
  join weir_internal.actor as a on a.id = t.actor
  cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as h
  cross join lateral (
    select i.pass <> 'yield' and weir_internal.actor_function(a.type, h.method) = any (p_functions)
  ) as c (can)
  where t.worker is not null;

  if v_left is not null then
    perform weir_internal.actor_yield(v_left, null, false, p_now);
  end if;
  if v_next is not null then
    return query
    select * from weir_internal.actor_hands(v_next, false);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_outcomes(p_actor bigint[], p_seq bigint[])
 RETURNS TABLE(actor bigint, seq bigint, status text, result jsonb, error jsonb)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
#variable_conflict use_column
begin
  return query
  select
    i.actor,
    i.seq,
    case
      when a.id is null then null
      when i.seq = 0 then case a.status when 'FAILED' then 'FAILED' else 'SUCCESSFUL' end
      when c.finished_at is null then 'BLOCKED'
      else c.status::text
    end,
    c.result,
    case i.seq when 0 then a.error else c.error end
  from unnest(p_actor, p_seq) as i (actor, seq)
  left join weir_internal.actor as a on a.id = i.actor
  left join lateral weir_internal.actor_place(i.actor, i.seq) as p (place) on true
  left join weir_internal.actor_call as c on c.ctid = p.place
  where a.id is null
    or i.seq = 0 and a.status <> 'CREATING'
    or i.seq <> 0 and c.actor is null
    or c.finished_at is not null
    or a.status = 'BLOCKED' and c.seq = a.answered + 1;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_park(p_caller jsonb[], p_actor bigint[], p_seq bigint[], p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  -- A reply to the call that the step made before, which failed, would stand in the way of one to this.
  delete from weir_internal.actor_reply as r
  using unnest(p_caller, p_seq) as i (by, seq)
  where i.by ? 'epoch'
    and i.seq is not null
    and r.workflow = (i.by ->> 'workflow')::bigint
    and r.step = (i.by ->> 'step')::integer;

  update weir_internal.step as s
  set
    state = 'parked',
    pending = 0,
    attempt = (i.by ->> 'attempt')::integer,
    started_at = coalesce(s.started_at, p_now)
  from unnest(p_caller, p_seq) as i (by, seq)
  where i.by ? 'epoch'
    and i.seq is not null
    and s.workflow = (i.by ->> 'workflow')::bigint
    and s.no = (i.by ->> 'step')::integer;

  insert into weir_internal.actor_reply (workflow, step)
  select c.workflow, c.step
  from unnest(p_caller, p_actor, p_seq) as i (by, actor, seq)
  cross join lateral weir_internal.actor_place(i.actor, i.seq) as p (place)
  join weir_internal.actor_call as c on c.ctid = p.place
  where i.by ? 'epoch'
    and c.finished_at is not null
  on conflict do nothing;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_pass(p_actor bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  update weir_internal.actor as a
  set
    answered = n.answered,
    nests = a.nests - (
      select count(*)
      from weir_internal.actor_call as c
      where c.actor = a.id
        and c.nested
        and c.seq > a.answered
        and c.seq <= n.answered
    )
  from unnest(p_actor) as i (actor)
  join weir_internal.actor as b on b.id = i.actor and b.nests > 0
  cross join lateral (
    select coalesce(min(f.seq) - 1, b.accepted)
    from (
      select c.seq
      from weir_internal.actor_call as c
      where c.actor = b.id
        and c.seq > b.answered
        and c.finished_at is null
      order by c.seq
      limit 1
    ) as f
  ) as n (answered)
  where a.id = b.id
    and n.answered > b.answered;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_place(p_actor bigint, p_seq bigint)
 RETURNS SETOF tid
 LANGUAGE sql
 STABLE
AS $function$
  select c.ctid
  from weir_internal.actor_call as c
  where c.actor = p_actor
    and c.seq = p_seq
  limit 1
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_query_function(p_type text, p_query text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select p_type || '..' || p_query
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_query_retire(p_worker text, p_known bigint[], p_older interval)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  v_job bigint[];
begin
  v_job := array(
    select j.id
    from weir_internal.river_job as j
    where j.state = 'running'
      and j.attempted_by[array_upper(j.attempted_by, 1)] = p_worker
      and (j.args -> 's')::integer = -2
      and (p_older is null or j.attempted_at < weir_internal.clock() - p_older)
      and j.id <> all (p_known)
  );
  perform weir_internal.river_retire(v_job);
  return cardinality(v_job);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_reconcile(p_worker text, p_actor bigint[], p_epoch bigint[], p_older interval)
 RETURNS SETOF bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_unknown bigint[];
begin
  perform weir_internal.enter(p_worker);

  v_unknown := array(
    select t.actor
    from weir_internal.actor_turn as t
    where t.worker = p_worker
      and t.since < weir_internal.clock() - p_older
      and t.actor <> all (p_actor)
  );
  if v_unknown <> '{}' and not weir_internal.actor_requeue(p_worker, v_unknown, null, false, 0) then
    return next null;
  end if;

  return query
  select i.epoch
  from unnest(p_actor, p_epoch) as i (actor, epoch)
  left join lateral weir_internal.actor_turn_of(i.actor) as t on true
  where (t.epoch, t.worker) is distinct from (i.epoch, p_worker);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_reply(p_actor bigint[], p_first bigint[], p_last bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into weir_internal.actor_reply (workflow, step)
  select c.workflow, c.step
  from unnest(p_actor, p_first, p_last) as i (actor, first, last)
  cross join lateral generate_series(i.first, i.last) as n (seq)
  cross join lateral weir_internal.actor_place(i.actor, n.seq) as p (place)
  join weir_internal.actor_call as c on c.ctid = p.place
  where c.workflow is not null
    and c.finished_at is not null
  on conflict do nothing;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_requeue(p_worker text, p_actor bigint[], p_job bigint[], p_lost boolean, p_poison integer)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_locked bigint[];
  v_turn bigint[];
  v_lost bigint[];
  v_delay interval[];
  v_poisoned bigint[];
  v_error jsonb[];
  v_attempt integer[];
begin
  v_locked := array(
    select a.id
    from weir_internal.actor as a
    where a.id = any (p_actor)
    order by a.id
    for no key update skip locked
  );

  select array_agg(t.actor), array_agg(t.actor) filter (where p_lost and t.worker = p_worker)
  into v_turn, v_lost
  from unnest(p_actor, p_job) as i (actor, job)
  cross join lateral weir_internal.actor_turn_of(i.actor) as t
  where t.actor = any (v_locked)
    and (t.worker = p_worker or t.job = i.job);

  if v_lost is not null then
    update weir_internal.actor_turn as t
    set lost = t.lost + 1
    where t.actor = any (v_lost);

    with lost as (
      update weir_internal.actor_call as c
      set lost = c.lost + 1, attempt = c.attempt + 1
      from weir_internal.actor as a
      cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as h
      cross join lateral weir_internal.actor_place(h.actor, h.seq) as p (place)
      where a.id = any (v_lost)
        and c.ctid = p.place
      returning c.actor, c.lost, c.attempt, c.method
    )
    select
      array_agg(l.actor),
      array_agg(jsonb_build_object(
        'step', l.method, 'type', 'weir.lost', 'attempts', l.attempt,
        'message', format('given up after %s of its attempts were lost with their workers', l.lost)
      )),
      array_agg(l.attempt)
    into v_poisoned, v_error, v_attempt
    from lost as l
    where l.lost >= p_poison;

    if v_poisoned is not null then
      perform weir_internal.actor_give_up(v_poisoned, v_error, v_attempt, v_now);
      perform weir_internal.actor_close(v_poisoned);
    end if;
  end if;

  if v_turn is not null then
    select
      array_agg(t.actor),
      array_agg(case when p_lost and t.lost > 1 then random() * power(2, least(t.lost, 6)) * interval '0.25 s' end)
    into v_turn, v_delay
    from weir_internal.actor_turn as t
    where t.actor = any (v_turn);

    perform weir_internal.actor_yield(v_turn, v_delay, true, v_now);
  end if;

  perform weir_internal.river_retire(array(
    select i.job
    from unnest(p_actor, p_job) as i (actor, job)
    where i.actor = any (v_locked)
      or not exists (select from weir_internal.actor as a where a.id = i.actor)
  ));

  return not exists (
    select
    from weir_internal.actor as a
    where a.id = any (p_actor)
      and a.id <> all (v_locked)
  );
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_retire(p_worker text, p_lost boolean, p_poison integer)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  v_slice constant integer := 500;
  v_actor bigint[];
  v_job bigint[];
begin
  select array_agg(h.actor), array_agg(h.job)
  into v_actor, v_job
  from (
    select t.actor, t.job
    from weir_internal.actor_turn as t
    where t.worker = p_worker
    union
    select h.actor, h.job
    from weir_internal.actor_held(p_worker) as h
    limit v_slice
  ) as h;

  if v_actor is null then
    return true;
  end if;
  return weir_internal.actor_requeue(p_worker, v_actor, v_job, p_lost, p_poison) and cardinality(v_actor) < v_slice;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_send(p_actor bigint[], p_job bigint[], p_delay interval[], p_first boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_actor bigint[];
  v_delay interval[];
begin
  select
    array_agg(i.job), array_agg(weir_internal.actor_function(a.type, h.method)), array_agg(a.queue), array_agg(a.id),
    array_agg(i.delay)
  into v_job, v_kind, v_queue, v_actor, v_delay
  from unnest(p_actor, p_job, p_delay) as i (actor, job, delay)
  join weir_internal.actor as a on a.id = i.actor
  cross join lateral weir_internal.actor_head(a.id, a.answered, a.status) as h;

  perform weir_internal.river_insert(
    v_job, v_kind, v_queue, v_actor, array_fill(-1, array[cardinality(v_job)]), true, p_first, v_delay
  );
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_settle(p_limit integer, p_now timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  v_free bigint[];
  v_workflow bigint[];
  v_step integer[];
  v_done_workflow bigint[];
  v_done_no integer[];
  v_failed record;
begin
  if not exists (select from weir_internal.actor_reply) then
    return 0;
  end if;

  select array_agg(l.workflow), array_agg(l.step)
  into v_workflow, v_step
  from (
    select r.workflow, r.step
    from weir_internal.actor_reply as r
    join weir_internal.workflow as w on w.id = r.workflow
    order by r.workflow, r.step
    limit p_limit
    for no key update of w skip locked
  ) as l;

  v_free := weir_internal.actor_free(v_workflow);

  with taken as (
    delete from weir_internal.actor_reply as r
    using unnest(v_workflow, v_step) as l (workflow, step)
    where l.workflow = any (v_free)
      and r.workflow = l.workflow
      and r.step = l.step
    returning r.workflow, r.step
  )
  select array_agg(t.workflow), array_agg(t.step)
  into v_workflow, v_step
  from taken as t;

  delete from weir_internal.actor_reply as r
  where not exists (select from weir_internal.workflow as w where w.id = r.workflow);

  if v_workflow is null then
    return 0;
  end if;

  with done as (
    update weir_internal.step as s
    set state = 'succeeded', output = c.result, finished_at = p_now
    from unnest(v_workflow, v_step) as r (workflow, step)
    cross join lateral weir_internal.actor_called(r.workflow, r.step) as c
    where s.workflow = r.workflow
      and s.no = r.step
      and s.state = 'parked'
      and c.status = 'SUCCESSFUL'
    returning s.workflow, s.no
  )
  select array_agg(d.workflow), array_agg(d.no)
  into v_done_workflow, v_done_no
  from done as d;

  if v_done_no is not null then
    perform weir_internal.arrive_alone(v_done_workflow, v_done_no, p_now);
  end if;

  for v_failed in
    select
      s.workflow, s.no,
      coalesce(c.error, '{"type": "weir.not_found", "message": "its actor was deleted", "attempts": 1}')
        || jsonb_build_object('step', s.name) as error
    from unnest(v_workflow, v_step) as r (workflow, step)
    join weir_internal.step as s on s.workflow = r.workflow and s.no = r.step
    left join lateral weir_internal.actor_called(r.workflow, r.step) as c on true
    where s.state = 'parked'
      and (c.actor is null or c.status = 'FAILED')
    order by s.workflow, s.no
  loop
    if exists ( -- the failure of another one may have halted it
      select
      from weir_internal.step as s
      where s.workflow = v_failed.workflow
        and s.no = v_failed.no
        and s.state = 'parked'
    ) then
      perform weir_internal.give_up(v_failed.workflow, v_failed.no, v_failed.error, p_now);
    end if;
  end loop;

  perform weir.cancel(w.workflow_id, 'its actor was deleted')
  from unnest(v_workflow, v_step) as r (workflow, step)
  join weir_internal.workflow as w on w.id = r.workflow
  where r.step = -1
    and w.status::text in ('RUNNING', 'PENDING'); -- as text: found by id

  return cardinality(v_workflow);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_told(p_verdict text, p_ord integer, p_actor bigint, p_seq bigint, p_args jsonb DEFAULT NULL::jsonb)
 RETURNS weir_internal.actor_hand
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select row(
    p_verdict, p_ord, p_actor, null, null, null, null, null, p_seq, null, null, null, p_args, null, null
  )::weir_internal.actor_hand
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_turn_alive(p_turn weir_internal.actor_turn)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select case
    when p_turn.worker is not null then exists (select from weir_internal.worker as w where w.id = p_turn.worker)
    else weir_internal.river_alive(p_turn.job)
  end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_turn_of(p_actor bigint)
 RETURNS SETOF weir_internal.actor_turn
 LANGUAGE sql
 STABLE
AS $function$
  select t.*
  from weir_internal.actor_turn as t
  where t.actor = p_actor
  limit 1
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_waiter(p_caller jsonb, OUT actor bigint, OUT seq bigint, OUT continues boolean)
 RETURNS record
 LANGUAGE sql
 STABLE
AS $function$
  select c.actor, c.seq, c.status = 'CONTINUED'
  from (select (p_caller ->> 'workflow')::bigint as id) as i
  left join weir_internal.workflow as w on w.id = i.id
  join weir_internal.actor_call as c
    on c.actor = coalesce(w.actor, (p_caller ->> 'actor')::bigint)
    and c.seq = coalesce(w.actor_seq, (p_caller ->> 'seq')::bigint)
    and c.continues_as is not distinct from w.id
  where c.finished_at is null
$function$;

CREATE OR REPLACE FUNCTION weir_internal.actor_yield(p_actor bigint[], p_delay interval[], p_first boolean, p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_actor bigint[];
  v_job bigint[];
begin
  with yielded as (
    update weir_internal.actor_turn as t
    set
      epoch = nextval('weir_internal.actor_epoch_seq'),
      worker = null,
      job = weir_internal.river_token(),
      since = p_now
    where t.actor = any (p_actor)
    returning t.actor, t.job
  )
  select array_agg(y.actor), array_agg(y.job)
  into v_actor, v_job
  from yielded as y;

  if v_actor is not null then
    perform weir_internal.actor_send(
      v_actor,
      v_job,
      array(
        select d.delay
        from unnest(v_actor) with ordinality as y (actor, ord)
        join unnest(p_actor, p_delay) as d (actor, delay) on d.actor = y.actor
        order by y.ord
      ),
      p_first
    );
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.admit(p_waited_for bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_most constant integer := 500; -- workflows a call, so that each ends soon
  v_limits weir_internal.workflow_limit[];
  v_room integer[];
  v_workflow bigint;
  v_full boolean;
  v_admitted bigint[] := '{}';
begin
  if not exists (select from weir_internal.workflow_limit) then
    return;
  end if;

  if p_waited_for is not null then
    perform
    from weir_internal.workflow_limit as l
    where exists (
      select
      from weir_internal.workflow_slot as s
      where s.workflow = any (p_waited_for)
        and s.scope = l.scope
        and s.key = l.key
    )
    order by l.scope, l.key
    for update;
  end if;
  v_limits := array(
    select l
    from weir_internal.workflow_limit as l
    where l.max_running is null
      or exists (
        select
        from weir_internal.workflow_slot as s
        where s.scope = l.scope
          and s.key = l.key
          and not s.admitted
      )
    order by l.scope, l.key
    for update skip locked
  );
  v_room := array(
    select case when l.max_running is null then v_most else l.max_running - (
      select count(*)
      from weir_internal.workflow_slot as s
      where s.scope = l.scope
        and s.key = l.key
        and s.admitted
    ) end
    from unnest(v_limits) with ordinality as l (scope, key, max_running, max_pending, position)
    order by l.position
  );

  for i in 1 .. cardinality(v_limits) loop
    continue when v_room[i] <= 0;
    for v_workflow in
      select s.workflow
      from weir_internal.workflow_slot as s
      where s.scope = v_limits[i].scope
        and s.key = v_limits[i].key
        and not s.admitted
      order by s.workflow
    loop
      exit when v_room[i] <= 0 or cardinality(v_admitted) >= v_most;

      -- Its other limit may have no room, or be somebody else's just now.
      select bool_or(coalesce(v_room[l.position], 0) <= 0)
      into v_full
      from weir_internal.workflow_slot as s
      left join unnest(v_limits) with ordinality as l (scope, key, max_running, max_pending, position)
        on l.scope = s.scope and l.key = s.key
      where s.workflow = v_workflow
        and not s.admitted;
      continue when v_full is distinct from false;

      perform
      from weir_internal.workflow as w
      where w.id = v_workflow
        and w.status = 'PENDING'
      for no key update skip locked;
      continue when not found;

      with admitted as (
        update weir_internal.workflow_slot as s
        set admitted = true
        where s.workflow = v_workflow
          and not s.admitted
        returning s.scope, s.key
      )
      select array_agg(v_room[l.position] - case when a.scope is null then 0 else 1 end order by l.position)
      into v_room
      from unnest(v_limits) with ordinality as l (scope, key, max_running, max_pending, position)
      left join admitted as a on a.scope = l.scope and a.key = l.key;
      v_admitted := v_admitted || v_workflow;
    end loop;
  end loop;

  perform weir_internal.set_going(v_admitted);

  with lifted as (
    delete from weir_internal.workflow_limit as l
    using unnest(v_limits) as k (scope, key, max_running, max_pending)
    where l.scope = k.scope
      and l.key = k.key
      and l.max_running is null
      and not exists (
        select
        from weir_internal.workflow_slot as s
        where s.scope = l.scope
          and s.key = l.key
          and not s.admitted
          and s.workflow <> all (v_admitted)
      )
    returning l.scope, l.key
  )
  delete from weir_internal.workflow_slot as s
  using lifted as l
  where s.scope = l.scope
    and s.key = l.key;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.advance(p_worker text, p_workflow bigint[], p_no integer[], p_epoch integer[], p_job bigint[], p_attempt integer[], p_took double precision[], p_output jsonb[], p_pass text[], p_notify boolean, p_patient boolean)
 RETURNS SETOF weir_internal.hand
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_functions text[];
  v_leaving boolean := 'hand' = any (p_pass) or 'yield' = any (p_pass);
  v_continuing bigint[];
  v_done integer[];
  v_stopped integer[];
  v_ord integer[];
  v_workflow bigint[];
  v_no integer[];
  v_job bigint[];
  v_queue text[];
  v_root_ord integer[];
  v_root_workflow bigint[];
  v_climbs boolean;
  v_hand weir_internal.hand;
  v_kept integer[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  v_functions := weir_internal.enter(p_worker);

  if v_leaving then
    select array_agg(w.id) filter (where w.actor is not null) -- a condition of the query would be checked before it locks
    into v_continuing
    from (
      select w.id, w.actor
      from weir_internal.workflow as w
      where w.id = any (
        select i.workflow
        from unnest(p_workflow, p_pass) as i (workflow, pass)
        where i.pass <> 'run'
      )
      order by w.id
      for no key update
    ) as w;

    if v_continuing is not null then
      perform weir_internal.actor_held_by(v_continuing);
    end if;
  end if;

  with checkpointed as (
    update weir_internal.step as s
    set
      state = 'succeeded',
      output = i.output,
      pending = 0,
      attempt = i.attempt,
      started_at = coalesce(s.started_at, v_now - make_interval(secs => i.took)),
      finished_at = v_now,
      job = case when s.state <> 'halted' then i.job end
    from unnest(p_workflow, p_no, p_epoch, p_job, p_attempt, p_took, p_output, p_pass)
      with ordinality as i (workflow, no, epoch, job, attempt, took, output, pass, ord)
    where s.workflow = i.workflow
      and s.no = i.no
      and s.epoch = i.epoch
      and s.state in ('running', 'waiting', 'halted')
    returning
      i.ord, i.pass, i.job, s.workflow, s.no, s.queue, s.job is null as stopped,
      s.dependents = '{}' and s.parent is null as is_root, s.dependents = '{}' and s.parent is not null as climbs
  )
  select
    array_agg(c.ord),
    array_agg(c.ord) filter (where c.stopped),
    array_agg(c.ord) filter (where c.pass <> 'run' and not c.stopped and not c.is_root),
    array_agg(c.workflow) filter (where c.pass <> 'run' and not c.stopped and not c.is_root),
    array_agg(c.no) filter (where c.pass <> 'run' and not c.stopped and not c.is_root),
    array_agg(case when c.pass = 'hand' then c.job end) filter (where c.pass <> 'run' and not c.stopped and not c.is_root),
    array_agg(c.queue) filter (where c.pass <> 'run' and not c.stopped and not c.is_root),
    array_agg(c.ord) filter (where not c.stopped and c.is_root),
    array_agg(c.workflow) filter (where not c.stopped and c.is_root),
    bool_or(c.climbs)
  into v_done, v_stopped, v_ord, v_workflow, v_no, v_job, v_queue, v_root_ord, v_root_workflow, v_climbs
  from checkpointed as c;

  if v_done is null or cardinality(v_done) < cardinality(p_no) then
    return query
    select h.*
    from unnest(p_workflow, p_no) with ordinality as i (workflow, no, ord)
    cross join lateral weir_internal.told('lost', i.ord::integer, i.workflow, i.no) as h
    where v_done is null or i.ord <> all (v_done);
  end if;

  if v_stopped is not null then
    return query
    select h.*
    from unnest(v_stopped) as o (ord)
    cross join lateral weir_internal.told('stopped', o.ord, p_workflow[o.ord], p_no[o.ord]) as h;
  end if;

  if v_root_ord is not null then
    return query
    select * from weir_internal.succeed(v_root_ord, v_root_workflow, v_now);
  end if;

  if v_ord is not null then
    for v_hand in -- arrive is for sub-graphs that have ended, and reads each step again to find them
      select *
      from weir_internal.arrive(v_functions, v_ord, v_workflow, v_no, v_job, v_queue, p_notify, v_now)
      where v_climbs
      union all
      select *
      from weir_internal.release_dependents(v_functions, v_ord, v_workflow, v_no, v_ord, v_job, v_queue, p_notify, v_now)
      where not v_climbs
    loop
      return next v_hand;
      if v_hand.verdict = 'next' then
        v_kept := v_kept || v_hand.ord;
      end if;
    end loop;
  end if;

  if v_root_ord is not null or v_ord is not null then
    perform weir_internal.river_remove(
      p_worker,
      array(select p_job[o.ord] from (select unnest(v_root_ord || v_ord) except select unnest(v_kept)) as o (ord))
    );
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.advance_tx(p_worker text, p_workflow bigint[], p_no integer[], p_epoch integer[], p_job bigint[], p_attempt integer[], p_took double precision[], p_output jsonb[], p_pass text[], p_notify boolean, p_patient boolean)
 RETURNS SETOF weir_internal.hand
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
begin
  perform set_config('idle_in_transaction_session_timeout', '2000', true);

  return query
  select *
  from weir_internal.advance(
    p_worker, p_workflow, p_no, p_epoch, p_job, p_attempt, p_took, p_output, p_pass, p_notify, p_patient
  );
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.arrive(p_functions text[], p_ord integer[], p_workflow bigint[], p_no integer[], p_job bigint[], p_queue text[], p_notify boolean, p_now timestamp with time zone)
 RETURNS SETOF weir_internal.hand
 LANGUAGE plpgsql
AS $function$
declare
  v_ord integer[];
  v_workflow bigint[];
  v_no integer[];
  v_parents boolean;
  v_dependents boolean;
  v_source integer[];
  v_root_ord integer[];
  v_root_workflow bigint[];
begin
  -- A sub-graph's root has no dependents; with it the step that returned the sub-graph is done, and so on up.
  with recursive done as (
    select i.ord, i.workflow, i.no, i.no as source, s.parent, s.dependents
    from unnest(p_ord, p_workflow, p_no) as i (ord, workflow, no)
    join weir_internal.step as s on s.workflow = i.workflow and s.no = i.no
    union all
    select d.ord, d.workflow, p.no, d.source, p.parent, p.dependents
    from done as d
    join weir_internal.step as p on p.workflow = d.workflow and p.no = d.parent
    where d.dependents = '{}'
      and p.state = 'delegated'
  )
  select
    array_agg(d.ord),
    array_agg(d.workflow),
    array_agg(d.no),
    array_agg(d.source),
    bool_or(d.no <> d.source),
    bool_or(d.dependents <> '{}'),
    array_agg(d.ord) filter (where d.dependents = '{}' and d.parent is null),
    array_agg(d.workflow) filter (where d.dependents = '{}' and d.parent is null)
  into v_ord, v_workflow, v_no, v_source, v_parents, v_dependents, v_root_ord, v_root_workflow
  from done as d;

  if v_parents then
    update weir_internal.step as s
    set state = 'succeeded', outcome_of = d.source, finished_at = p_now
    from unnest(v_workflow, v_no, v_source) as d (workflow, no, source)
    where s.workflow = d.workflow
      and s.no = d.no
      and d.no <> d.source;
  end if;

  if v_root_ord is not null then
    return query
    select * from weir_internal.succeed(v_root_ord, v_root_workflow, p_now);
  end if;

  if v_dependents then
    return query
    select *
    from weir_internal.release_dependents(p_functions, v_ord, v_workflow, v_no, p_ord, p_job, p_queue, p_notify, p_now);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.arrive_alone(p_workflow bigint[], p_no integer[], p_now timestamp with time zone)
 RETURNS bigint[]
 LANGUAGE sql
AS $function$
  select array_agg(h.workflow) filter (where h.verdict = 'finished')
  from weir_internal.arrive(
    '{}',
    array(select generate_subscripts(p_no, 1)),
    p_workflow,
    p_no,
    array_fill(null::bigint, array[cardinality(p_no)]),
    '{}',
    true,
    p_now
  ) as h
$function$;

CREATE OR REPLACE FUNCTION weir_internal.attach_outside(p_workflow bigint, p_parent integer, p_base integer, p_outside integer[], p_notify boolean, p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_last integer;
  v_caught integer[];
  v_done integer[];
begin
  perform
  from weir_internal.step as s
  where s.workflow = p_workflow
    and s.no = any (p_outside)
  order by s.no
  for no key update;

  if not weir_internal.may_wait_for(p_workflow, p_outside, p_parent) then
    perform weir_internal.refuse('args', 'waits for a step that is out of reach: it waits for this one, or is given up, or may be, without it');
  end if;

  v_last := (select w.steps - 1 from weir_internal.workflow as w where w.id = p_workflow);
  v_caught := array(
    select s.no
    from weir_internal.step as s
    where s.workflow = p_workflow
      and s.no = any (p_outside)
      and s.caught
  );
  -- Counted, since an exists is planned for a first row, and there is none.
  if v_caught <> '{}' and 0 < (
    select count(*)
    from (
      select n.no, b.position
      from weir_internal.steps_of(p_workflow, p_base, v_last) as n
      cross join lateral weir_internal.bare(n.args) as b (position)
    ) as b
    join (
      select n.no, d.no as outside, d.ord - 1 as position
      from weir_internal.steps_of(p_workflow, p_base, v_last) as n
      cross join lateral unnest(n.dependencies) with ordinality as d (no, ord)
    ) as d on d.no = b.no and d.position = b.position
    join unnest(v_caught) as c (no) on c.no = d.outside
  ) then
    perform weir_internal.refuse('args', 'takes the output of a step whose failure is caught: take its outcome');
  end if;

  update weir_internal.step as s
  set dependents = s.dependents || d.dependents
  from (
    select d.no, array_agg(distinct n.no order by n.no) as dependents
    from weir_internal.steps_of(p_workflow, p_base, v_last) as n
    cross join lateral unnest(n.dependencies) as d (no)
    where d.no < p_base
    group by d.no
  ) as d
  where s.workflow = p_workflow
    and s.no = any (p_outside)
    and s.no = d.no;

  v_done := array(
    select o.no
    from unnest(p_outside) as o (no)
    where not exists (select from weir_internal.unmet(p_workflow, array[o.no]) as d)
    order by o.no
  );
  if v_done <> '{}' then
    perform weir_internal.release_dependents(
      '{}', array_fill(1, array[cardinality(v_done)]), array_fill(p_workflow, array[cardinality(v_done)]), v_done,
      '{}', '{}', '{}', p_notify, p_now, p_base
    );
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.await(p_workflow bigint[], p_no integer[], p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into weir_internal.timer (workflow, no, due)
  select s.workflow, s.no, case when e.id is null then s.wake_at else p_now end
  from unnest(p_workflow, p_no) as a (workflow, no)
  join weir_internal.step as s on s.workflow = a.workflow and s.no = a.no
  left join lateral (
    select e.id
    from weir_internal.event as e
    where s.state = 'parked'
      and e.workflow = s.workflow
      and e.key = weir_internal.event_key(s.args)
      and e.step is null
    limit 1
  ) as e on true
  where s.wake_at is not null
    or e.id is not null
  order by s.workflow, s.no
  on conflict (workflow, no) do update set due = excluded.due;

  insert into weir_internal.event_wait (workflow, key, no, since)
  select s.workflow, weir_internal.event_key(s.args), s.no, p_now
  from unnest(p_workflow, p_no) as a (workflow, no)
  join weir_internal.step as s on s.workflow = a.workflow and s.no = a.no
  where s.state = 'parked'
  order by s.workflow, s.no;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.awaits(p_function text)
 RETURNS weir_internal.step_state
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case p_function
    when 'weir.sleep' then 'scheduled'::weir_internal.step_state
    when 'weir.wait' then 'scheduled'
    when 'weir.event' then 'parked'
  end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.bare(p_args jsonb)
 RETURNS SETOF integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  with recursive part as (
    select a.value
    from jsonb_array_elements(p_args) as a
    union all
    select i.value
    from part as p
    cross join lateral (
      select l.value
      from jsonb_array_elements(p.value -> 'l') as l
      union all
      select m.value
      from jsonb_each(p.value -> 'm') as m
    ) as i
  )
  select (p.value ->> 'r')::integer
  from part as p
  where p.value ? 'r'
$function$;

CREATE OR REPLACE FUNCTION weir_internal.check_actor(p_type text, p_actor_id text)
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
begin
  perform weir_internal.check_text('type', p_type, 63);
  perform weir_internal.check_text('id', p_actor_id, 255);
  if strpos(p_type, '.') > 0 then
    perform weir_internal.refuse('type', format('%L has a dot', p_type));
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.check_method(p_method text)
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
begin
  perform weir_internal.check_text('method', p_method, 63);
  if strpos(p_method, '.') > 0 then
    perform weir_internal.refuse('method', format('%L has a dot', p_method));
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.check_text(p_field text, p_text text, p_most integer)
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
begin
  case
    when p_text is null then
      perform weir_internal.refuse(p_field, 'is null');
    when p_text = '' then
      perform weir_internal.refuse(p_field, 'is empty');
    when octet_length(p_text) > p_most then
      perform weir_internal.refuse(p_field, format('has %s bytes, at most %s are allowed', octet_length(p_text), p_most));
    when p_text ~ '[\u0001-\u001f\u007f-\u009f]' then
      perform weir_internal.refuse(p_field, 'has a control character');
    else
      null;
  end case;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.claim(p_worker text, p_job bigint[], p_workflow bigint[], p_no integer[], p_patient boolean)
 RETURNS SETOF weir_internal.hand
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_ord integer[];
  v_workflow bigint[];
  v_no integer[];
  v_run integer[];
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  perform weir_internal.enter(p_worker);

  with claimed as (
    update weir_internal.step as s
    set
      state = 'running',
      epoch = s.epoch + 1,
      attempt = s.attempt + 1,
      started_at = coalesce(s.started_at, v_now)
    from unnest(p_job, p_workflow, p_no) with ordinality as i (job, workflow, no, ord)
    where s.workflow = i.workflow
      and s.no = i.no
      and s.job = i.job
      and s.state in ('ready', 'running')
    returning i.ord, s.workflow, s.no, s.run
  )
  select array_agg(c.ord), array_agg(c.workflow), array_agg(c.no), array_agg(c.run)
  into v_ord, v_workflow, v_no, v_run
  from claimed as c;

  return query
  select * from weir_internal.hands(v_ord, v_workflow, v_no, v_run);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.clock()
 RETURNS timestamp with time zone
 LANGUAGE sql
AS $function$
  select coalesce(nullif(current_setting('weir.clock', true), '')::timestamp with time zone, clock_timestamp())
$function$;

CREATE OR REPLACE FUNCTION weir_internal.complete(p_worker text, p_job bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
begin
  perform weir_internal.enter(p_worker);
  perform weir_internal.river_remove(p_worker, p_job);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.delegate(p_worker text, p_workflow bigint, p_no integer, p_epoch integer, p_job bigint, p_attempt integer, p_took double precision, p_hand boolean, p_step_no integer[], p_step_name text[], p_function text[], p_queue text[], p_dependencies text[], p_dependents text[], p_run integer[], p_caught boolean[], p_args jsonb[], p_policy jsonb[], p_step_metadata jsonb[], p_notify boolean)
 RETURNS SETOF weir_internal.hand
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_functions text[];
  v_queue text;
  v_base integer;
  v_state weir_internal.step_state;
  v_hand_no integer;
  v_hand_run integer;
  v_hand_job bigint[];
  v_outside integer[];
begin
  v_functions := weir_internal.enter(p_worker);

  select w.steps
  into v_base
  from weir_internal.workflow as w
  where w.id = p_workflow
  for no key update;

  select s.state, s.queue
  into v_state, v_queue
  from weir_internal.step as s
  where s.workflow = p_workflow
    and s.no = p_no
    and s.epoch = p_epoch
    and s.state in ('running', 'waiting', 'halted');

  if not found or v_state = 'halted' then
    return query
    select h.*
    from weir_internal.told(case when found then 'stopped' else 'lost' end, 1, p_workflow, p_no) as h;
    return;
  end if;

  v_outside := weir_internal.outside(p_dependencies, v_base);

  update weir_internal.workflow as w
  set steps = w.steps + cardinality(p_step_no)
  where w.id = p_workflow;

  update weir_internal.step as s
  set
    state = 'delegated',
    pending = 0,
    attempt = p_attempt,
    started_at = coalesce(s.started_at, v_now - make_interval(secs => p_took)),
    first_child = v_base,
    last_child = v_base + cardinality(p_step_no) - 1
  where s.workflow = p_workflow
    and s.no = p_no;

  if p_hand then
    select v_base + s.no, s.run
    into v_hand_no, v_hand_run
    from unnest(p_step_no, p_dependencies, p_function, p_queue, p_run) as s (no, dependencies, function, queue, run)
    where s.dependencies = '{}'
      and s.function = any (v_functions)
      and s.queue = v_queue
    order by s.no
    limit 1;

    v_hand_job := array(select case when v_base + s.no = v_hand_no then p_job end from unnest(p_step_no) as s (no));
  end if;

  perform weir_internal.insert_steps(
    array_fill(p_workflow, array[cardinality(p_step_no)]), p_step_no,
    weir_internal.unique_names(p_workflow, p_step_name), p_function, p_queue, p_dependencies, p_dependents, p_run, p_caught,
    p_args, p_policy, p_step_metadata, v_base, p_no, v_hand_job, p_notify, false, v_now
  );
  if v_outside <> '{}' then
    perform weir_internal.attach_outside(p_workflow, p_no, v_base, v_outside, p_notify, v_now);
  end if;

  if v_hand_no is not null then
    return query
    select * from weir_internal.hands(array[1], array[p_workflow], array[v_hand_no], array[v_hand_run]);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.deliver_events(p_workflow bigint[], p_key text[], p_now timestamp with time zone)
 RETURNS TABLE(workflow bigint, no integer)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  return query
  with waiting as (
    select w.workflow, w.key, w.no, row_number() over (partition by w.workflow, w.key order by w.no) as turn
    from (select distinct g.workflow, g.key from unnest(p_workflow, p_key) as g (workflow, key)) as g
    join weir_internal.event_wait as w on w.workflow = g.workflow and w.key = g.key
  ),
  offered as (
    select w.no, e.id
    from waiting as w
    cross join lateral (
      select e.id
      from weir_internal.event as e
      where e.workflow = w.workflow
        and e.key = w.key
        and e.step is null
      order by e.id
      offset w.turn - 1
      limit 1
    ) as e
  ),
  delivered as (
    update weir_internal.event as e
    set step = o.no, delivered_at = p_now
    from offered as o
    where e.id = o.id
    returning e.workflow, e.key, e.step, e.payload
  ),
  served as (
    delete from weir_internal.event_wait as w
    using delivered as d
    where w.workflow = d.workflow
      and w.key = d.key
      and w.no = d.step
  ),
  untimed as (
    delete from weir_internal.timer as t
    using delivered as d
    where t.workflow = d.workflow
      and t.no = d.step
  )
  update weir_internal.step as s
  set state = 'succeeded', output = d.payload, finished_at = p_now
  from delivered as d
  where s.workflow = d.workflow
    and s.no = d.step
    and s.state = 'parked'
  returning s.workflow, s.no;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.enclosing(p_workflow bigint, p_no integer[])
 RETURNS TABLE(no integer, above boolean)
 LANGUAGE sql
 STABLE
AS $function$
  with recursive climbed as (
    select s.no, false as above
    from unnest(p_no) as s (no)
    union
    select s.parent, true
    from climbed as c
    cross join lateral (
      select t.parent
      from weir_internal.step as t
      where t.workflow = p_workflow
        and t.no = c.no
      limit 1
    ) as s
    where s.parent is not null
  )
  select c.no, c.above
  from climbed as c
$function$;

CREATE OR REPLACE FUNCTION weir_internal.enter(p_worker text)
 RETURNS text[]
 LANGUAGE plpgsql
AS $function$
declare
  v_worker weir_internal.worker := weir_internal.try_enter(p_worker);
begin
  if v_worker.id is null then
    raise exception 'worker % has lost its lease', p_worker using errcode = 'WF005';
  end if;
  return v_worker.functions;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.event_key(p_args jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select p_args #>> '{0,v,key}'
$function$;

CREATE OR REPLACE FUNCTION weir_internal.fail(p_worker text, p_workflow bigint, p_no integer, p_epoch integer, p_attempt integer, p_took double precision, p_error jsonb, p_permanent boolean)
 RETURNS TABLE(verdict text, workflow_finished boolean)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_step weir_internal.step;
  v_delay interval;
begin
  perform weir_internal.enter(p_worker);

  perform
  from weir_internal.workflow as w
  where w.id = p_workflow
  for no key update;

  select s.*
  into v_step
  from weir_internal.step as s
  where s.workflow = p_workflow
    and s.no = p_no
    and s.epoch = p_epoch
    and s.state in ('running', 'waiting', 'halted')
  for no key update;

  if not found then
    return query select 'lost', false;
    return;
  end if;

  insert into weir_internal.step_attempt (
    workflow, no, attempt, lost, worker, error_type, message, stack, started_at, finished_at
  )
  values (
    p_workflow, p_no, p_attempt, false, p_worker, p_error ->> 'type', p_error ->> 'message', p_error ->> 'stack',
    v_now - make_interval(secs => p_took), v_now
  );

  if v_step.state = 'halted' then
    update weir_internal.step as s
    set attempt = p_attempt
    where s.workflow = p_workflow
      and s.no = p_no;

    return query select 'stopped', false;
    return;
  end if;

  if not p_permanent then
    v_delay := weir_internal.retry_delay(v_step.policy, v_step.failures + 1);
  end if;

  update weir_internal.step as s
  set
    state = case when v_delay is null then s.state else 'scheduled' end,
    pending = 0,
    attempt = p_attempt,
    failures = s.failures + 1,
    started_at = coalesce(s.started_at, v_now - make_interval(secs => p_took)),
    wake_at = v_now + v_delay
  where s.workflow = p_workflow
    and s.no = p_no;

  if v_delay is null then
    return query
    select
      'failed',
      weir_internal.give_up(
        p_workflow, p_no,
        jsonb_strip_nulls(jsonb_build_object(
          'step', v_step.name, 'type', p_error ->> 'type', 'message', p_error ->> 'message', 'attempts', p_attempt,
          'stack', p_error ->> 'stack'
        )),
        v_now
      );
    return;
  end if;

  insert into weir_internal.timer (workflow, no, due)
  values (p_workflow, p_no, v_now + v_delay);

  return query select 'retry', false;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.fingerprints(p_fingerprint bigint[], p_step_workflow integer[], p_function text[], p_queue text[], p_args jsonb[])
 RETURNS bigint[]
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return (
    select array_agg(
      coalesce(w.fingerprint, jsonb_hash_extended(jsonb_build_array(s.function, s.queue, s.args), 0))
      order by w.ord
    )
    from unnest(p_fingerprint) with ordinality as w (fingerprint, ord)
    left join unnest(p_step_workflow, p_function, p_queue, p_args) as s (workflow, function, queue, args)
      on s.workflow = w.ord
      and w.fingerprint is null
  );
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.fire_timers(p_limit integer)
 RETURNS TABLE(fired integer, next_in interval)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_free bigint[];
  v_due_workflow bigint[];
  v_due_no integer[];
  v_workflow bigint[];
  v_no integer[];
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_done_workflow bigint[];
  v_done_no integer[];
  v_parked_workflow bigint[];
  v_parked_no integer[];
  v_fired integer := 0;
begin
  select array_agg(d.workflow), array_agg(d.no)
  into v_due_workflow, v_due_no
  from (
    select t.workflow, t.no
    from weir_internal.timer as t
    join weir_internal.workflow as w on w.id = t.workflow
    where t.due <= v_now
    order by t.due
    limit p_limit
    for no key update of w skip locked
  ) as d;

  if v_due_no is not null then
    v_free := weir_internal.actor_free(v_due_workflow);

    with fired as (
      delete from weir_internal.timer as t
      using unnest(v_due_workflow, v_due_no) as d (workflow, no)
      where d.workflow = any (v_free)
        and t.workflow = d.workflow
        and t.no = d.no
      returning t.workflow, t.no
    ),
    ordered as (
      select f.workflow, f.no
      from fired as f
      order by f.workflow, f.no
    ),
    woken as (
      update weir_internal.step as s
      set
        state = case
          when s.function in ('weir.sleep', 'weir.wait') then 'succeeded'
          when s.function = 'weir.event' then 'parked'
          else 'ready'
        end::weir_internal.step_state,
        pending = 0,
        finished_at = case when s.function in ('weir.sleep', 'weir.wait') then v_now end,
        output = case s.function
          when 'weir.sleep' then to_jsonb(s.wake_at)
          when 'weir.wait' then weir_internal.split(s.workflow, s.args, s.dependencies)
        end,
        job = case when weir_internal.awaits(s.function) is null then weir_internal.river_token() end
      from ordered as f
      where s.workflow = f.workflow
        and s.no = f.no
        and (s.state in ('scheduled', 'parked') or s.state = 'waiting' and s.function = 'weir.wait')
      returning s.workflow, s.no, s.state, s.job, s.function, s.queue
    )
    select
      count(*),
      array_agg(w.job) filter (where w.state = 'ready'),
      array_agg(w.function) filter (where w.state = 'ready'),
      array_agg(w.queue) filter (where w.state = 'ready'),
      array_agg(w.workflow) filter (where w.state = 'ready'),
      array_agg(w.no) filter (where w.state = 'ready'),
      array_agg(w.workflow) filter (where w.state = 'succeeded'),
      array_agg(w.no) filter (where w.state = 'succeeded'),
      array_agg(w.workflow) filter (where w.state = 'parked'),
      array_agg(w.no) filter (where w.state = 'parked')
    into
      v_fired, v_job, v_kind, v_queue, v_workflow, v_no, v_done_workflow, v_done_no, v_parked_workflow, v_parked_no
    from woken as w;

    if v_job is not null then
      perform weir_internal.river_insert(v_job, v_kind, v_queue, v_workflow, v_no, true);
    end if;

    if v_done_no is not null then
      perform weir_internal.arrive_alone(v_done_workflow, v_done_no, v_now);
    end if;

    if v_parked_no is not null then
      perform weir_internal.settle_events(v_parked_workflow, v_parked_no, v_now);
    end if;
  end if;

  v_fired := v_fired + weir_internal.actor_settle(p_limit, v_now);
  perform weir_internal.admit(null);

  v_fired := v_fired + weir_internal.reminder_fire(p_limit, v_now);

  return query
  select
    v_fired,
    case
      when exists (select from weir_internal.actor_reply) then interval '0'
      else greatest(least(t.due, r.due, v_now + interval '1 hour'), v_now) - v_now
    end
  from (select min(timer.due) from weir_internal.timer) as t (due)
  cross join (select min(reminder.due) from weir_internal.reminder) as r (due);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.free_slots(p_workflow bigint[])
 RETURNS SETOF bigint
 LANGUAGE plpgsql
AS $function$
begin
  if not exists (select from weir_internal.workflow_limit) then
    return;
  end if;

  return query
  delete from weir_internal.workflow_slot as s
  using unnest(p_workflow) as e (workflow)
  where s.workflow = e.workflow
  returning s.workflow;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.gate_class()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select 2003134835
$function$;

CREATE OR REPLACE FUNCTION weir_internal.give_up(p_workflow bigint, p_no integer, p_error jsonb, p_now timestamp with time zone)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  v_climbed tid[];
  v_top integer;
  v_caught boolean;
begin
  update weir_internal.step as s
  set state = 'failed', pending = 0, error = p_error, finished_at = p_now
  where s.workflow = p_workflow
    and s.no = p_no;

  with recursive path as (
    select s.no, s.ctid as place, s.parent, s.caught, 0 as height
    from weir_internal.step as s
    where s.workflow = p_workflow
      and s.no = p_no
    union all
    select s.no, s.place, s.parent, s.caught, p.height + 1
    from path as p
    cross join lateral ( -- limit 1: by key, and not all of the workflow for each level
      select t.no, t.ctid as place, t.parent, t.caught
      from weir_internal.step as t
      where t.workflow = p_workflow
        and t.no = p.parent
        and t.state = 'delegated'
      limit 1
    ) as s
    where not p.caught
  )
  select
    array_agg(p.place) filter (where p.height > 0),
    (array_agg(p.no order by p.height desc))[1],
    bool_or(p.caught)
  into v_climbed, v_top, v_caught
  from path as p;

  update weir_internal.step as s
  set state = 'failed', outcome_of = p_no, finished_at = p_now
  where s.ctid = any (v_climbed);

  if not v_caught then
    update weir_internal.workflow as w
    set status = 'FAILED', failed_step = p_no, finished_at = p_now
    where w.id = p_workflow
      and w.status::text = 'RUNNING'; -- as text: found by id

    perform weir_internal.halt(p_workflow, null);
    perform weir_internal.actor_ended(array[w.id], p_now)
    from weir_internal.workflow as w
    where w.id = p_workflow
      and w.actor is not null;
    perform weir_internal.free_slots(array[p_workflow]);
    return true;
  end if;

  if v_climbed is not null then
    perform weir_internal.halt(p_workflow, v_top);
  end if;

  return weir_internal.arrive_alone(array[p_workflow], array[v_top], p_now) is not null;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.given_name(p_step weir_internal.step)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  v_declared text := regexp_replace(p_step.function, '^weir\.', '');
  v_part text[] := regexp_match(p_step.name, '^(.+)_(\d{1,9})$');
begin
  if p_step.name = v_declared or v_part is null then
    return p_step.name;
  elsif v_part[1] = v_declared then
    return v_declared;
  end if;
  -- A user's own name is numbered only in the graph of a continuation, where it was in use before.
  return case
    when p_step.parent is not null and exists (
      select
      from weir_internal.step_name as n
      where n.workflow = p_step.workflow
        and n.name = v_part[1]
        and n.next > v_part[2]::integer
    ) then v_part[1]
    else p_step.name
  end;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.go_on(p_workflow bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform
  from weir_internal.workflow as w
  where w.id = any (p_workflow)
    and w.status::text in ('FAILED', 'CANCELED', 'RUNNING') -- as text: found by id
    and (w.status <> 'RUNNING' or weir_internal.river_withheld())
  order by w.id
  for no key update;

  perform weir_internal.actor_goes_on(p_workflow);
  perform weir_internal.reopen(p_workflow);
  perform weir_internal.recover(p_workflow);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.halt(p_workflow bigint, p_under integer)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_no integer[];
  v_place tid[];
  v_job bigint[];
begin
  with recursive below as (
    select c.no, c.state, c.first_child, c.last_child
    from weir_internal.step as s
    join weir_internal.step as c
      on c.workflow = p_workflow
      and c.no between s.first_child and s.last_child
    where s.workflow = p_workflow
      and s.no = p_under
    union all
    select c.no, c.state, c.first_child, c.last_child
    from below as b
    cross join lateral ( -- offset 0: by key, and not all of the workflow for each level
      select t.*
      from weir_internal.step as t
      where t.workflow = p_workflow
        and t.no between b.first_child and b.last_child
      offset 0
    ) as c
  ),
  stopped as (
    select s.no, s.ctid as place, case when s.state = 'ready' then s.job end as job
    from weir_internal.step as s
    where s.workflow = p_workflow
      and s.state not in ('succeeded', 'failed', 'halted')
      and (p_under is null or (s.no in (select b.no from below as b)))
    order by s.no
    for no key update of s
  )
  select array_agg(s.no), array_agg(s.place), array_agg(s.job) filter (where s.job is not null)
  into v_no, v_place, v_job
  from stopped as s;

  -- By their places, which stay while they are locked: by their numbers a planner that believes workflows to
  -- be small compares each with each.
  update weir_internal.step as s
  set state = 'halted'
  where s.ctid = any (v_place);

  delete from weir_internal.timer as t
  where t.workflow = p_workflow
    and (t.no in (select unnest(v_no)));

  delete from weir_internal.event_wait as e
  where e.workflow = p_workflow
    and (e.no in (select unnest(v_no)));

  if v_job is not null then
    perform weir_internal.river_cancel(v_job);
  end if;

  -- Bodies that run elsewhere get a cancelled context at once; each worker's beat would tell it too.
  perform pg_notify('weir_internal.control', p_workflow::text);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.hands(p_ord integer[], p_workflow bigint[], p_no integer[], p_run integer[])
 RETURNS SETOF weir_internal.hand
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return query
  select
    'next', h.ord, s.workflow, w.workflow_id, s.no, s.epoch, s.attempt, s.failures, s.name, s.function, s.queue, s.args,
    s.policy, i.outputs, i.errors
  from unnest(p_ord, p_workflow, p_no) as h (ord, workflow, no)
  join weir_internal.workflow as w on w.id = h.workflow
  join weir_internal.step as s on s.workflow = h.workflow and s.no = h.no
  cross join lateral weir_internal.inputs(s.workflow, s.dependencies) as i
  union all
  select
    'follower', h.ord, s.workflow, null, s.no, s.epoch, s.attempt, s.failures, s.name, s.function, s.queue, s.args,
    s.policy, null, null
  from unnest(p_ord, p_workflow, p_no, p_run) as h (ord, workflow, no, run)
  cross join lateral (
    select f.*
    from weir_internal.step as f
    where f.workflow = h.workflow
      and f.no > h.no
    order by f.no
    limit least(h.run, 49)
  ) as s
  order by 2, 5;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.inputs(p_workflow bigint, p_dependencies integer[])
 RETURNS TABLE(outputs jsonb[], errors jsonb[])
 LANGUAGE sql
 STABLE
AS $function$
  -- limit 1 for the reason that unmet has it.
  select array_agg(i.output order by u.position), array_agg(i.error order by u.position)
  from unnest(p_dependencies) with ordinality as u (no, position)
  cross join lateral (
    select
      case when d.outcome_of is null then d.output else o.output end as output,
      case when d.outcome_of is null then d.error else o.error end as error
    from weir_internal.step as d
    left join lateral (
      select t.output, t.error
      from weir_internal.step as t
      where t.workflow = d.workflow
        and t.no = d.outcome_of
      limit 1
    ) as o on true
    where d.workflow = p_workflow
      and d.no = u.no
    limit 1
  ) as i
$function$;

CREATE OR REPLACE FUNCTION weir_internal.insert_steps(p_workflow bigint[], p_no integer[], p_name text[], p_function text[], p_queue text[], p_dependencies text[], p_dependents text[], p_run integer[], p_caught boolean[], p_args jsonb[], p_policy jsonb[], p_metadata jsonb[], p_base integer, p_parent integer, p_hand_job bigint[], p_notify boolean, p_halted boolean, p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_workflow bigint[];
  v_no integer[];
  v_await_workflow bigint[];
  v_await_no integer[];
begin
  with inserted as (
    insert into weir_internal.step (
      workflow, no, created_at, started_at, wake_at, job, epoch, attempt, state, pending, run, parent, caught,
      name, function, queue, dependencies, dependents, args, policy, metadata
    )
    select
      g.workflow,
      g.no,
      p_now,
      case when g.first_state = 'running' then p_now end,
      case when g.first_state in ('scheduled', 'parked') or g.waits and not p_halted then weir_internal.wake_time(g.args, p_now) end,
      case g.first_state when 'ready' then weir_internal.river_token() when 'running' then g.hand_job end,
      case when g.first_state = 'running' then 1 else 0 end,
      case when g.first_state = 'running' then 1 else 0 end,
      g.first_state,
      case when g.waits then weir_internal.wait_count(g.args, g.dependencies) else cardinality(g.dependencies) end,
      g.run,
      p_parent,
      g.caught,
      g.name,
      g.function,
      g.queue,
      g.dependencies,
      g.dependents,
      g.args,
      g.policy,
      g.metadata
    from (
      select
        s.workflow,
        s.no + p_base as no,
        case
          when p_halted then 'halted'::weir_internal.step_state
          when s.dependencies <> '{}' then 'waiting'
          when s.hand_job is not null then 'running'
          else coalesce(weir_internal.awaits(s.function), 'ready')
        end as first_state,
        case when p_base = 0 then s.dependencies::integer[] else weir_internal.shifted(s.dependencies, p_base) end as dependencies,
        case when p_base = 0 then s.dependents::integer[] else weir_internal.shifted(s.dependents, p_base) end as dependents,
        s.function = 'weir.wait' as waits, s.run, s.caught, s.name, s.function, s.queue, s.args, s.policy, s.metadata,
        s.hand_job
      from unnest(
        p_workflow, p_no, p_name, p_function, p_queue, p_dependencies, p_dependents, p_run, p_caught, p_args, p_policy,
        p_metadata, p_hand_job
      ) as s (workflow, no, name, function, queue, dependencies, dependents, run, caught, args, policy, metadata, hand_job)
      where s.workflow <> 0
    ) as g
    returning workflow, no, job, state, function, queue, wake_at
  )
  select
    array_agg(i.job) filter (where i.state = 'ready'),
    array_agg(i.function) filter (where i.state = 'ready'),
    array_agg(i.queue) filter (where i.state = 'ready'),
    array_agg(i.workflow) filter (where i.state = 'ready'),
    array_agg(i.no) filter (where i.state = 'ready'),
    array_agg(i.workflow) filter (where i.state = 'parked' or i.wake_at is not null),
    array_agg(i.no) filter (where i.state = 'parked' or i.wake_at is not null)
  into v_job, v_kind, v_queue, v_workflow, v_no, v_await_workflow, v_await_no
  from inserted as i
  where i.state = 'ready'
    or i.state = 'parked'
    or i.wake_at is not null;

  if 'weir.wait' = any (p_function) then
    update weir_internal.workflow as w
    set loose = true
    from (
      select distinct s.workflow
      from unnest(p_workflow, p_function) as s (workflow, function)
      where s.function = 'weir.wait'
    ) as s
    where w.id = s.workflow;
  end if;

  if v_await_no is not null then
    perform weir_internal.await(v_await_workflow, v_await_no, p_now);
  end if;

  if v_job is not null then
    perform weir_internal.river_insert(v_job, v_kind, v_queue, v_workflow, v_no, p_notify);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.is_stalled(p_workflow bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
  select coalesce(bool_and(
    case
      when s.state = 'ready' then not exists (
        select
        from weir_internal.worker as w
        where not w.draining
          and w.lease_until > weir_internal.clock()
          and s.function = any (w.functions)
          and s.queue = any (w.queues)
      )
      or weir_internal.river_is_withheld(s.job)
      when s.state = 'running' or d.job is not null then not exists (
        select
        from weir_internal.worker as w
        where w.lease_until > weir_internal.clock()
          and w.id = weir_internal.river_owner(coalesce(d.job, s.job))
      )
      else false
    end
  ), false)
  from weir_internal.step as s
  left join lateral (
    select t.job
    from weir_internal.step as t
    where s.state = 'waiting'
      and s.dependencies = array[s.no - 1]
      and t.workflow = s.workflow
      and t.no = s.no - 1
      and t.state = 'succeeded'
    limit 1
  ) as d on true
  where s.workflow = p_workflow
    and (s.state in ('ready', 'running', 'scheduled', 'parked') or s.wake_at is not null and s.state = 'waiting' or d.job is not null)
$function$;

CREATE OR REPLACE FUNCTION weir_internal.join_queue(p_workflow bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_full weir_internal.workflow_limit;
begin
  perform weir_internal.take_slots(p_workflow);
  perform weir_internal.admit(p_workflow);

  select l.*
  into v_full
  from weir_internal.workflow_slot as s
  join weir_internal.workflow_limit as l on l.scope = s.scope and l.key = s.key
  where s.workflow = any (p_workflow)
    and not s.admitted
    and exists (
      select
      from weir_internal.workflow_slot as o
      where o.scope = l.scope
        and o.key = l.key
        and not o.admitted
      offset l.max_pending
    )
    and l.max_pending is not null
  limit 1;

  if found then
    raise exception 'the limit of % % has % running, and as many as may wait: %',
      v_full.scope, quote_literal(v_full.key), v_full.max_running, v_full.max_pending
      using errcode = 'WF010';
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.key_of(p_workflow_id text)
 RETURNS bigint
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
  select w.id
  from weir_internal.workflow as w
  where w.workflow_id = p_workflow_id
$function$;

CREATE OR REPLACE FUNCTION weir_internal.known_actor(p_type text, p_actor_id text)
 RETURNS weir_internal.actor
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_actor weir_internal.actor;
begin
  select a.*
  into v_actor
  from weir_internal.actor as a
  where a.type = p_type
    and a.actor_id = p_actor_id;

  if not found then
    raise exception 'no actor % %', coalesce(p_type, 'null'), coalesce(quote_literal(p_actor_id), 'null') using errcode = 'WF001';
  end if;
  return v_actor;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.known_workflow(p_workflow_id text)
 RETURNS weir_internal.workflow
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  v_workflow weir_internal.workflow;
begin
  select w.*
  into v_workflow
  from weir_internal.workflow as w
  where w.workflow_id = p_workflow_id;

  if not found then
    raise exception 'no workflow %', coalesce(quote_literal(p_workflow_id), 'null') using errcode = 'WF001';
  end if;
  return v_workflow;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.listed(p_status text[], p_name text, p_metadata jsonb, p_id_prefix text, p_created_from timestamp with time zone, p_created_before timestamp with time zone, p_finished_from timestamp with time zone, p_finished_before timestamp with time zone, p_after text, p_page_size integer)
 RETURNS bigint[]
 LANGUAGE plpgsql
 STABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION weir_internal.locked_actor(p_type text, p_actor_id text)
 RETURNS weir_internal.actor
 LANGUAGE plpgsql
AS $function$
declare
  v_actor weir_internal.actor;
begin
  select a.*
  into v_actor
  from weir_internal.actor as a
  where a.type = p_type
    and a.actor_id = p_actor_id
  for no key update;

  if not found then
    return weir_internal.known_actor(p_type, p_actor_id); -- raises
  end if;
  return v_actor;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.locked_workflow(p_workflow_id text)
 RETURNS weir_internal.workflow
 LANGUAGE plpgsql
AS $function$
declare
  v_workflow weir_internal.workflow;
begin
  select w.*
  into v_workflow
  from weir_internal.workflow as w
  where w.workflow_id = p_workflow_id
  for no key update;

  if not found then
    return weir_internal.known_workflow(p_workflow_id); -- raises
  end if;
  return v_workflow;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.may_wait_for(p_workflow bigint, p_no integer[], p_for integer)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  with recursive around as (
    select e.no
    from weir_internal.enclosing(p_workflow, array[p_for]) as e
  ),
  waited as (
    select o.no
    from unnest(p_no) as o (no)
    union
    select n.no
    from waited as w
    cross join lateral (
      select t.dependencies, t.state, t.last_child
      from weir_internal.step as t
      where t.workflow = p_workflow
        and t.no = w.no
      limit 1
    ) as s
    cross join lateral (
      select d.no
      from weir_internal.unmet(p_workflow, s.dependencies) as d
      union all
      select s.last_child
      where s.state = 'delegated'
    ) as n
  )
  select
    not exists (select from around as a join waited as w on w.no = a.no)
    and not exists (
      select
      from weir_internal.enclosing(p_workflow, p_no) as a
      cross join lateral (
        select t.state, t.caught
        from weir_internal.step as t
        where t.workflow = p_workflow
          and t.no = a.no
        limit 1
      ) as s
      where (
          s.state = 'halted'
          or s.state = 'delegated' and a.above
          or s.state = 'failed' and not s.caught and not a.above
        )
        and a.no not in (select r.no from around as r)
    )
$function$;

CREATE OR REPLACE FUNCTION weir_internal.outcomes(p_workflow bigint[], p_step text[] DEFAULT NULL::text[])
 RETURNS TABLE(workflow bigint, status text, output jsonb, error jsonb, cancel_reason text, step text)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
begin
  return query
  select
    g.id,
    w.status::text,
    case when w.status = 'SUCCESSFUL' then weir_internal.output_of(w.id, w.root) end,
    f.error,
    w.cancel_reason,
    null
  from unnest(p_workflow, p_step) as g (id, step)
  left join weir_internal.workflow as w on w.id = g.id
  left join weir_internal.step as f on f.workflow = w.id and f.no = w.failed_step
  where g.step is null
    and (w.id is null or w.status in ('SUCCESSFUL', 'FAILED', 'CANCELED'));

  if array_remove(p_step, null) <> '{}' then
    return query
    select
      g.id,
      case s.state when 'succeeded' then 'SUCCESSFUL' when 'failed' then 'FAILED' else w.status::text end,
      o.output,
      o.error,
      case when s.no is null then w.cancel_reason end,
      g.step
    from unnest(p_workflow, p_step) as g (id, step)
    left join weir_internal.workflow as w on w.id = g.id
    left join weir_internal.step as s on s.workflow = w.id and s.name = g.step and s.state in ('succeeded', 'failed')
    left join weir_internal.step as o on o.workflow = s.workflow and o.no = coalesce(s.outcome_of, s.no)
    where g.step is not null
      and (w.id is null or s.no is not null or w.status in ('SUCCESSFUL', 'FAILED', 'CANCELED'));
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.output_of(p_workflow bigint, p_no integer)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select case when s.outcome_of is null then s.output else o.output end
  from weir_internal.step as s
  left join weir_internal.step as o on o.workflow = s.workflow and o.no = s.outcome_of
  where s.workflow = p_workflow
    and s.no = p_no
$function$;

CREATE OR REPLACE FUNCTION weir_internal.outside(p_dependencies text[], p_base integer)
 RETURNS integer[]
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
declare
  v_outside integer[];
begin
  if p_dependencies::text not like '%-%' then
    return '{}';
  end if;

  v_outside := array(
    select distinct -1 - d.no
    from unnest(p_dependencies) as s (dependencies)
    cross join unnest(s.dependencies::integer[]) as d (no)
    where d.no < 0
    order by 1
  );
  if p_base <= any (v_outside) then
    perform weir_internal.refuse('args', 'waits for a step that its workflow doesn''t have');
  end if;
  return v_outside;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.queue_mend(p_after bigint, p_limit integer)
 RETURNS TABLE(mended integer, next bigint)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_slice bigint[];
  v_job bigint[];
  v_workflow bigint[];
  v_actor bigint[];
  v_actor_job bigint[];
begin
  v_slice := array(
    (
      select w.id
      from weir_internal.workflow as w
      where w.status = 'RUNNING'
        and w.id > p_after
      order by w.id
      limit p_limit
    )
    union all
    (
      select t.actor
      from weir_internal.actor_turn as t
      where t.actor > p_after
      order by t.actor
      limit p_limit
    )
    order by 1
    limit p_limit
  );

  select array_agg(s.job), array_agg(s.workflow)
  into v_job, v_workflow
  from weir_internal.step as s
  where s.workflow = any (v_slice)
    and (
      s.state in ('ready', 'running')
      -- The follower of a done step waits for that step's job, which runs on.
      or s.state = 'succeeded'
      and s.dependents = array[s.no + 1]
      and exists (
        select
        from weir_internal.step as f
        where f.workflow = s.workflow
          and f.no = s.no + 1
          and f.state = 'waiting'
          and f.dependencies = array[s.no]
      )
    )
    and not weir_internal.river_alive(s.job);

  if v_job is not null then
    -- Looked at without locks: what has moved on meanwhile names another job by now.
    perform weir_internal.requeue(null, v_job, v_workflow, false, 0);
  end if;

  select array_agg(t.actor), array_agg(t.job)
  into v_actor, v_actor_job
  from weir_internal.actor_turn as t
  where t.actor = any (v_slice)
    and not weir_internal.actor_turn_alive(t);

  if v_actor is not null then
    perform weir_internal.actor_requeue(null, v_actor, v_actor_job, false, 0);
  end if;

  return query
  select
    coalesce(cardinality(v_job), 0) + coalesce(cardinality(v_actor), 0),
    case when cardinality(v_slice) < p_limit then 0 else v_slice[p_limit] end;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.random_id()
 RETURNS text
 LANGUAGE sql
AS $function$
  select encode(
    set_bit(
      set_bit(
        overlay(
          uuid_send(gen_random_uuid())
          placing substring(int8send((extract(epoch from weir_internal.clock()) * 1000)::bigint) from 3)
          from 1 for 6
        ),
        52, 1
      ),
      53, 1
    ),
    'hex'
  )::uuid::text
$function$;

CREATE OR REPLACE FUNCTION weir_internal.recover(p_workflow bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if not weir_internal.river_withheld() then
    return;
  end if;

  with ready as (
    select s.workflow, s.no, s.job
    from unnest(p_workflow) as w (id)
    join weir_internal.step as s on s.workflow = w.id
    where s.state = 'ready'
  ),
  released as (
    select r.id
    from weir_internal.river_release(array(select job from ready)) as r (id)
  )
  update weir_internal.step as s
  set failures = 0, lost = 0
  from ready as r
  join released as j on j.id = r.job
  where s.workflow = r.workflow
    and s.no = r.no;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.refuse(p_field text, p_reason text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '%: %', p_field, p_reason using errcode = 'WF006', column = p_field;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.refuse_method(p_type text, p_what text, p_name text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'no worker has the % % of %', p_what, quote_literal(p_name), p_type using errcode = 'WF012';
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.release(p_worker text, p_job bigint[], p_workflow bigint[])
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
begin
  perform weir_internal.enter(p_worker);
  return weir_internal.requeue(p_worker, p_job, p_workflow, false, 0)
    and weir_internal.actor_requeue(p_worker, p_workflow, p_job, false, 0);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.release_dependents(p_functions text[], p_ord integer[], p_workflow bigint[], p_no integer[], p_hand_ord integer[], p_hand_job bigint[], p_hand_queue text[], p_notify boolean, p_now timestamp with time zone, p_from integer DEFAULT 0)
 RETURNS SETOF weir_internal.hand
 LANGUAGE plpgsql
AS $function$
declare
  v_await_ord integer[];
  v_await_workflow bigint[];
  v_await_no integer[];
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_workflow bigint[];
  v_no integer[];
  v_hand_ord integer[];
  v_hand_workflow bigint[];
  v_hand_no integer[];
  v_hand_run integer[];
begin
  with arrivals as (
    select d.workflow, t.no, min(d.ord) as ord, count(*)::integer as arrived
    from unnest(p_ord, p_workflow, p_no) as d (ord, workflow, no)
    join weir_internal.step as s on s.workflow = d.workflow and s.no = d.no
    cross join unnest(s.dependents) as t (no)
    where t.no >= p_from
    group by d.workflow, t.no
  ),
  targets as (
    select
      a.workflow,
      a.no,
      a.ord,
      a.arrived,
      t.pending <= a.arrived as complete,
      weir_internal.awaits(t.function) as awaits,
      t.function = 'weir.wait' as splits,
      t.pending <= a.arrived
        and t.function = any (p_functions)
        and t.queue = p_hand_queue[array_position(p_hand_ord, a.ord)] as eligible
    from arrivals as a
    join weir_internal.step as t on t.workflow = a.workflow and t.no = a.no and t.state = 'waiting'
  ),
  placed as (
    select
      t.workflow,
      t.no,
      t.ord,
      t.arrived,
      t.complete,
      t.awaits,
      t.splits,
      case
        when t.eligible and row_number() over (partition by t.ord, t.eligible order by t.workflow, t.no) = 1
        then p_hand_job[array_position(p_hand_ord, t.ord)]
      end as hand_job
    from targets as t
    order by t.workflow, t.no
  ),
  updated as (
    update weir_internal.step as s
    set
      pending = greatest(s.pending - p.arrived, 0),
      state = case
        when not p.complete then 'waiting'::weir_internal.step_state
        when p.awaits is not null then p.awaits
        when p.hand_job is not null then 'running'
        else 'ready'
      end,
      epoch = s.epoch + case when p.hand_job is not null then 1 else 0 end,
      attempt = s.attempt + case when p.hand_job is not null then 1 else 0 end,
      started_at = coalesce(s.started_at, case when p.hand_job is not null or p.awaits is not null and p.complete then p_now end),
      wake_at = case
        when p.splits and p.complete then p_now
        when p.awaits is not null and p.complete then coalesce(s.wake_at, weir_internal.wake_time(s.args, p_now))
        else s.wake_at
      end,
      job = coalesce(p.hand_job, case when p.complete and p.awaits is null then weir_internal.river_token() end)
    from placed as p
    where s.workflow = p.workflow
      and s.no = p.no
    returning p.ord, s.workflow, s.no, s.state, s.job, s.function, s.queue, s.run
  )
  select
    array_agg(u.ord) filter (where u.state in ('scheduled', 'parked')),
    array_agg(u.workflow) filter (where u.state in ('scheduled', 'parked')),
    array_agg(u.no) filter (where u.state in ('scheduled', 'parked')),
    array_agg(u.job) filter (where u.state = 'ready'),
    array_agg(u.function) filter (where u.state = 'ready'),
    array_agg(u.queue) filter (where u.state = 'ready'),
    array_agg(u.workflow) filter (where u.state = 'ready'),
    array_agg(u.no) filter (where u.state = 'ready'),
    array_agg(u.ord) filter (where u.state = 'running'),
    array_agg(u.workflow) filter (where u.state = 'running'),
    array_agg(u.no) filter (where u.state = 'running'),
    array_agg(u.run) filter (where u.state = 'running')
  into
    v_await_ord, v_await_workflow, v_await_no, v_job, v_kind, v_queue, v_workflow, v_no,
    v_hand_ord, v_hand_workflow, v_hand_no, v_hand_run
  from updated as u;

  if v_await_no is not null then
    perform weir_internal.await(v_await_workflow, v_await_no, p_now);

    return query
    select h.*
    from unnest(v_await_ord, v_await_workflow, v_await_no) as a (ord, workflow, no)
    cross join lateral weir_internal.told('sleeping', a.ord, a.workflow, a.no) as h;
  end if;

  if v_job is not null then
    perform weir_internal.river_insert(v_job, v_kind, v_queue, v_workflow, v_no, p_notify);
  end if;

  if v_hand_no is not null then
    return query
    select * from weir_internal.hands(v_hand_ord, v_hand_workflow, v_hand_no, v_hand_run);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.reminder_fire(p_limit integer, p_now timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  v_locked bigint[];
  v_locked_name text[];
  v_actor bigint[];
  v_name text[];
  v_ticks bigint[]; -- that are over then
  v_calls bigint[]; -- for so many of them, the last ones
  v_of bigint[]; -- of each call: which reminder it is of
  v_type text[];
  v_actor_id text[];
  v_method text[];
  v_label text[];
  v_args jsonb[];
  v_policy jsonb[];
  v_metadata jsonb[];
  v_tick text[];
  v_seq bigint[];
begin
  select array_agg(d.actor), array_agg(d.name)
  into v_locked, v_locked_name
  from (
    select r.actor, r.name
    from weir_internal.reminder as r
    join weir_internal.actor as a on a.id = r.actor
    where r.due <= p_now
    order by r.due
    limit p_limit
    for no key update of a skip locked
  ) as d;

  if v_locked is null then
    return 0;
  end if;

  -- A call weighs more the larger it is, so that a pass has a bound in bytes, too: 8 MiB for 500 calls.
  with due as (
    select r.actor, r.name, i.ord, r.catch_up, g.ticks, c.calls, 1 + r.size / 16384 as weight
    from unnest(v_locked, v_locked_name) with ordinality as i (actor, name, ord)
    join weir_internal.reminder as r on r.actor = i.actor and r.name = i.name
    join weir_internal.actor as a on a.id = r.actor
    cross join lateral (
      select coalesce(floor(extract(epoch from p_now - r.due) / extract(epoch from r.every)), 0)::bigint + 1
    ) as g (ticks)
    cross join lateral (
      select case
        when r.catch_up = 'all' then g.ticks
        when r.every is not null and r.last_call > a.answered then 0
        when r.catch_up = 'none' and r.due + coalesce(r.every * (g.ticks - 1), '0') < p_now - interval '1 minute' then 0
        else 1
      end
    ) as c (calls)
    where r.due <= p_now
  ),
  weighed as (
    select
      d.*,
      coalesce(
        sum(least(d.calls, p_limit) * d.weight) over (order by d.ord rows between unbounded preceding and 1 preceding), 0
      ) as before
    from due as d
  ),
  taken as (
    select w.*, least(w.calls, greatest(floor((p_limit - w.before) / w.weight), 1))::bigint as fit
    from weighed as w
    where w.before < p_limit
  )
  select
    array_agg(t.actor), array_agg(t.name), array_agg(case t.catch_up when 'all' then t.fit else t.ticks end),
    array_agg(t.fit)
  into v_actor, v_name, v_ticks, v_calls
  from taken as t;

  if v_actor is null then
    return 0;
  end if;

  select
    array_agg(c.ord), array_agg(c.type), array_agg(c.actor_id), array_agg(c.method), array_agg(c.label),
    array_agg(c.args), array_agg(c.policy), array_agg(c.metadata),
    array_agg(c.name || '@' || to_char(c.due at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
  into v_of, v_type, v_actor_id, v_method, v_label, v_args, v_policy, v_metadata, v_tick
  from (
    select i.ord, a.type, a.actor_id, r.method, r.label, r.args, r.policy, r.metadata, r.name, t.due
    from unnest(v_actor, v_name, v_ticks, v_calls) with ordinality as i (actor, name, ticks, calls, ord)
    join weir_internal.reminder as r on r.actor = i.actor and r.name = i.name
    join weir_internal.actor as a on a.id = r.actor
    cross join lateral generate_series(i.ticks - i.calls, i.ticks - 1) as g (n)
    cross join lateral (select r.due + coalesce(r.every * g.n, '0')) as t (due)
    order by t.due, i.ord
  ) as c;

  if v_of is not null then
    select array_agg(h.seq order by h.ord)
    into v_seq
    from weir_internal.actor_enqueue(
      null, v_type, v_actor_id, v_method, v_label, v_args, v_policy, v_metadata,
      array_fill(false, array[cardinality(v_of)]), null, true, v_tick
    ) as h
    where h.verdict = 'accepted';
  end if;

  -- A reminder and its calls are gathered, and not joined: the planner would compare each with each.
  update weir_internal.reminder as r
  set due = r.due + r.every * g.ticks, calls = r.calls + g.calls, last_call = coalesce(g.seq, r.last_call)
  from (
    select max(u.actor), max(u.name), max(u.ticks), max(u.calls), max(u.seq)
    from (
      select i.ord, i.actor, i.name, i.ticks, i.calls, null::bigint
      from unnest(v_actor, v_name, v_ticks, v_calls) with ordinality as i (actor, name, ticks, calls, ord)
      union all
      select c.ord, null, null, null, null, c.seq
      from unnest(v_of, v_seq) as c (ord, seq)
    ) as u (ord, actor, name, ticks, calls, seq)
    group by u.ord
  ) as g (actor, name, ticks, calls, seq)
  where r.actor = g.actor
    and r.name = g.name
    and r.every is not null;

  delete from weir_internal.reminder as r
  using unnest(v_actor, v_name) as i (actor, name)
  where r.actor = i.actor
    and r.name = i.name
    and r.every is null;

  return cardinality(v_actor);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.reminder_set(p_type text, p_actor_id text, p_name text, p_method text, p_args jsonb, p_at timestamp with time zone, p_every interval, p_catch_up text, p_label text, p_policy jsonb, p_metadata jsonb)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_every interval;
  v_actor bigint;
  v_due timestamptz;
begin
  perform weir_internal.check_actor(p_type, p_actor_id);
  perform weir_internal.check_text('name', p_name, 255);
  perform weir_internal.check_method(p_method);
  if p_at is null and p_every is null then
    perform weir_internal.refuse('at', 'is null, and so is every');
  elsif p_at not between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59Z' then
    perform weir_internal.refuse('at', format('is %s: the years 1 to 9999 are allowed', p_at));
  elsif extract(epoch from p_every) not between 0.1 and 2600000 * 3600.0 then
    perform weir_internal.refuse('every', format('is %s: 0.1 seconds to 2600000 hours are allowed', p_every));
  elsif extract(year from p_every) <> 0 or extract(month from p_every) <> 0 then
    perform weir_internal.refuse('every', format('is %s: months differ in length', p_every));
  elsif p_catch_up is null or p_catch_up not in ('all', 'one', 'none') then
    perform weir_internal.refuse('catch_up', format('is %L: all, one or none', p_catch_up));
  end if;
  -- A day is 24 hours, whatever the time zone.
  v_every := make_interval(secs => extract(epoch from p_every)::double precision);

  v_actor := (weir_internal.locked_actor(p_type, p_actor_id)).id;
  if weir_internal.actor_lacks(p_type, weir_internal.actor_function(p_type, p_method)) then
    perform weir_internal.refuse_method(p_type, 'method', p_method);
  end if;

  insert into weir_internal.reminder as r (
    actor, name, created_at, at, every, due, catch_up, method, label, args, policy, metadata
  )
  values (
    v_actor, p_name, v_now, p_at, v_every, coalesce(p_at, v_now + v_every), p_catch_up::weir_internal.catch_up, p_method,
    p_label, p_args, p_policy, p_metadata
  )
  on conflict on constraint reminder_pkey do update
  set
    created_at = excluded.created_at, at = excluded.at, every = excluded.every, due = excluded.due,
    catch_up = excluded.catch_up, calls = 0, last_call = null, method = excluded.method, label = excluded.label,
    args = excluded.args, policy = excluded.policy, metadata = excluded.metadata
  where (r.at, r.every, r.catch_up, r.method, r.label, r.args, r.policy, r.metadata) is distinct from (
    excluded.at, excluded.every, excluded.catch_up, excluded.method, excluded.label, excluded.args, excluded.policy,
    excluded.metadata
  );

  select r.due
  into v_due
  from weir_internal.reminder as r
  where r.actor = v_actor
    and r.name = p_name;
  return v_due;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.reopen(p_workflow bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_stopped bigint[];
  v_pending bigint[];
begin
  v_stopped := array(
    select w.id
    from weir_internal.workflow as w
    where w.id = any (p_workflow)
      and w.status::text in ('FAILED', 'CANCELED') -- as text: found by id
  );
  v_pending := array(select distinct q from weir_internal.take_slots(v_stopped) as q);

  update weir_internal.workflow as w
  set status = 'PENDING', started_at = null, finished_at = null, failed_step = null, cancel_reason = null
  where w.id = any (v_pending);

  perform weir_internal.set_going(array(
    select s.id
    from unnest(v_stopped) as s (id)
    where s.id <> all (v_pending)
  ));

  if v_pending <> '{}' then
    perform weir_internal.admit(v_pending);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.requeue(p_worker text, p_job bigint[], p_job_workflow bigint[], p_lost boolean, p_poison integer, p_withheld boolean DEFAULT false)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_locked bigint[];
  v_jobs bigint[];
  v_all boolean;
  v_poisoned record;
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_workflow bigint[];
  v_no integer[];
  v_delay interval[];
begin
  v_locked := array(
    select w.id
    from weir_internal.workflow as w
    where w.id = any (p_job_workflow)
    order by w.id
    for no key update skip locked
  );
  v_locked := weir_internal.actor_free(v_locked);

  select array_agg(j.id)
  into v_jobs
  from unnest(p_job, p_job_workflow) as j (id, workflow)
  where j.workflow = any (v_locked)
    or not exists (select from weir_internal.workflow as w where w.id = j.workflow);

  with held as (
    select s.workflow, s.no
    from weir_internal.step as s
    where s.workflow = any (v_locked)
      and s.state in ('running', 'ready')
      and (s.job in (select unnest(v_jobs))) -- in brackets it stays a hashed look-up, not a join or a search
    union
    select f.workflow, f.no
    from weir_internal.step as s
    join weir_internal.step as f
      on f.workflow = s.workflow
      and f.no = s.no + 1
      and f.state = 'waiting'
      and f.dependencies = array[s.no]
    where s.workflow = any (v_locked)
      and s.state = 'succeeded'
      and (s.job in (select unnest(v_jobs)))
  ),
  locked as (
    select s.workflow, s.no, s.state <> 'ready' and p_lost as lost, s.state = 'waiting' as unmarked
    from weir_internal.step as s
    join held as h on h.workflow = s.workflow and h.no = s.no
    where s.state in ('running', 'ready', 'waiting') -- as it is once the lock is had
    order by s.workflow, s.no
    for no key update of s
  ),
  requeued as (
    update weir_internal.step as s
    set
      state = 'ready',
      pending = 0,
      epoch = s.epoch + 1,
      lost = s.lost + case when l.lost then 1 else 0 end,
      attempt = s.attempt + case when l.unmarked then 1 else 0 end,
      job = weir_internal.river_token()
    from locked as l
    where s.workflow = l.workflow
      and s.no = l.no
    returning s.workflow, s.no, s.job, s.function, s.queue, s.attempt, s.started_at, l.lost, s.lost as losses
  ),
  attempts as (
    insert into weir_internal.step_attempt (
      workflow, no, attempt, lost, worker, error_type, message, started_at, finished_at
    )
    select r.workflow, r.no, r.attempt, true, p_worker, 'weir.lost', 'the worker was lost', r.started_at, v_now
    from requeued as r
    where r.lost
    returning id
  )
  select
    array_agg(r.job), array_agg(r.function), array_agg(r.queue), array_agg(r.workflow), array_agg(r.no),
    array_agg(case when r.lost and r.losses > 1 then random() * power(2, least(r.losses, 6)) * interval '0.25 s' end),
    (select count(*) from held) = count(*)
  into v_job, v_kind, v_queue, v_workflow, v_no, v_delay, v_all
  from requeued as r;

  -- A checkpoint that was still under way has moved a job on to a step that held doesn't know: come again.
  if v_all then
    perform weir_internal.river_retire(v_jobs);
  end if;
  if v_job is not null then
    perform weir_internal.river_insert(v_job, v_kind, v_queue, v_workflow, v_no, true, true, v_delay, p_withheld);
  end if;

  if p_lost then
    for v_poisoned in
      select s.workflow, s.no, s.job, s.name, s.lost, s.attempt
      from unnest(v_workflow, v_no) as r (workflow, no)
      join weir_internal.step as s on s.workflow = r.workflow and s.no = r.no
      where s.lost >= p_poison
        and s.state = 'ready'
      order by s.workflow, s.no
    loop
      -- Giving up the one before may have halted this one; the loop's query wouldn't know.
      continue when not exists (
        select
        from weir_internal.step as s
        where s.workflow = v_poisoned.workflow
          and s.no = v_poisoned.no
          and s.state = 'ready'
      );
      perform weir_internal.river_cancel(array[v_poisoned.job]);
      perform weir_internal.give_up(
        v_poisoned.workflow, v_poisoned.no,
        jsonb_build_object(
          'step', v_poisoned.name, 'type', 'weir.lost', 'attempts', v_poisoned.attempt,
          'message', format('given up after %s of its attempts were lost with their workers', v_poisoned.lost)
        ),
        v_now
      );
    end loop;
  end if;

  return v_all and coalesce(cardinality(v_jobs), 0) = cardinality(p_job);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.retry_delay(p_policy jsonb, p_failures integer)
 RETURNS interval
 LANGUAGE sql
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_alive(p_job bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select exists (
    select
    from weir_internal.river_job as j
    where j.id = p_job
      and (
        j.state in ('available', 'pending', 'retryable', 'scheduled')
        or exists (select from weir_internal.worker as w where w.id = weir_internal.river_owner(j.id))
      )
  )
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_cancel(p_id bigint[])
 RETURNS void
 LANGUAGE sql
AS $function$
  update weir_internal.river_job
  set state = 'cancelled', finalized_at = clock_timestamp()
  where id = any (p_id)
    and state in ('available', 'pending', 'retryable', 'scheduled')
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_held(p_worker text)
 RETURNS TABLE(id bigint, workflow bigint, fetched_at timestamp with time zone)
 LANGUAGE sql
 STABLE
AS $function$
  select j.id, (j.args ->> 'w')::bigint, j.attempted_at
  from weir_internal.river_job as j
  where j.state = 'running'
    and j.attempted_by[array_upper(j.attempted_by, 1)] = p_worker
    and (j.args -> 's')::integer >= 0
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_insert(p_id bigint[], p_kind text[], p_queue text[], p_workflow bigint[], p_no integer[], p_notify boolean, p_first boolean DEFAULT false, p_delay interval[] DEFAULT NULL::interval[], p_withheld boolean DEFAULT false)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into weir_internal.river_job (id, state, kind, queue, args, priority, max_attempts, scheduled_at)
  select
    t.id, case when p_withheld then 'pending' else 'available' end::weir_internal.river_job_state, t.kind, t.queue, jsonb_build_object('w', t.workflow, 's', t.no),
    case when p_first then 1 else 2 end, 100, clock_timestamp() + coalesce(t.delay, '0')
  from unnest(p_id, p_kind, p_queue, p_workflow, p_no, p_delay) as t (id, kind, queue, workflow, no, delay);

  if p_notify then
    perform weir_internal.river_wake(p_queue);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_is_withheld(p_job bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select exists (
    select
    from weir_internal.river_job as j
    where j.id = p_job
      and j.state = 'pending'
  )
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_job_state_in_bitmask(bitmask bit, state weir_internal.river_job_state)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
    SELECT CASE state
        WHEN 'available' THEN get_bit(bitmask, 7)
        WHEN 'cancelled' THEN get_bit(bitmask, 6)
        WHEN 'completed' THEN get_bit(bitmask, 5)
        WHEN 'discarded' THEN get_bit(bitmask, 4)
        WHEN 'pending'   THEN get_bit(bitmask, 3)
        WHEN 'retryable' THEN get_bit(bitmask, 2)
        WHEN 'running'   THEN get_bit(bitmask, 1)
        WHEN 'scheduled' THEN get_bit(bitmask, 0)
        ELSE 0
    END = 1;
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_owner(p_job bigint)
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
  select j.attempted_by[array_upper(j.attempted_by, 1)]
  from weir_internal.river_job as j
  where j.id = p_job
    and j.state::text = 'running' -- as text: found by id
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_release(p_id bigint[])
 RETURNS SETOF bigint
 LANGUAGE plpgsql
AS $function$
declare
  v_id bigint[];
  v_queue text[];
begin
  with released as (
    update weir_internal.river_job as j
    set state = 'available', scheduled_at = clock_timestamp()
    where j.id = any (p_id)
      and j.state = 'pending'
    returning j.id, j.queue
  )
  select array_agg(r.id), array_agg(distinct r.queue)
  into v_id, v_queue
  from released as r;

  perform weir_internal.river_wake(v_queue);
  return query select unnest(v_id);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_remove(p_worker text, p_id bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  delete from weir_internal.river_job
  where id = any (p_id)
    and state::text = 'running' -- as text: found by id
    and attempted_by = array[p_worker];
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_retire(p_id bigint[])
 RETURNS void
 LANGUAGE sql
AS $function$
  update weir_internal.river_job
  set state = 'cancelled', finalized_at = clock_timestamp(), metadata = metadata || '{"weir": "retired"}'
  where id = any (p_id)
    and finalized_at is null
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_run(p_worker text, p_id bigint[], p_kind text[], p_queue text[], p_workflow bigint[], p_no integer[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into weir_internal.river_job (
    id, state, kind, queue, args, priority, max_attempts, scheduled_at, attempt, attempted_at, attempted_by
  )
  select
    t.id, 'running', t.kind, t.queue, jsonb_build_object('w', t.workflow, 's', t.no), 2, 100, clock_timestamp(), 1,
    clock_timestamp(), array[p_worker]
  from unnest(p_id, p_kind, p_queue, p_workflow, p_no) as t (id, kind, queue, workflow, no);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_token()
 RETURNS bigint
 LANGUAGE sql
AS $function$
  select nextval('weir_internal.river_job_id_seq')
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_wake(p_queue text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('weir_internal.river_insert', json_build_object('queue', q.queue)::text)
  from (select distinct unnest(p_queue)) as q (queue);
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.river_withheld()
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select exists (select from weir_internal.river_job as j where j.state = 'pending')
$function$;

CREATE OR REPLACE FUNCTION weir_internal.server_start()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$
  select greatest(pg_postmaster_start_time(), max(a.backend_start))
  from pg_stat_activity as a
  where a.backend_type in ('checkpointer', 'walwriter', 'background writer')
$function$;

CREATE OR REPLACE FUNCTION weir_internal.session_class()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select 2003134834
$function$;

CREATE OR REPLACE FUNCTION weir_internal.set_going(p_workflow bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_id bigint[];
  v_root integer[];
  v_loose boolean[];
  v_job bigint[];
  v_kind text[];
  v_queue text[];
  v_workflow bigint[];
  v_no integer[];
  v_await_workflow bigint[];
  v_await_no integer[];
begin
  with going as (
    update weir_internal.workflow as w
    set status = 'RUNNING', started_at = v_now, finished_at = null, failed_step = null, cancel_reason = null
    where w.id = any (p_workflow)
      and w.status::text in ('FAILED', 'CANCELED', 'PENDING') -- as text: found by id
    returning w.id, w.root, w.loose
  )
  select array_agg(g.id), array_agg(g.root), array_agg(g.loose)
  into v_id, v_root, v_loose
  from going as g;

  if v_id is null then
    return;
  end if;

  -- Late checkpoints inside runs don't take the workflow's row: those under way end before we look.
  perform
  from weir_internal.step as s
  where s.workflow = any (v_id)
    and s.state = 'halted'
  order by s.workflow, s.no
  for no key update;

  with recursive open as (
    select w.loose, s.workflow, s.no, s.ctid as place, s.state, s.first_child, s.last_child, s.dependencies, s.function, s.args, s.wake_at
    from unnest(v_id, v_root, v_loose) as w (id, root, loose)
    join weir_internal.step as s on s.workflow = w.id and s.no <= w.root
    where case s.state when 'succeeded' then w.loose and s.first_child is not null when 'failed' then not s.caught else true end
    union all
    select o.loose, s.workflow, s.no, s.place, s.state, s.first_child, s.last_child, s.dependencies, s.function, s.args, s.wake_at
    from open as o
    cross join lateral ( -- offset 0: by key, and not all of the workflow for each level
      select t.*, t.ctid as place
      from weir_internal.step as t
      where t.workflow = o.workflow
        and t.no between o.first_child and o.last_child
      offset 0
    ) as s
    where case s.state when 'succeeded' then o.loose and s.first_child is not null when 'failed' then not s.caught else true end
  ),
  live as ( -- a step that succeeded is open for what a wait has left in its graph
    select o.*
    from open as o
    where o.state <> 'succeeded'
  ),
  counted as materialized (
    select
      l.workflow,
      l.no,
      l.place,
      l.first_child,
      l.function,
      case
        when l.function = 'weir.wait'
        then greatest(weir_internal.wait_count(l.args, l.dependencies) - cardinality(l.dependencies) + u.open, 0)
        else u.open
      end as pending,
      -- A deadline that was set stays; one that was missed is set anew.
      coalesce(case when l.state <> 'failed' then l.wake_at end, weir_internal.wake_time(l.args, v_now)) as deadline
    from live as l
    cross join lateral (
      select count(*)::integer as open
      from weir_internal.unmet(l.workflow, l.dependencies) as d
    ) as u
  ),
  placed as (
    select
      c.*,
      case
        when c.first_child is not null then 'delegated'::weir_internal.step_state
        when c.pending > 0 then 'waiting'
        else coalesce(weir_internal.awaits(c.function), 'ready')
      end as state
    from counted as c
    order by c.workflow, c.no
  ),
  reopened as (
    update weir_internal.step as s
    set
      state = p.state,
      pending = case when p.state = 'waiting' then p.pending else 0 end,
      epoch = s.epoch + 1,
      failures = 0,
      lost = 0,
      started_at = case when p.state = 'delegated' then s.started_at end,
      finished_at = null,
      error = null,
      outcome_of = null,
      wake_at = case
        when p.function = 'weir.wait' then case when p.state = 'scheduled' then v_now else p.deadline end
        when p.function in ('weir.sleep', 'weir.event') and p.state <> 'waiting' then p.deadline
      end,
      job = case when p.state = 'ready' then weir_internal.river_token() end
    from placed as p
    where s.ctid = p.place
    returning s.workflow, s.no, s.state, s.job, s.function, s.queue, s.wake_at
  )
  select
    array_agg(r.job) filter (where r.state = 'ready'),
    array_agg(r.function) filter (where r.state = 'ready'),
    array_agg(r.queue) filter (where r.state = 'ready'),
    array_agg(r.workflow) filter (where r.state = 'ready'),
    array_agg(r.no) filter (where r.state = 'ready'),
    array_agg(r.workflow) filter (where r.state = 'parked' or r.wake_at is not null),
    array_agg(r.no) filter (where r.state = 'parked' or r.wake_at is not null)
  into v_job, v_kind, v_queue, v_workflow, v_no, v_await_workflow, v_await_no
  from reopened as r;

  if v_await_no is not null then
    perform weir_internal.await(v_await_workflow, v_await_no, v_now);
  end if;
  if v_job is not null then
    perform weir_internal.river_insert(v_job, v_kind, v_queue, v_workflow, v_no, true);
  end if;

  -- A root that finished after the stop has told nobody: the step or the workflow that ends with it ends now.
  perform weir_internal.arrive_alone(array_agg(s.workflow), array_agg(s.no), v_now)
  from weir_internal.step as s
  where s.workflow = any (v_id)
    and s.state = 'succeeded'
    and s.dependents = '{}'
    and (
      s.parent is null
      or exists (
        select
        from weir_internal.step as p
        where p.workflow = s.workflow
          and p.no = s.parent
          and p.state = 'delegated'
      )
    )
  having count(*) > 0;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.settle_events(p_workflow bigint[], p_no integer[], p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_workflow bigint[];
  v_no integer[];
  v_key text[];
  v_late record;
begin
  select array_agg(s.workflow), array_agg(s.no), array_agg(weir_internal.event_key(s.args))
  into v_workflow, v_no, v_key
  from unnest(p_workflow, p_no) as p (workflow, no)
  join weir_internal.step as s on s.workflow = p.workflow and s.no = p.no;

  perform weir_internal.arrive_alone(array_agg(d.workflow), array_agg(d.no), p_now)
  from weir_internal.deliver_events(v_workflow, v_key, p_now) as d
  having count(*) > 0;

  for v_late in
    select p.workflow, p.no
    from unnest(v_workflow, v_no) as p (workflow, no)
    order by p.workflow, p.no
  loop
    perform weir_internal.time_out_event(v_late.workflow, v_late.no, p_now);
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.shifted(p_numbers text, p_base integer)
 RETURNS integer[]
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select array(
    select case when n.no < 0 then -1 - n.no else n.no + p_base end
    from unnest(p_numbers::integer[]) with ordinality as n (no, position)
    order by n.position
  )
$function$;

CREATE OR REPLACE FUNCTION weir_internal.split(p_workflow bigint, p_args jsonb, p_dependencies integer[])
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION weir_internal.start(p_workflow_id text[], p_name text[], p_metadata jsonb[], p_fingerprint bigint[], p_steps integer[], p_on_existing text[], p_step_workflow integer[], p_step_no integer[], p_step_name text[], p_function text[], p_queue text[], p_dependencies text[], p_dependents text[], p_run integer[], p_caught boolean[], p_args jsonb[], p_policy jsonb[], p_step_metadata jsonb[], p_notify boolean, p_patient boolean)
 RETURNS TABLE(ord integer, id bigint, status text, created boolean, same_graph boolean)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;

  return query
  select s.ord, s.id, s.status, s.created, s.same_graph
  from weir_internal.store(
    p_workflow_id, p_name, p_metadata, p_fingerprint, p_steps, p_on_existing, p_step_workflow, p_step_no,
    p_step_name, p_function, p_queue, p_dependencies, p_dependents, p_run, p_caught, p_args, p_policy,
    p_step_metadata, p_notify, null, null
  ) as s;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.start_here(p_worker text, p_hand integer[], p_done bigint[], p_workflow_id text[], p_name text[], p_metadata jsonb[], p_fingerprint bigint[], p_steps integer[], p_on_existing text[], p_step_workflow integer[], p_step_no integer[], p_step_name text[], p_function text[], p_queue text[], p_dependencies text[], p_dependents text[], p_run integer[], p_caught boolean[], p_args jsonb[], p_policy jsonb[], p_step_metadata jsonb[], p_notify boolean, p_patient boolean)
 RETURNS TABLE(ord integer, id bigint, status text, created boolean, same_graph boolean, job bigint)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_worker text := p_worker;
begin
  if not p_patient then
    perform set_config('lock_timeout', '50', true);
  end if;
  if (weir_internal.try_enter(p_worker)).id is null then
    v_worker := null;
  end if;

  return query
  select s.*
  from weir_internal.store(
    p_workflow_id, p_name, p_metadata, p_fingerprint, p_steps, p_on_existing, p_step_workflow, p_step_no,
    p_step_name, p_function, p_queue, p_dependencies, p_dependents, p_run, p_caught, p_args, p_policy,
    p_step_metadata, p_notify, v_worker, p_hand
  ) as s;

  if v_worker is not null and p_done <> '{}' then
    perform weir_internal.river_remove(v_worker, p_done);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.stats(p_started_at timestamp with time zone, p_ended_at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select jsonb_strip_nulls(jsonb_build_object(
    'start_time', extract(epoch from p_started_at),
    'end_time', extract(epoch from p_ended_at)
  ))
$function$;

CREATE OR REPLACE FUNCTION weir_internal.status_of(p_workflow weir_internal.workflow)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select case
    when p_workflow.status = 'RUNNING' and weir_internal.is_stalled(p_workflow.id) then 'RESUMABLE'
    else p_workflow.status::text
  end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.steps_of(p_workflow bigint, p_first integer, p_last integer)
 RETURNS SETOF weir_internal.step
 LANGUAGE sql
 STABLE
AS $function$
  select s.*
  from generate_series(p_first, p_last) as g (no)
  cross join lateral (
    select t.*
    from weir_internal.step as t
    where t.workflow = p_workflow
      and t.no = g.no
    limit 1
  ) as s
$function$;

CREATE OR REPLACE FUNCTION weir_internal.store(p_workflow_id text[], p_name text[], p_metadata jsonb[], p_fingerprint bigint[], p_steps integer[], p_on_existing text[], p_step_workflow integer[], p_step_no integer[], p_step_name text[], p_function text[], p_queue text[], p_dependencies text[], p_dependents text[], p_run integer[], p_caught boolean[], p_args jsonb[], p_policy jsonb[], p_step_metadata jsonb[], p_notify boolean, p_worker text, p_hand integer[])
 RETURNS TABLE(ord integer, id bigint, status text, created boolean, same_graph boolean, job bigint)
 LANGUAGE plpgsql
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
  v_given bigint[];
  v_created bigint[];
  v_limited bigint[] := '{}';
  v_step_workflow bigint[];
  v_job bigint[];
  v_step_job bigint[];
  v_halted boolean;
begin
  if array_position(p_fingerprint, null) is not null then
    p_fingerprint := weir_internal.fingerprints(p_fingerprint, p_step_workflow, p_function, p_queue, p_args);
  end if;

  -- Ids are drawn first: what an insert returns can't be told back to its position otherwise.
  select array_agg(nextval('weir_internal.workflow_id_seq') order by n.ord)
  into v_given
  from generate_subscripts(p_workflow_id, 1) as n (ord);

  if exists (select from weir_internal.workflow_limit) then
    v_limited := array(
      select v_given[r.w]
      from unnest(p_step_workflow, p_step_no, p_queue) as r (w, no, queue)
      join weir_internal.workflow_limit as l
        on l.scope = 'name' and l.key = p_name[r.w]
        or l.scope = 'queue' and l.key = r.queue
      where r.no = p_steps[r.w] - 1
        and l.max_running is not null
    );
  end if;

  with created as (
    insert into weir_internal.workflow (
      id, created_at, started_at, fingerprint, status, root, steps, workflow_id, name, metadata
    )
    select
      w.id,
      v_now,
      case when w.id <> all (v_limited) then v_now end,
      w.fingerprint,
      case when w.id <> all (v_limited) then 'RUNNING' else 'PENDING' end::weir_internal.workflow_status,
      w.steps - 1,
      w.steps,
      w.workflow_id,
      w.name,
      coalesce(w.metadata, '{}')
    from unnest(v_given, p_workflow_id, p_name, p_metadata, p_fingerprint, p_steps)
      as w (id, workflow_id, name, metadata, fingerprint, steps)
    on conflict (workflow_id) do nothing
    returning workflow.id
  )
  select array_agg(c.id)
  into v_created
  from created as c;

  if v_created is not null and p_worker is not null then
    select array_agg(
      case
        when w.hand is not null and v_given[w.ord] = any (v_created) and v_given[w.ord] <> all (v_limited)
        then weir_internal.river_token()
      end
      order by w.ord
    )
    into v_job
    from unnest(p_hand) with ordinality as w (hand, ord);

    select array_agg(case when s.no = p_hand[s.w] then v_job[s.w] end order by s.i)
    into v_step_job
    from unnest(p_step_workflow, p_step_no) with ordinality as s (w, no, i);
  end if;

  if v_created is not null then
    for v_halted in select generate_series(0, case when v_limited = '{}' then 0 else 1 end) = 1 loop
      select array_agg(
        case
          when cardinality(v_created) = cardinality(v_given) and v_limited = '{}' then v_given[s.w]
          when v_given[s.w] = any (v_created) and (v_given[s.w] = any (v_limited)) = v_halted then v_given[s.w]
          else 0
        end
        order by s.i
      )
      into v_step_workflow
      from unnest(p_step_workflow) with ordinality as s (w, i);

      perform weir_internal.insert_steps(
        v_step_workflow, p_step_no, p_step_name, p_function, p_queue, p_dependencies, p_dependents, p_run, p_caught, p_args,
        p_policy, p_step_metadata, 0, null, v_step_job, p_notify, v_halted, v_now
      );
    end loop;

    if v_step_job is not null then
      perform weir_internal.river_run(
        p_worker, array_agg(s.job), array_agg(s.function), array_agg(s.queue), array_agg(v_given[s.w]), array_agg(s.no)
      )
      from unnest(v_step_job, p_function, p_queue, p_step_workflow, p_step_no) as s (job, function, queue, w, no)
      where s.job is not null;
    end if;

    if v_limited <> '{}' then
      perform weir_internal.join_queue(array(select unnest(v_limited) intersect select unnest(v_created)));
    end if;
  end if;

  if cardinality(v_created) = cardinality(v_given) and v_limited = '{}' then
    return query
    select n.ord::integer, n.id, 'RUNNING', true, true, v_job[n.ord]
    from unnest(v_given) with ordinality as n (id, ord);
    return;
  end if;

  perform weir_internal.go_on(array(
    select w.id
    from unnest(v_given, p_workflow_id, p_on_existing) as n (id, workflow_id, on_existing)
    join weir_internal.workflow as w on w.workflow_id = n.workflow_id
    where n.on_existing = 'resume'
      and w.id <> n.id
      and w.status::text in ('FAILED', 'CANCELED', 'RUNNING') -- as text: found by workflow_id
  ));

  return query
  select n.ord::integer, w.id, w.status::text, w.id = n.id, w.fingerprint = n.fingerprint, v_job[n.ord]
  from unnest(v_given, p_workflow_id, p_fingerprint, p_on_existing)
    with ordinality as n (id, workflow_id, fingerprint, on_existing, ord)
  join weir_internal.workflow as w on w.workflow_id = n.workflow_id
  order by n.ord;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.succeed(p_ord integer[], p_workflow bigint[], p_now timestamp with time zone)
 RETURNS SETOF weir_internal.hand
 LANGUAGE plpgsql
AS $function$
declare
  v_ord integer[];
  v_workflow bigint[];
  v_loose bigint[];
  v_continued bigint[];
begin
  with finished as (
    update weir_internal.workflow as w
    set status = 'SUCCESSFUL', finished_at = p_now
    from unnest(p_ord, p_workflow) as r (ord, id)
    where w.id = r.id
      and w.status::text = 'RUNNING' -- as text: found by id, and not by a scan of all that run
    returning r.ord, w.id, w.loose, w.actor
  )
  select
    array_agg(f.ord), array_agg(f.id), array_agg(f.id) filter (where f.loose), array_agg(f.id) filter (where f.actor is not null)
  into v_ord, v_workflow, v_loose, v_continued
  from finished as f;

  return query
  select h.*
  from unnest(v_ord, v_workflow) as f (ord, id)
  cross join lateral weir_internal.told('finished', f.ord, f.id, null) as h;

  if v_loose is not null then
    perform weir_internal.halt(l.id, null)
    from unnest(v_loose) as l (id);
  end if;

  if v_continued is not null then
    perform weir_internal.actor_ended(v_continued, p_now);
  end if;

  return query
  select h.*
  from weir_internal.free_slots(v_workflow) as f (workflow)
  cross join lateral weir_internal.told('sleeping', v_ord[array_position(v_workflow, f.workflow)], f.workflow, null) as h;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.take_slots(p_workflow bigint[])
 RETURNS SETOF bigint
 LANGUAGE plpgsql
AS $function$
begin
  if not exists (select from weir_internal.workflow_limit) then
    return;
  end if;

  return query
  insert into weir_internal.workflow_slot (workflow, scope, key, admitted)
  select w.id, l.scope, l.key, false
  from unnest(p_workflow) as g (id)
  join weir_internal.workflow as w on w.id = g.id
  join weir_internal.step as r on r.workflow = w.id and r.no = w.root
  join weir_internal.workflow_limit as l
    on l.scope = 'name' and l.key = w.name
    or l.scope = 'queue' and l.key = r.queue
  where l.max_running is not null
  returning workflow_slot.workflow;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.time_out_event(p_workflow bigint, p_no integer, p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_step weir_internal.step;
begin
  select s.*
  into v_step
  from weir_internal.step as s
  where s.workflow = p_workflow
    and s.no = p_no
    and s.state = 'parked'
    and s.wake_at is not null;

  if not found then
    return;
  elsif v_step.wake_at > p_now then
    insert into weir_internal.timer (workflow, no, due)
    values (p_workflow, p_no, v_step.wake_at);
    return;
  end if;

  delete from weir_internal.event_wait as e
  where e.workflow = p_workflow
    and e.key = weir_internal.event_key(v_step.args)
    and e.no = p_no;

  perform weir_internal.give_up(
    p_workflow, p_no,
    jsonb_build_object(
      'step', v_step.name, 'type', 'weir.timeout', 'attempts', 1,
      'message', format('no event %s came in time', quote_literal(weir_internal.event_key(v_step.args)))
    ),
    p_now
  );
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.told(p_verdict text, p_ord integer, p_workflow bigint, p_no integer)
 RETURNS weir_internal.hand
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select row(
    p_verdict, p_ord, p_workflow, null, p_no, null, null, null, null, null, null, null, null, null, null
  )::weir_internal.hand
$function$;

CREATE OR REPLACE FUNCTION weir_internal.try_enter(p_worker text)
 RETURNS weir_internal.worker
 LANGUAGE plpgsql
AS $function$
declare
  v_worker weir_internal.worker;
begin
  perform pg_advisory_xact_lock_shared(weir_internal.gate_class(), w.lock_key)
  from weir_internal.worker as w
  where w.id = p_worker;

  select w.*
  into v_worker
  from weir_internal.worker as w
  where w.id = p_worker;

  return v_worker;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.unique_names(p_workflow bigint, p_name text[])
 RETURNS text[]
 LANGUAGE plpgsql
AS $function$
declare
  v_result text[] := p_name;
  v_name text;
  v_position integer[];
  v_assigned integer;
  v_next integer;
  v_want integer;
  v_got text[];
begin
  if not exists (select from weir_internal.step_name as n where n.workflow = p_workflow) then
    -- next starts beyond the highest number in use, so that it needn't be searched for.
    insert into weir_internal.step_name (workflow, name, next)
    select p_workflow, s.name, coalesce(x.highest, 0) + 1
    from weir_internal.step as s
    left join (
      select regexp_replace(t.name, '_\d{1,9}$', '') as base, max(substring(t.name from '_(\d{1,9})$')::integer) as highest
      from weir_internal.step as t
      where t.workflow = p_workflow
        and t.name ~ '_\d{1,9}$'
      group by 1
    ) as x on x.base = s.name
    where s.workflow = p_workflow;
  end if;

  for v_name, v_position in
    select n.name, array_agg(n.position order by n.position)
    from unnest(p_name) with ordinality as n (name, position)
    group by n.name
    order by min(n.position)
  loop
    insert into weir_internal.step_name (workflow, name, next)
    values (p_workflow, v_name, 1)
    on conflict do nothing;
    -- A name that was free is the first one's; the others are numbered.
    v_assigned := case when found then 1 else 0 end;

    select n.next
    into v_next
    from weir_internal.step_name as n
    where n.workflow = p_workflow
      and n.name = v_name;

    while v_assigned < cardinality(v_position) loop
      v_want := cardinality(v_position) - v_assigned;

      with entered as (
        insert into weir_internal.step_name (workflow, name, next)
        select p_workflow, v_name || '_' || i, 1
        from generate_series(v_next, v_next + v_want - 1) as i
        on conflict do nothing
        returning name
      )
      select array_agg(e.name)
      into v_got
      from entered as e;

      for i in 1 .. coalesce(cardinality(v_got), 0) loop
        v_assigned := v_assigned + 1;
        v_result[v_position[v_assigned]] := v_got[i];
      end loop;
      v_next := v_next + v_want;
    end loop;

    update weir_internal.step_name as n
    set next = v_next
    where n.workflow = p_workflow
      and n.name = v_name
      and n.next <> v_next;
  end loop;

  return v_result;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.unmet(p_workflow bigint, p_dependencies integer[])
 RETURNS TABLE(no integer)
 LANGUAGE sql
 STABLE
AS $function$
  select u.no
  from unnest(p_dependencies) as u (no)
  cross join lateral (
    select d.state, d.caught
    from weir_internal.step as d
    where d.workflow = p_workflow
      and d.no = u.no
    limit 1
  ) as s
  where not (s.state = 'succeeded' or s.state = 'failed' and s.caught)
$function$;

CREATE OR REPLACE FUNCTION weir_internal.wait_class()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select 2003134836
$function$;

CREATE OR REPLACE FUNCTION weir_internal.wait_count(p_args jsonb, p_dependencies integer[])
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select least((p_args #>> '{0,v,n}')::integer, cardinality(p_dependencies))
$function$;

CREATE OR REPLACE FUNCTION weir_internal.wake_time(p_args jsonb, p_now timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(
    (p_args #>> '{0,v,until}')::timestamptz,
    p_now + make_interval(secs => (p_args #>> '{0,v,seconds}')::double precision)
  )
$function$;

CREATE OR REPLACE FUNCTION weir_internal.worker_beat(p_id text, p_lease interval, p_workflow bigint[], p_no integer[], p_epoch integer[], p_job bigint[], p_attempt integer[], p_took double precision[])
 RETURNS TABLE(workflow bigint, no integer, epoch integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_now timestamptz := weir_internal.clock();
begin
  perform weir_internal.enter(p_id);

  update weir_internal.worker as w
  set beat_at = v_now, lease_until = v_now + p_lease
  where w.id = p_id;

  -- A row that somebody's transaction has locked is left to the next beat: the lease must not wait for it.
  with unmarked as (
    select s.workflow, s.no, h.job, h.attempt, h.took
    from unnest(p_workflow, p_no, p_epoch, p_job, p_attempt, p_took) as h (workflow, no, epoch, job, attempt, took)
    join weir_internal.step as s
      on s.workflow = h.workflow
      and s.no = h.no
      and s.epoch = h.epoch
      and s.state = 'waiting'
    for no key update of s skip locked
  )
  update weir_internal.step as s
  set
    state = 'running',
    job = u.job,
    attempt = u.attempt,
    started_at = coalesce(s.started_at, v_now - make_interval(secs => u.took))
  from unmarked as u
  where s.workflow = u.workflow
    and s.no = u.no;

  return query
  select h.workflow, h.no, h.epoch
  from unnest(p_workflow, p_no, p_epoch) as h (workflow, no, epoch)
  left join weir_internal.step as s
    on s.workflow = h.workflow
    and s.no = h.no
    and s.epoch = h.epoch
  where s.state is null
    or s.state = 'halted';
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.worker_drain(p_id text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
  update weir_internal.worker
  set draining = true
  where id = p_id
$function$;

CREATE OR REPLACE FUNCTION weir_internal.worker_reconcile(p_id text, p_jobs bigint[], p_older interval, p_workflow_id text DEFAULT NULL::text)
 RETURNS TABLE(found integer, remains boolean)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_job bigint[];
  v_workflow bigint[];
  v_actor_job bigint[];
  v_actor bigint[];
  v_all boolean := true;
begin
  perform weir_internal.enter(p_id);

  select array_agg(h.id), array_agg(h.workflow)
  into v_job, v_workflow
  from weir_internal.river_held(p_id) as h
  where h.fetched_at < weir_internal.clock() - p_older
    and h.id <> all (p_jobs)
    and (p_workflow_id is null or h.workflow = (select w.id from weir_internal.workflow as w where w.workflow_id = p_workflow_id));

  if v_job is not null then
    v_all := weir_internal.requeue(p_id, v_job, v_workflow, false, 0);
  end if;

  select array_agg(h.job), array_agg(h.actor)
  into v_actor_job, v_actor
  from weir_internal.actor_held(p_id) as h
  where p_workflow_id is null
    and h.fetched_at < weir_internal.clock() - p_older
    and h.job <> all (p_jobs);

  if v_actor_job is not null then
    v_all := weir_internal.actor_requeue(null, v_actor, v_actor_job, false, 0) and v_all;
  end if;
  return query
  select
    coalesce(cardinality(v_job), 0) + coalesce(cardinality(v_actor_job), 0)
      + case when p_workflow_id is null then weir_internal.actor_query_retire(p_id, p_jobs, p_older) else 0 end,
    not v_all;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.worker_register(p_id text, p_host text, p_pid integer, p_version text, p_functions text[], p_queues text[], p_lease interval, p_session_lock boolean, p_manual boolean DEFAULT false)
 RETURNS integer
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
  insert into weir_internal.worker (
    id, lock_key, host, pid, version, functions, queues, session_lock, manual, started_at, beat_at, lease_until
  )
  select
    p_id, nextval('weir_internal.worker_lock_key'), p_host, p_pid, p_version, p_functions, p_queues, p_session_lock,
    p_manual, c.now, c.now, c.now + p_lease
  from weir_internal.clock() as c (now)
  returning lock_key
$function$;

CREATE OR REPLACE FUNCTION weir_internal.worker_retire(p_id text, p_lost boolean, p_poison integer DEFAULT 5)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_slice constant integer := 500; -- jobs a call, so that each ends soon and what it has done stays done
  v_lock_key integer;
  v_manual boolean;
  v_free bigint[];
  v_job bigint[];
  v_workflow bigint[];
begin
  select w.lock_key, w.manual
  into v_lock_key, v_manual
  from weir_internal.worker as w
  where w.id = p_id;

  if found and not pg_try_advisory_xact_lock(weir_internal.gate_class(), v_lock_key) then
    return false;
  end if;

  -- The slice is of workflows that nobody has locked, nor their actors, so that one which stays locked holds up no
  -- other.
  v_free := array(
    select w.id
    from weir_internal.workflow as w
    where w.id in (select h.workflow from weir_internal.river_held(p_id) as h)
    order by w.id
    for no key update skip locked
  );
  v_free := weir_internal.actor_free(v_free);

  select array_agg(h.id), array_agg(h.workflow)
  into v_job, v_workflow
  from (
    select h.id, h.workflow
    from weir_internal.river_held(p_id) as h
    where h.workflow = any (v_free)
      or not exists (select from weir_internal.workflow as w where w.id = h.workflow)
    order by h.id
    limit v_slice
  ) as h;

  if v_job is not null then
    perform weir_internal.requeue(p_id, v_job, v_workflow, p_lost, p_poison, p_lost and v_manual);
  end if;
  perform weir_internal.actor_query_retire(p_id, '{}', null);
  if exists (select from weir_internal.river_held(p_id) as h)
    or not weir_internal.actor_retire(p_id, p_lost, p_poison)
  then
    return false;
  end if;

  delete from weir_internal.worker as w
  where w.id = p_id;
  return true;
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.worker_sweep(p_poison integer)
 RETURNS TABLE(retired text[], next_in interval)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET cpu_index_tuple_cost TO '10'
AS $function$
declare
  v_done boolean;
  v_now timestamptz := weir_internal.clock();
  v_worker record;
  v_retired text[] := '{}';
  v_next timestamptz := v_now + interval '500 milliseconds';
begin
  for v_worker in
    select w.id, w.lock_key, w.beat_at, w.lease_until, w.session_lock
    from weir_internal.worker as w
    order by w.id
  loop
    if v_worker.lease_until < v_now
      or v_worker.session_lock
      and v_worker.beat_at < v_now - interval '1.5 seconds'
      and weir_internal.server_start() < v_now - (v_worker.lease_until - v_worker.beat_at)
      and pg_try_advisory_xact_lock(weir_internal.session_class(), v_worker.lock_key)
    then
      v_done := false;
      begin
        v_done := weir_internal.worker_retire(v_worker.id, true, p_poison);
        -- A stopped process may leave a call half-way for ever: its rows don't get through, or it never commits.
        -- Once the lease is over such a call has no right to go on.
        if not v_done and v_worker.lease_until < v_now then
          perform pg_terminate_backend(l.pid)
          from pg_locks as l
          where l.locktype = 'advisory'
            and l.database = (select d.oid from pg_database as d where d.datname = current_database())
            and l.classid = weir_internal.gate_class()::oid
            and l.objid = v_worker.lock_key::oid
            and l.granted
            and l.pid <> pg_backend_pid();
        end if;
      exception
        when others then -- what is wrong with one must not keep the others dead
          raise warning 'retiring worker %: % (%)', v_worker.id, sqlerrm, sqlstate;
      end;
      if v_done then
        v_retired := v_retired || v_worker.id;
      else
        v_next := v_now;
      end if;
    elsif v_worker.beat_at > v_now - interval '1.5 seconds' then
      v_next := least(v_next, v_worker.beat_at + interval '1.5 seconds');
    end if;
  end loop;

  return query
  select v_retired, greatest(v_next - v_now, interval '50 milliseconds');
end
$function$;

CREATE OR REPLACE FUNCTION weir_internal.workflow_edge()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if (old.status, new.status) not in (
    ('PENDING', 'RUNNING'), ('PENDING', 'CANCELED'),
    ('RUNNING', 'SUCCESSFUL'), ('RUNNING', 'FAILED'), ('RUNNING', 'CANCELED'),
    ('FAILED', 'RUNNING'), ('CANCELED', 'RUNNING'), ('FAILED', 'PENDING'), ('CANCELED', 'PENDING')
  ) then
    raise exception 'workflow % cannot go from % to %', old.workflow_id, old.status, new.status using errcode = 'WF007';
  end if;
  return new;
end
$function$;

-- Views. One that joins nothing has no qualifiers on columns: Postgres 16 stopped writing them there.

create view weir.actor_calls as
 SELECT a.type,
    a.actor_id,
    c.seq,
    c.method,
    c.name,
    (c.status)::text AS status,
    c.attempt,
    c.lost,
        CASE c.method
            WHEN ''::text THEN a.args
            ELSE c.args
        END AS args,
    c.result,
    c.error,
    c.metadata,
    c.tick,
    c.accepted_at,
    c.started_at,
    c.finished_at,
    ( SELECT w.workflow_id
           FROM weir_internal.workflow w
          WHERE (w.id = c.continues_as)) AS continues_as
   FROM (weir_internal.actor_call c
     JOIN weir_internal.actor a ON ((a.id = c.actor)));

create view weir.actors as
 SELECT a.type,
    a.actor_id,
    (a.status)::text AS status,
    a.state,
    a.version,
    (a.accepted - a.answered) AS waiting,
    t.worker,
    b.reason AS blocked,
    a.queue,
    a.metadata,
    a.error,
    a.created_at,
    a.updated_at
   FROM ((weir_internal.actor a
     LEFT JOIN weir_internal.actor_turn t ON ((t.actor = a.id)))
     LEFT JOIN LATERAL ( SELECT
                CASE
                    WHEN (t.worker IS NOT NULL) THEN
                    CASE
                        WHEN (NOT (t.worker IN ( SELECT w.id
                           FROM weir.workers w
                          WHERE w.alive))) THEN 'its worker is lost'::text
                        ELSE NULL::text
                    END
                    WHEN (NOT (f.name IN ( SELECT unnest(w.functions) AS unnest
                       FROM weir.workers w
                      WHERE (w.alive AND (NOT w.draining))))) THEN 'no live worker knows the function'::text
                    WHEN (NOT ((f.name, a.queue) IN ( SELECT g.name,
                        q.name
                       FROM ((weir.workers w
                         CROSS JOIN LATERAL unnest(w.functions) g(name))
                         CROSS JOIN LATERAL unnest(w.queues) q(name))
                      WHERE (w.alive AND (NOT w.draining))))) THEN 'no live worker serves the queue'::text
                    WHEN (j.scheduled_at > weir_internal.clock()) THEN 'will be retried'::text
                    ELSE 'all workers of its queue are busy or about to take it'::text
                END AS "case"
           FROM (( SELECT weir_internal.actor_function(a.type, c.method) AS actor_function
                   FROM weir_internal.actor_call c
                  WHERE ((t.actor IS NOT NULL) AND (a.status <> 'CONTINUING'::weir_internal.actor_status) AND (c.actor = a.id) AND (c.seq = (a.answered + 1)))
                 LIMIT 1) f(name)
             LEFT JOIN weir_internal.river_job j ON ((j.id = t.job)))
        UNION ALL
         SELECT 'a call has failed and blocks the others'::text
          WHERE (a.status = 'BLOCKED'::weir_internal.actor_status)
        UNION ALL
         SELECT 'a call continues as a workflow'::text
          WHERE (a.status = 'CONTINUING'::weir_internal.actor_status)) b(reason) ON (true));

create view weir.attempts as
 SELECT w.workflow_id,
    s.name AS step,
    a.attempt,
    a.lost,
    a.error_type,
    a.message,
    a.stack,
    a.worker,
    a.started_at,
    a.finished_at
   FROM ((weir_internal.step_attempt a
     JOIN weir_internal.workflow w ON ((w.id = a.workflow)))
     JOIN weir_internal.step s ON (((s.workflow = a.workflow) AND (s.no = a.no))));

create view weir.audit as
 SELECT at,
    who,
    what,
    target,
    reason,
    detail
   FROM weir_internal.audit a;

create view weir.blocked as
 SELECT w.workflow_id,
    s.name AS step,
    s.function,
    s.queue,
    (s.state)::text AS state,
    b.reason,
    b.detail,
    b.until,
    b.since
   FROM (((weir_internal.workflow w
     JOIN weir_internal.step s ON ((s.workflow = w.id)))
     CROSS JOIN LATERAL ( SELECT GREATEST(s.created_at, w.started_at) AS "greatest") g(since))
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (s.function = 'weir.wait'::text) THEN 'waits for some of its steps'::text
                    ELSE 'waits for steps'::text
                END AS "case",
            ((
                CASE
                    WHEN (s.function = 'weir.wait'::text) THEN format('%s of '::text, s.pending)
                    ELSE ''::text
                END || array_to_string(u.names, ', '::text)) ||
                CASE
                    WHEN (c.open > 3) THEN format(' and %s more'::text, (c.open - 3))
                    ELSE ''::text
                END) AS "?column?",
            s.wake_at,
            g.since
           FROM (( SELECT ARRAY( SELECT t.name
                           FROM (unnest(s.dependencies) n(no)
                             CROSS JOIN LATERAL ( SELECT d.name,
                                    d.state,
                                    d.caught
                                   FROM weir_internal.step d
                                  WHERE ((d.workflow = s.workflow) AND (d.no = n.no))
                                 LIMIT 1) t)
                          WHERE (NOT ((t.state = 'succeeded'::weir_internal.step_state) OR ((t.state = 'failed'::weir_internal.step_state) AND t.caught)))
                         LIMIT 3) AS "array") u(names)
             CROSS JOIN LATERAL ( SELECT (s.pending +
                        CASE
                            WHEN (s.function = 'weir.wait'::text) THEN (cardinality(s.dependencies) - weir_internal.wait_count(s.args, s.dependencies))
                            ELSE 0
                        END) AS "?column?") c(open))
          WHERE ((s.state = 'waiting'::weir_internal.step_state) AND (u.names <> '{}'::text[]))
        UNION ALL
         SELECT 'its worker is lost'::text,
            format('%s on %s'::text, v.id, v.host) AS format,
            NULL::timestamp with time zone,
            COALESCE(v.lease_until, g.since) AS "coalesce"
           FROM (( SELECT s.job
                  WHERE (s.state = 'running'::weir_internal.step_state)
                UNION ALL
                 SELECT d.job
                   FROM weir_internal.step d
                  WHERE ((s.state = 'waiting'::weir_internal.step_state) AND (s.dependencies = ARRAY[(s.no - 1)]) AND (d.workflow = s.workflow) AND (d.no = (s.no - 1)) AND (d.state = 'succeeded'::weir_internal.step_state))) h(job)
             LEFT JOIN weir.workers v ON ((v.id = weir_internal.river_owner(h.job))))
          WHERE (v.alive IS NOT TRUE)
        UNION ALL
         SELECT
                CASE
                    WHEN (j.state = 'pending'::weir_internal.river_job_state) THEN 'its worker is lost'::text
                    WHEN (NOT (s.function IN ( SELECT unnest(v.functions) AS unnest
                       FROM weir.workers v
                      WHERE (v.alive AND (NOT v.draining))))) THEN 'no live worker knows the function'::text
                    WHEN (NOT ((s.function, s.queue) IN ( SELECT f.name,
                        q.name
                       FROM ((weir.workers v
                         CROSS JOIN LATERAL unnest(v.functions) f(name))
                         CROSS JOIN LATERAL unnest(v.queues) q(name))
                      WHERE (v.alive AND (NOT v.draining))))) THEN 'no live worker serves the queue'::text
                    WHEN (j.scheduled_at > weir_internal.clock()) THEN 'will be retried'::text
                    ELSE 'all workers of its queue are busy or about to take it'::text
                END AS "case",
                CASE
                    WHEN (j.state = 'pending'::weir_internal.river_job_state) THEN 'until it is resumed'::text
                    ELSE NULL::text
                END AS "case",
                CASE
                    WHEN ((j.state <> 'pending'::weir_internal.river_job_state) AND (j.scheduled_at > weir_internal.clock())) THEN j.scheduled_at
                    ELSE NULL::timestamp with time zone
                END AS "case",
            j.created_at
           FROM weir_internal.river_job j
          WHERE ((s.state = 'ready'::weir_internal.step_state) AND (j.id = s.job))
        UNION ALL
         SELECT
                CASE s.function
                    WHEN 'weir.wait'::text THEN 'waits for some of its steps'::text
                    ELSE 'sleeps'::text
                END AS "case",
            NULL::text,
            s.wake_at,
            COALESCE(s.started_at, g.since) AS "coalesce"
          WHERE ((s.state = 'scheduled'::weir_internal.step_state) AND (s.function = ANY (ARRAY['weir.sleep'::text, 'weir.wait'::text])))
        UNION ALL
         SELECT 'will be retried'::text,
            concat_ws(': '::text, a.error_type, a.message) AS concat_ws,
            s.wake_at,
            a.finished_at
           FROM ( SELECT t.error_type,
                    t.message,
                    t.finished_at
                   FROM weir_internal.step_attempt t
                  WHERE ((t.workflow = s.workflow) AND (t.no = s.no))
                  ORDER BY t.id DESC
                 LIMIT 1) a
          WHERE ((s.state = 'scheduled'::weir_internal.step_state) AND (s.function <> ALL (ARRAY['weir.sleep'::text, 'weir.wait'::text])))
        UNION ALL
         SELECT 'waits for an event'::text,
            e.key,
            s.wake_at,
            e.since
           FROM weir_internal.event_wait e
          WHERE ((s.state = 'parked'::weir_internal.step_state) AND (e.workflow = s.workflow) AND (e.key = weir_internal.event_key(s.args)) AND (e.no = s.no))
        UNION ALL
         SELECT 'waits for an actor'::text,
            format('%s %L, call %s'::text, a.type, a.actor_id, c.seq) AS format,
            NULL::timestamp with time zone,
            c.accepted_at
           FROM (weir_internal.actor_call c
             JOIN weir_internal.actor a ON ((a.id = c.actor)))
          WHERE ((s.state = 'parked'::weir_internal.step_state) AND (s.function = 'weir.call'::text) AND (c.caller = concat_ws('/'::text, 'w', s.workflow, s.no)))
        UNION ALL
         SELECT 'waits for its sub-graph'::text,
            c.name,
            NULL::timestamp with time zone,
            GREATEST(c.created_at, w.started_at) AS "greatest"
           FROM weir_internal.step c
          WHERE ((s.state = 'delegated'::weir_internal.step_state) AND (c.workflow = s.workflow) AND (c.no = s.last_child))
        UNION ALL
         SELECT 'behind a limit'::text,
            array_to_string(ARRAY( SELECT format('%s %s: at most %s'::text, l.scope, l.key, l.max_running) AS format
                   FROM (weir_internal.workflow_slot t
                     JOIN weir_internal.workflow_limit l ON (((l.scope = t.scope) AND (l.key = t.key))))
                  WHERE ((t.workflow = w.id) AND (NOT t.admitted))
                  ORDER BY l.scope), ' and '::text) AS array_to_string,
            NULL::timestamp with time zone,
            w.created_at
          WHERE ((s.state = 'halted'::weir_internal.step_state) AND (w.status = 'PENDING'::weir_internal.workflow_status))
        UNION ALL
         SELECT 'workflow stopped'::text,
            concat_ws(': '::text, 'canceled', w.cancel_reason) AS concat_ws,
            NULL::timestamp with time zone,
            w.finished_at
          WHERE ((s.state = 'halted'::weir_internal.step_state) AND (w.status = 'CANCELED'::weir_internal.workflow_status))
        UNION ALL
         SELECT 'workflow stopped'::text,
            format('%s failed: %s'::text, f.name, (f.error ->> 'message'::text)) AS format,
            NULL::timestamp with time zone,
            w.finished_at
           FROM weir_internal.step f
          WHERE ((s.state = 'halted'::weir_internal.step_state) AND (w.status = 'FAILED'::weir_internal.workflow_status) AND (f.workflow = w.id) AND (f.no = w.failed_step))
        UNION ALL
         SELECT 'given up'::text,
            p.name,
            NULL::timestamp with time zone,
            COALESCE(p.finished_at, g.since) AS "coalesce"
           FROM weir_internal.step p
          WHERE ((s.state = 'halted'::weir_internal.step_state) AND (w.status = 'RUNNING'::weir_internal.workflow_status) AND (p.workflow = s.workflow) AND (p.no = s.parent))) b(reason, detail, until, since))
  WHERE ((w.status = ANY (ARRAY['PENDING'::weir_internal.workflow_status, 'RUNNING'::weir_internal.workflow_status, 'FAILED'::weir_internal.workflow_status, 'CANCELED'::weir_internal.workflow_status])) AND (s.state <> ALL (ARRAY['succeeded'::weir_internal.step_state, 'failed'::weir_internal.step_state])));

create view weir.edges as
 SELECT w.workflow_id,
    o.name AS source,
    s.name AS target,
    e.kind
   FROM (((weir_internal.workflow w
     JOIN weir_internal.step s ON ((s.workflow = w.id)))
     CROSS JOIN LATERAL ( SELECT d.no,
            'dependency'::text AS "?column?"
           FROM unnest(s.dependencies) d(no)
        UNION ALL
         SELECT s.parent,
            'continuation'::text
          WHERE (s.parent IS NOT NULL)) e(no, kind))
     CROSS JOIN LATERAL ( SELECT t.name
           FROM weir_internal.step t
          WHERE ((t.workflow = s.workflow) AND (t.no = e.no))
         LIMIT 1) o);

create view weir.events as
 SELECT w.workflow_id,
    e.key,
    e.payload,
    e.dedupe,
    e.accepted_at,
    s.name AS step,
    e.delivered_at
   FROM ((weir_internal.event e
     JOIN weir_internal.workflow w ON ((w.id = e.workflow)))
     LEFT JOIN weir_internal.step s ON (((s.workflow = e.workflow) AND (s.no = e.step))));

create view weir.limits as
 SELECT l.scope,
    l.key,
    l.max_running,
    l.max_pending,
    c.running,
    c.waiting
   FROM (weir_internal.workflow_limit l
     CROSS JOIN LATERAL ( SELECT count(*) FILTER (WHERE s.admitted) AS running,
            count(*) FILTER (WHERE (NOT s.admitted)) AS waiting
           FROM weir_internal.workflow_slot s
          WHERE ((s.scope = l.scope) AND (s.key = l.key))) c)
  WHERE (l.max_running IS NOT NULL);

create view weir.queues as
 WITH serving AS (
         SELECT q.queue,
            count(*) AS workers
           FROM (weir.workers w
             CROSS JOIN LATERAL unnest(w.queues) q(queue))
          WHERE (w.alive AND (NOT w.draining))
          GROUP BY q.queue
        ), jobs AS (
         SELECT j_1.queue,
            count(*) FILTER (WHERE (j_1.state <> 'running'::weir_internal.river_job_state)) AS ready,
            count(*) FILTER (WHERE (j_1.state = 'running'::weir_internal.river_job_state)) AS running,
            min(j_1.created_at) FILTER (WHERE (j_1.state <> 'running'::weir_internal.river_job_state)) AS oldest_ready_since
           FROM weir_internal.river_job j_1
          WHERE (j_1.state = ANY (ARRAY['available'::weir_internal.river_job_state, 'retryable'::weir_internal.river_job_state, 'running'::weir_internal.river_job_state, 'scheduled'::weir_internal.river_job_state]))
          GROUP BY j_1.queue
        ), limited AS (
         SELECT l_1.key AS queue,
            l_1.max_running,
            l_1.max_pending,
            l_1.running,
            l_1.waiting
           FROM weir.limits l_1
          WHERE (l_1.scope = 'queue'::text)
        )
 SELECT queue,
    COALESCE(s.workers, (0)::bigint) AS workers,
    COALESCE(j.ready, (0)::bigint) AS ready,
    COALESCE(j.running, (0)::bigint) AS running,
    j.oldest_ready_since,
    l.max_running,
    l.max_pending,
    l.running AS workflows_running,
    l.waiting AS workflows_waiting
   FROM ((serving s
     FULL JOIN jobs j USING (queue))
     FULL JOIN limited l USING (queue));

create view weir.reminders as
 SELECT a.type,
    a.actor_id,
    r.name,
    r.method,
    r.args,
    r.due,
    r.every,
    (r.catch_up)::text AS catch_up,
    r.calls,
    r.last_call,
    r.label,
    r.metadata,
    r.created_at
   FROM (weir_internal.reminder r
     JOIN weir_internal.actor a ON ((a.id = r.actor)));

create view weir.steps as
 SELECT w.workflow_id,
    s.no,
    s.name,
    s.function,
    s.queue,
    (s.state)::text AS state,
    s.attempt,
    s.lost,
    s.pending,
    p.name AS parent,
    s.args,
        CASE
            WHEN (s.outcome_of IS NULL) THEN s.output
            ELSE o.output
        END AS output,
        CASE
            WHEN (s.outcome_of IS NULL) THEN s.error
            ELSE o.error
        END AS error,
    s.metadata,
    s.created_at,
    s.started_at,
    s.finished_at,
    s.wake_at,
    weir_internal.river_owner(s.job) AS worker
   FROM (((weir_internal.step s
     JOIN weir_internal.workflow w ON ((w.id = s.workflow)))
     LEFT JOIN weir_internal.step p ON (((p.workflow = s.workflow) AND (p.no = s.parent))))
     LEFT JOIN weir_internal.step o ON (((o.workflow = s.workflow) AND (o.no = s.outcome_of))));

create view weir.workers as
 SELECT id,
    host,
    pid,
    version,
    functions,
    queues,
    draining,
    (lease_until > weir_internal.clock()) AS alive,
    manual,
    started_at,
    beat_at,
    lease_until
   FROM weir_internal.worker w;

create view weir.workflows as
 SELECT w.workflow_id,
    w.name,
    weir_internal.status_of(w.*) AS status,
    w.metadata,
    w.steps,
    w.created_at,
    w.started_at,
    w.finished_at,
    f.name AS failed_step,
    f.error,
    w.cancel_reason
   FROM (weir_internal.workflow w
     LEFT JOIN weir_internal.step f ON (((f.workflow = w.id) AND (f.no = w.failed_step))));

-- Triggers, but not those of foreign keys.

CREATE TRIGGER workflow_edge BEFORE UPDATE OF status ON weir_internal.workflow FOR EACH ROW WHEN ((old.status <> new.status)) EXECUTE FUNCTION weir_internal.workflow_edge();

-- Comments on anything that is in the schemas, and on the schemas.

comment on column accepted_at of view weir.actor_calls is 'When it was accepted.';

comment on column accepted_at of view weir.events is 'When it was sent.';

comment on column actor_id of view weir.actor_calls is 'Its id.';

comment on column actor_id of view weir.actors is 'Its id, unique in its type.';

comment on column actor_id of view weir.reminders is 'Its id.';

comment on column alive of view weir.workers is 'True while its lease runs.';

comment on column args of view weir.actor_calls is 'Its argument.';

comment on column args of view weir.reminders is 'The argument of these calls.';

comment on column args of view weir.steps is 'The arguments: literals (v), and references to dependencies by position (r, t for a caught one, l for a list, m for an object).';

comment on column at of view weir.audit is 'When it was made.';

comment on column attempt of view weir.actor_calls is 'How often it was tried. Of one that is QUEUED only attempts that failed or were lost are counted.';

comment on column attempt of view weir.attempts is 'Which attempt of the step it was, from 1.';

comment on column attempt of view weir.steps is 'How often its body was begun.';

comment on column beat_at of view weir.workers is 'When it last renewed its lease.';

comment on column blocked of view weir.actors is 'Why its calls aren''t run, in fixed words; null if they are, or if there are none.';

comment on column calls of view weir.reminders is 'How many calls it has made since it was set.';

comment on column cancel_reason of view weir.workflows is 'The reason given to cancel.';

comment on column catch_up of view weir.reminders is 'What becomes of ticks that are missed: all, one or none.';

comment on column continues_as of view weir.actor_calls is 'The id of the workflow that it goes on as, or did.';

comment on column created_at of view weir.actors is 'When it was created.';

comment on column created_at of view weir.reminders is 'When it was set.';

comment on column created_at of view weir.steps is 'When the step was stored.';

comment on column created_at of view weir.workflows is 'When it was stored.';

comment on column dedupe of view weir.events is 'What makes sending it again harmless, if the sender gave that.';

comment on column delivered_at of view weir.events is 'When that step got it.';

comment on column detail of view weir.audit is 'What it was before, and after.';

comment on column detail of view weir.blocked is 'What exactly it waits for: up to three names of steps, the key of an event, a limit, a lost worker; or the error that stopped it.';

comment on column draining of view weir.workers is 'True when it is stopping and takes no new work.';

comment on column due of view weir.reminders is 'When its next tick is.';

comment on column error of view weir.actor_calls is 'Why it failed, or its last attempt did: step, type, message, attempts.';

comment on column error of view weir.actors is 'Why it is FAILED or BLOCKED: step, type, message, attempts.';

comment on column error of view weir.steps is 'Why it failed: step, type, message, attempts.';

comment on column error of view weir.workflows is 'That step''s error: step, type, message, attempts.';

comment on column error_type of view weir.attempts is 'The type of the error.';

comment on column every of view weir.reminders is 'How long it is from tick to tick, null if there is one tick.';

comment on column failed_step of view weir.workflows is 'The step whose failure failed it.';

comment on column finished_at of view weir.actor_calls is 'When it was answered.';

comment on column finished_at of view weir.attempts is 'When its end was recorded.';

comment on column finished_at of view weir.steps is 'When it succeeded or failed for good.';

comment on column finished_at of view weir.workflows is 'When it ended, null while it has not.';

comment on column function of view weir.blocked is 'The registered function that is its body.';

comment on column function of view weir.steps is 'The registered function that is its body.';

comment on column functions of view weir.workers is 'The functions that it can run.';

comment on column host of view weir.workers is 'The host it runs on.';

comment on column id of view weir.workers is 'The worker''s id, new each time that it joins.';

comment on column key of view weir.events is 'What a step names to get it.';

comment on column key of view weir.limits is 'That name or queue.';

comment on column kind of view weir.edges is 'dependency or continuation.';

comment on column label of view weir.reminders is 'What its calls are called, if anything.';

comment on column last_call of view weir.reminders is 'The place of the last of them in the order of the actor''s calls.';

comment on column lease_until of view weir.workers is 'When the lease ends unless it is renewed.';

comment on column lost of view weir.actor_calls is 'How many of these attempts were lost with their worker.';

comment on column lost of view weir.attempts is 'True when it was lost with its worker, false when its body failed.';

comment on column lost of view weir.steps is 'How many of these attempts were lost with their worker.';

comment on column manual of view weir.workers is 'True when what it holds at its death waits for a resume.';

comment on column max_pending of view weir.limits is 'How many may wait before a start is refused, null for any number.';

comment on column max_pending of view weir.queues is 'How many such workflows may wait before a start is refused, null for any number.';

comment on column max_running of view weir.limits is 'How many may run at once.';

comment on column max_running of view weir.queues is 'How many workflows with their root in it may run at once, null for any number.';

comment on column message of view weir.attempts is 'The error''s message.';

comment on column metadata of view weir.actor_calls is 'What the caller gave with it, a JSON object.';

comment on column metadata of view weir.actors is 'What the user gave when it was created, a JSON object.';

comment on column metadata of view weir.reminders is 'What was given with it, a JSON object, for its calls.';

comment on column metadata of view weir.steps is 'What the user gave when binding the step, a JSON object.';

comment on column metadata of view weir.workflows is 'What the user gave at the start, a JSON object.';

comment on column method of view weir.actor_calls is 'The method, empty for the constructor.';

comment on column method of view weir.reminders is 'The method that it has called.';

comment on column name of view weir.actor_calls is 'What the caller called it, if anything.';

comment on column name of view weir.reminders is 'The reminder''s name, unique for its actor.';

comment on column name of view weir.steps is 'The step''s name, unique in its workflow.';

comment on column name of view weir.workflows is 'The registered graph that it was started from, if it was.';

comment on column no of view weir.steps is 'The step''s number in its workflow; a dependency has a smaller one.';

comment on column oldest_ready_since of view weir.queues is 'Since when the one that has waited longest does.';

comment on column output of view weir.steps is 'What it returned; of a step that returned a graph, what the root of that graph returned.';

comment on column parent of view weir.steps is 'The step that returned the graph which this one belongs to.';

comment on column payload of view weir.events is 'What was sent.';

comment on column pending of view weir.steps is 'Dependencies that are not done yet.';

comment on column pid of view weir.workers is 'Its process id there.';

comment on column queue of view weir.actors is 'The queue whose workers run its calls.';

comment on column queue of view weir.blocked is 'The queue whose workers run it.';

comment on column queue of view weir.queues is 'The queue.';

comment on column queue of view weir.steps is 'The queue whose workers run it.';

comment on column queues of view weir.workers is 'The queues that it serves.';

comment on column ready of view weir.queues is 'How many steps wait in it for a worker.';

comment on column reason of view weir.audit is 'The reason that was given.';

comment on column reason of view weir.blocked is 'Why it isn''t run, in fixed words.';

comment on column result of view weir.actor_calls is 'What it returned.';

comment on column running of view weir.limits is 'How many workflows run under it.';

comment on column running of view weir.queues is 'How many steps of it workers hold.';

comment on column scope of view weir.limits is 'name: it holds for the workflows of a registered name; queue: for those whose root is in a queue.';

comment on column seq of view weir.actor_calls is 'The call''s place in the order in which the actor''s calls are run.';

comment on column since of view weir.blocked is 'Since when it is so; a resume begins anew.';

comment on column source of view weir.edges is 'The step that is waited for; of a continuation, the step that returned more graph.';

comment on column stack of view weir.attempts is 'The stack of a panic.';

comment on column started_at of view weir.actor_calls is 'When the attempt that answered it began.';

comment on column started_at of view weir.attempts is 'When the attempt began; of a lost one, when the step''s first attempt did.';

comment on column started_at of view weir.steps is 'When its first attempt began.';

comment on column started_at of view weir.workers is 'When it joined.';

comment on column started_at of view weir.workflows is 'When it was last set going: by its start, or by a resume.';

comment on column state of view weir.actors is 'Its committed state, null while it has none.';

comment on column state of view weir.blocked is 'waiting, ready, running, scheduled, parked, delegated or halted. One that is running has lost its worker.';

comment on column state of view weir.steps is 'waiting, ready, running, scheduled, parked, delegated, halted, succeeded or failed.';

comment on column status of view weir.actor_calls is 'QUEUED, CONTINUED (it goes on as a workflow), SUCCESSFUL or FAILED.';

comment on column status of view weir.actors is 'CREATING, READY, CONTINUING (a call of it does), FAILED (its constructor did) or BLOCKED (by a call that failed).';

comment on column status of view weir.workflows is 'PENDING, RUNNING, RESUMABLE, SUCCESSFUL, FAILED or CANCELED. RESUMABLE: no live worker runs or can run what is claimed or ready.';

comment on column step of view weir.attempts is 'The step.';

comment on column step of view weir.blocked is 'The step.';

comment on column step of view weir.events is 'The step that got it, null while none has.';

comment on column steps of view weir.workflows is 'How many steps its graph has so far, continuations included.';

comment on column target of view weir.audit is 'What was changed.';

comment on column target of view weir.edges is 'The step that waits; of a continuation, a step of the graph that was returned.';

comment on column tick of view weir.actor_calls is 'Which tick of a reminder it is, as name@time; null of other calls.';

comment on column type of view weir.actor_calls is 'The type of the actor that was called.';

comment on column type of view weir.actors is 'Its type.';

comment on column type of view weir.reminders is 'The type of the actor.';

comment on column until of view weir.blocked is 'When that ends by itself, null where nobody knows.';

comment on column updated_at of view weir.actors is 'When a call of it was last answered, or its state set.';

comment on column version of view weir.actors is 'How often its state was written.';

comment on column version of view weir.workers is 'The version of its program.';

comment on column waiting of view weir.actors is 'How many calls are not answered yet.';

comment on column waiting of view weir.limits is 'How many workflows wait behind it.';

comment on column wake_at of view weir.steps is 'When a scheduled step goes on: the end of a sleep or of a retry''s back-off.';

comment on column what of view weir.audit is 'The function that was called.';

comment on column who of view weir.audit is 'The database user that was logged in.';

comment on column worker of view weir.actors is 'The worker that runs its calls just now.';

comment on column worker of view weir.attempts is 'The worker that ran it.';

comment on column worker of view weir.steps is 'The worker that runs its job just now.';

comment on column workers of view weir.queues is 'How many live workers take work from it.';

comment on column workflow_id of view weir.attempts is 'The workflow that the step belongs to.';

comment on column workflow_id of view weir.blocked is 'The workflow that the step belongs to.';

comment on column workflow_id of view weir.edges is 'The workflow that both belong to.';

comment on column workflow_id of view weir.events is 'The workflow that it was sent to.';

comment on column workflow_id of view weir.steps is 'The workflow that the step belongs to.';

comment on column workflow_id of view weir.workflows is 'The id it was started with.';

comment on column workflows_running of view weir.queues is 'How many workflows run under this limit, null where there is none.';

comment on column workflows_waiting of view weir.queues is 'How many workflows wait behind this limit, null where there is none.';

comment on view weir.actor_calls is 'One row for each call of a method that writes, until its actor is deleted.';

comment on view weir.actors is 'One row for each actor.';

comment on view weir.attempts is 'One row for each attempt that did not succeed. A success adds no row.';

comment on view weir.audit is 'One row for each change that somebody made by hand.';

comment on view weir.blocked is 'One row for each step that is neither done nor run just now, of each workflow that is not SUCCESSFUL: why it isn''t run.';

comment on view weir.edges is 'One row for each pair of steps of which one comes from, or waits for, the other.';

comment on view weir.events is 'One row for each event that a workflow was sent, until the workflow is deleted.';

comment on view weir.limits is 'One row for each limit on how many workflows run at once.';

comment on view weir.queues is 'One row for each queue that a live worker serves, that has work, or that has a limit.';

comment on view weir.reminders is 'One row for each reminder of an actor that has a tick to come.';

comment on view weir.steps is 'One row for each step of each workflow.';

comment on view weir.workers is 'One row for each process that runs steps.';

comment on view weir.workflows is 'One row for each workflow.';

-- Who else than the owner may do what; "public" is everybody. What a role may do by owning differs between

grant delete on table weir_internal.river_job to weir_worker;

grant delete on table weir_internal.river_leader to weir_worker;

grant delete on table weir_internal.river_notification to weir_worker;

grant delete on table weir_internal.river_queue to weir_worker;

grant execute on function weir."check"() to weir_client;

grant execute on function weir."check"() to weir_operator;

grant execute on function weir."check"() to weir_reader;

grant execute on function weir."check"() to weir_worker;

grant execute on function weir.actor_call(text,text,text,jsonb) to weir_client;

grant execute on function weir.actor_call(text,text,text,jsonb) to weir_operator;

grant execute on function weir.actor_call(text,text,text,jsonb) to weir_worker;

grant execute on function weir.actor_delete(text,text) to weir_operator;

grant execute on function weir.actor_forget(text,text,text) to weir_client;

grant execute on function weir.actor_forget(text,text,text) to weir_operator;

grant execute on function weir.actor_forget(text,text,text) to weir_worker;

grant execute on function weir.actor_get_or_create(text,text,jsonb,text,jsonb) to weir_client;

grant execute on function weir.actor_get_or_create(text,text,jsonb,text,jsonb) to weir_operator;

grant execute on function weir.actor_get_or_create(text,text,jsonb,text,jsonb) to weir_worker;

grant execute on function weir.actor_remind(text,text,text,text,jsonb,timestamp with time zone,interval,text) to weir_client;

grant execute on function weir.actor_remind(text,text,text,text,jsonb,timestamp with time zone,interval,text) to weir_operator;

grant execute on function weir.actor_remind(text,text,text,text,jsonb,timestamp with time zone,interval,text) to weir_worker;

grant execute on function weir.actor_result(text,text,bigint) to weir_client;

grant execute on function weir.actor_result(text,text,bigint) to weir_operator;

grant execute on function weir.actor_result(text,text,bigint) to weir_reader;

grant execute on function weir.actor_result(text,text,bigint) to weir_worker;

grant execute on function weir.actor_resume(text,text) to weir_client;

grant execute on function weir.actor_resume(text,text) to weir_operator;

grant execute on function weir.actor_resume(text,text) to weir_worker;

grant execute on function weir.actor_set_state(text,text,jsonb,bigint,text) to weir_operator;

grant execute on function weir.cancel(text,text) to weir_client;

grant execute on function weir.cancel(text,text) to weir_operator;

grant execute on function weir.cancel(text,text) to weir_worker;

grant execute on function weir.delete(text) to weir_operator;

grant execute on function weir.list(text[],text,jsonb,text,timestamp with time zone,timestamp with time zone,timestamp with time zone,timestamp with time zone,text,integer) to weir_client;

grant execute on function weir.list(text[],text,jsonb,text,timestamp with time zone,timestamp with time zone,timestamp with time zone,timestamp with time zone,text,integer) to weir_operator;

grant execute on function weir.list(text[],text,jsonb,text,timestamp with time zone,timestamp with time zone,timestamp with time zone,timestamp with time zone,text,integer) to weir_reader;

grant execute on function weir.list(text[],text,jsonb,text,timestamp with time zone,timestamp with time zone,timestamp with time zone,timestamp with time zone,text,integer) to weir_worker;

grant execute on function weir.metadata(text) to weir_client;

grant execute on function weir.metadata(text) to weir_operator;

grant execute on function weir.metadata(text) to weir_reader;

grant execute on function weir.metadata(text) to weir_worker;

grant execute on function weir.output(text) to weir_client;

grant execute on function weir.output(text) to weir_operator;

grant execute on function weir.output(text) to weir_reader;

grant execute on function weir.output(text) to weir_worker;

grant execute on function weir.resume(text) to weir_client;

grant execute on function weir.resume(text) to weir_operator;

grant execute on function weir.resume(text) to weir_worker;

grant execute on function weir.resume_all(boolean) to weir_client;

grant execute on function weir.resume_all(boolean) to weir_operator;

grant execute on function weir.resume_all(boolean) to weir_worker;

grant execute on function weir.send_event(text,text,jsonb,text) to weir_client;

grant execute on function weir.send_event(text,text,jsonb,text) to weir_operator;

grant execute on function weir.send_event(text,text,jsonb,text) to weir_worker;

grant execute on function weir.set_limit(text,text,integer,integer) to weir_operator;

grant execute on function weir.start(text,jsonb,text,jsonb,text,text) to weir_client;

grant execute on function weir.start(text,jsonb,text,jsonb,text,text) to weir_operator;

grant execute on function weir.start(text,jsonb,text,jsonb,text,text) to weir_worker;

grant execute on function weir.status(text) to weir_client;

grant execute on function weir.status(text) to weir_operator;

grant execute on function weir.status(text) to weir_reader;

grant execute on function weir.status(text) to weir_worker;

grant execute on function weir.step_metadata(text,text) to weir_client;

grant execute on function weir.step_metadata(text,text) to weir_operator;

grant execute on function weir.step_metadata(text,text) to weir_reader;

grant execute on function weir.step_metadata(text,text) to weir_worker;

grant execute on function weir.step_output(text,text) to weir_client;

grant execute on function weir.step_output(text,text) to weir_operator;

grant execute on function weir.step_output(text,text) to weir_reader;

grant execute on function weir.step_output(text,text) to weir_worker;

grant execute on function weir_internal.actor_answer(bigint,jsonb,jsonb) to weir_worker;

grant execute on function weir_internal.actor_answers(bigint[]) to weir_client;

grant execute on function weir_internal.actor_answers(bigint[]) to weir_operator;

grant execute on function weir_internal.actor_answers(bigint[]) to weir_worker;

grant execute on function weir_internal.actor_ask(text,text,text,jsonb) to weir_client;

grant execute on function weir_internal.actor_ask(text,text,text,jsonb) to weir_operator;

grant execute on function weir_internal.actor_ask(text,text,text,jsonb) to weir_worker;

grant execute on function weir_internal.actor_asked(bigint) to weir_worker;

grant execute on function weir_internal.actor_await(bigint,bigint,jsonb) to weir_client;

grant execute on function weir_internal.actor_await(bigint,bigint,jsonb) to weir_operator;

grant execute on function weir_internal.actor_await(bigint,bigint,jsonb) to weir_worker;

grant execute on function weir_internal.actor_claim(text,bigint[],bigint[],boolean) to weir_worker;

grant execute on function weir_internal.actor_commit(text,bigint[],bigint[],bigint[],jsonb[],text[],jsonb[],integer[],integer[],bigint[],integer[],double precision[],jsonb[],jsonb[],boolean) to weir_worker;

grant execute on function weir_internal.actor_commit_alone(text,bigint,bigint,jsonb,bigint,integer,double precision,jsonb,jsonb) to weir_worker;

grant execute on function weir_internal.actor_commit_tx(text,bigint[],bigint[],bigint[],jsonb[],text[],jsonb[],integer[],integer[],bigint[],integer[],double precision[],jsonb[],jsonb[],boolean) to weir_worker;

grant execute on function weir_internal.actor_continue(text,bigint,bigint,bigint,integer,double precision,jsonb,text) to weir_worker;

grant execute on function weir_internal.actor_create(text,text[],text[],text[],jsonb[],jsonb[],boolean[],boolean) to weir_client;

grant execute on function weir_internal.actor_create(text,text[],text[],text[],jsonb[],jsonb[],boolean[],boolean) to weir_operator;

grant execute on function weir_internal.actor_create(text,text[],text[],text[],jsonb[],jsonb[],boolean[],boolean) to weir_worker;

grant execute on function weir_internal.actor_enqueue(text,text[],text[],text[],text[],jsonb[],jsonb[],jsonb[],boolean[],jsonb[],boolean,text[]) to weir_client;

grant execute on function weir_internal.actor_enqueue(text,text[],text[],text[],text[],jsonb[],jsonb[],jsonb[],boolean[],jsonb[],boolean,text[]) to weir_operator;

grant execute on function weir_internal.actor_enqueue(text,text[],text[],text[],text[],jsonb[],jsonb[],jsonb[],boolean[],jsonb[],boolean,text[]) to weir_worker;

grant execute on function weir_internal.actor_enqueue_alone(text,text,text,text,text,jsonb,jsonb,jsonb) to weir_worker;

grant execute on function weir_internal.actor_function(text,text) to weir_client;

grant execute on function weir_internal.actor_function(text,text) to weir_operator;

grant execute on function weir_internal.actor_function(text,text) to weir_reader;

grant execute on function weir_internal.actor_function(text,text) to weir_worker;

grant execute on function weir_internal.actor_outcomes(bigint[],bigint[]) to weir_client;

grant execute on function weir_internal.actor_outcomes(bigint[],bigint[]) to weir_operator;

grant execute on function weir_internal.actor_outcomes(bigint[],bigint[]) to weir_reader;

grant execute on function weir_internal.actor_outcomes(bigint[],bigint[]) to weir_worker;

grant execute on function weir_internal.actor_reconcile(text,bigint[],bigint[],interval) to weir_worker;

grant execute on function weir_internal.advance(text,bigint[],integer[],integer[],bigint[],integer[],double precision[],jsonb[],text[],boolean,boolean) to weir_worker;

grant execute on function weir_internal.advance_tx(text,bigint[],integer[],integer[],bigint[],integer[],double precision[],jsonb[],text[],boolean,boolean) to weir_worker;

grant execute on function weir_internal.claim(text,bigint[],bigint[],integer[],boolean) to weir_worker;

grant execute on function weir_internal.clock() to weir_client;

grant execute on function weir_internal.clock() to weir_operator;

grant execute on function weir_internal.clock() to weir_reader;

grant execute on function weir_internal.clock() to weir_worker;

grant execute on function weir_internal.complete(text,bigint[]) to weir_worker;

grant execute on function weir_internal.delegate(text,bigint,integer,integer,bigint,integer,double precision,boolean,integer[],text[],text[],text[],text[],text[],integer[],boolean[],jsonb[],jsonb[],jsonb[],boolean) to weir_worker;

grant execute on function weir_internal.event_key(jsonb) to weir_client;

grant execute on function weir_internal.event_key(jsonb) to weir_operator;

grant execute on function weir_internal.event_key(jsonb) to weir_reader;

grant execute on function weir_internal.event_key(jsonb) to weir_worker;

grant execute on function weir_internal.fail(text,bigint,integer,integer,integer,double precision,jsonb,boolean) to weir_worker;

grant execute on function weir_internal.fire_timers(integer) to weir_worker;

grant execute on function weir_internal.is_stalled(bigint) to weir_client;

grant execute on function weir_internal.is_stalled(bigint) to weir_operator;

grant execute on function weir_internal.is_stalled(bigint) to weir_reader;

grant execute on function weir_internal.is_stalled(bigint) to weir_worker;

grant execute on function weir_internal.key_of(text) to weir_client;

grant execute on function weir_internal.key_of(text) to weir_operator;

grant execute on function weir_internal.key_of(text) to weir_reader;

grant execute on function weir_internal.key_of(text) to weir_worker;

grant execute on function weir_internal.known_actor(text,text) to weir_client;

grant execute on function weir_internal.known_actor(text,text) to weir_operator;

grant execute on function weir_internal.known_actor(text,text) to weir_reader;

grant execute on function weir_internal.known_actor(text,text) to weir_worker;

grant execute on function weir_internal.outcomes(bigint[],text[]) to weir_client;

grant execute on function weir_internal.outcomes(bigint[],text[]) to weir_operator;

grant execute on function weir_internal.outcomes(bigint[],text[]) to weir_reader;

grant execute on function weir_internal.outcomes(bigint[],text[]) to weir_worker;

grant execute on function weir_internal.queue_mend(bigint,integer) to weir_worker;

grant execute on function weir_internal.release(text,bigint[],bigint[]) to weir_worker;

grant execute on function weir_internal.reminder_set(text,text,text,text,jsonb,timestamp with time zone,interval,text,text,jsonb,jsonb) to weir_client;

grant execute on function weir_internal.reminder_set(text,text,text,text,jsonb,timestamp with time zone,interval,text,text,jsonb,jsonb) to weir_operator;

grant execute on function weir_internal.reminder_set(text,text,text,text,jsonb,timestamp with time zone,interval,text,text,jsonb,jsonb) to weir_worker;

grant execute on function weir_internal.river_job_state_in_bitmask(bit,weir_internal.river_job_state) to weir_worker;

grant execute on function weir_internal.river_owner(bigint) to weir_client;

grant execute on function weir_internal.river_owner(bigint) to weir_operator;

grant execute on function weir_internal.river_owner(bigint) to weir_reader;

grant execute on function weir_internal.river_owner(bigint) to weir_worker;

grant execute on function weir_internal.session_class() to weir_worker;

grant execute on function weir_internal.start(text[],text[],jsonb[],bigint[],integer[],text[],integer[],integer[],text[],text[],text[],text[],text[],integer[],boolean[],jsonb[],jsonb[],jsonb[],boolean,boolean) to weir_client;

grant execute on function weir_internal.start(text[],text[],jsonb[],bigint[],integer[],text[],integer[],integer[],text[],text[],text[],text[],text[],integer[],boolean[],jsonb[],jsonb[],jsonb[],boolean,boolean) to weir_operator;

grant execute on function weir_internal.start(text[],text[],jsonb[],bigint[],integer[],text[],integer[],integer[],text[],text[],text[],text[],text[],integer[],boolean[],jsonb[],jsonb[],jsonb[],boolean,boolean) to weir_worker;

grant execute on function weir_internal.start_here(text,integer[],bigint[],text[],text[],jsonb[],bigint[],integer[],text[],integer[],integer[],text[],text[],text[],text[],text[],integer[],boolean[],jsonb[],jsonb[],jsonb[],boolean,boolean) to weir_worker;

grant execute on function weir_internal.status_of(weir_internal.workflow) to weir_client;

grant execute on function weir_internal.status_of(weir_internal.workflow) to weir_operator;

grant execute on function weir_internal.status_of(weir_internal.workflow) to weir_reader;

grant execute on function weir_internal.status_of(weir_internal.workflow) to weir_worker;

grant execute on function weir_internal.wait_count(jsonb,integer[]) to weir_client;

grant execute on function weir_internal.wait_count(jsonb,integer[]) to weir_operator;

grant execute on function weir_internal.wait_count(jsonb,integer[]) to weir_reader;

grant execute on function weir_internal.wait_count(jsonb,integer[]) to weir_worker;

grant execute on function weir_internal.worker_beat(text,interval,bigint[],integer[],integer[],bigint[],integer[],double precision[]) to weir_worker;

grant execute on function weir_internal.worker_drain(text) to weir_worker;

grant execute on function weir_internal.worker_reconcile(text,bigint[],interval,text) to weir_worker;

grant execute on function weir_internal.worker_register(text,text,integer,text,text[],text[],interval,boolean,boolean) to weir_worker;

grant execute on function weir_internal.worker_retire(text,boolean,integer) to weir_worker;

grant execute on function weir_internal.worker_sweep(integer) to weir_worker;

grant insert on table weir_internal.river_job to weir_worker;

grant insert on table weir_internal.river_leader to weir_worker;

grant insert on table weir_internal.river_notification to weir_worker;

grant insert on table weir_internal.river_queue to weir_worker;

grant select on table weir.actor_calls to weir_client;

grant select on table weir.actor_calls to weir_operator;

grant select on table weir.actor_calls to weir_reader;

grant select on table weir.actor_calls to weir_worker;

grant select on table weir.actors to weir_client;

grant select on table weir.actors to weir_operator;

grant select on table weir.actors to weir_reader;

grant select on table weir.actors to weir_worker;

grant select on table weir.attempts to weir_client;

grant select on table weir.attempts to weir_operator;

grant select on table weir.attempts to weir_reader;

grant select on table weir.attempts to weir_worker;

grant select on table weir.audit to weir_client;

grant select on table weir.audit to weir_operator;

grant select on table weir.audit to weir_reader;

grant select on table weir.audit to weir_worker;

grant select on table weir.blocked to weir_client;

grant select on table weir.blocked to weir_operator;

grant select on table weir.blocked to weir_reader;

grant select on table weir.blocked to weir_worker;

grant select on table weir.edges to weir_client;

grant select on table weir.edges to weir_operator;

grant select on table weir.edges to weir_reader;

grant select on table weir.edges to weir_worker;

grant select on table weir.events to weir_client;

grant select on table weir.events to weir_operator;

grant select on table weir.events to weir_reader;

grant select on table weir.events to weir_worker;

grant select on table weir.limits to weir_client;

grant select on table weir.limits to weir_operator;

grant select on table weir.limits to weir_reader;

grant select on table weir.limits to weir_worker;

grant select on table weir.queues to weir_client;

grant select on table weir.queues to weir_operator;

grant select on table weir.queues to weir_reader;

grant select on table weir.queues to weir_worker;

grant select on table weir.reminders to weir_client;

grant select on table weir.reminders to weir_operator;

grant select on table weir.reminders to weir_reader;

grant select on table weir.reminders to weir_worker;

grant select on table weir.steps to weir_client;

grant select on table weir.steps to weir_operator;

grant select on table weir.steps to weir_reader;

grant select on table weir.steps to weir_worker;

grant select on table weir.workers to weir_client;

grant select on table weir.workers to weir_operator;

grant select on table weir.workers to weir_reader;

grant select on table weir.workers to weir_worker;

grant select on table weir.workflows to weir_client;

grant select on table weir.workflows to weir_operator;

grant select on table weir.workflows to weir_reader;

grant select on table weir.workflows to weir_worker;

grant select on table weir_internal.river_job to weir_worker;

grant select on table weir_internal.river_leader to weir_worker;

grant select on table weir_internal.river_migration to weir_client;

grant select on table weir_internal.river_migration to weir_operator;

grant select on table weir_internal.river_migration to weir_reader;

grant select on table weir_internal.river_migration to weir_worker;

grant select on table weir_internal.river_notification to weir_worker;

grant select on table weir_internal.river_queue to weir_worker;

grant select on table weir_internal.schema_migrations to weir_client;

grant select on table weir_internal.schema_migrations to weir_operator;

grant select on table weir_internal.schema_migrations to weir_reader;

grant select on table weir_internal.schema_migrations to weir_worker;

grant select on table weir_internal.schema_objects to weir_client;

grant select on table weir_internal.schema_objects to weir_operator;

grant select on table weir_internal.schema_objects to weir_reader;

grant select on table weir_internal.schema_objects to weir_worker;

grant update on table weir_internal.river_job to weir_worker;

grant update on table weir_internal.river_leader to weir_worker;

grant update on table weir_internal.river_notification to weir_worker;

grant update on table weir_internal.river_queue to weir_worker;

grant usage on schema weir to weir_client;

grant usage on schema weir to weir_operator;

grant usage on schema weir to weir_reader;

grant usage on schema weir to weir_worker;

grant usage on schema weir_internal to weir_client;

grant usage on schema weir_internal to weir_operator;

grant usage on schema weir_internal to weir_reader;

grant usage on schema weir_internal to weir_worker;

grant usage on sequence weir_internal.river_job_id_seq to weir_worker;

grant usage on type weir_internal.actor_call_status to public;

grant usage on type weir_internal.actor_hand to public;

grant usage on type weir_internal.actor_status to public;

grant usage on type weir_internal.catch_up to public;

grant usage on type weir_internal.hand to public;

grant usage on type weir_internal.river_job_state to public;

grant usage on type weir_internal.step_state to public;

grant usage on type weir_internal.workflow_status to public;


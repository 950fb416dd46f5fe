-- Older workers keep working beside it.
--
-- Who is authoritative for what
--
--   actor        an actor's identity, its committed state, and how far its mailbox is accepted and answered
--   actor_call   one call, in the order accepted; unanswered are those after actor.answered
--   actor_turn   who may answer: there is one exactly while an actor has calls that somebody is to run
--   actor_reply  which steps are to learn that the call they wait for was answered
--   actor_query  a question of a process that has no code for a query, until it has the answer
--   reminder     when a call is to be made next, and which
--   audit        what an operator changed by hand
--
-- A turn is held by a worker, or a River job of it ({"w": actor, "s": -1}) will bring it one; a job that has
-- brought one stays named until the turn ends. A turn's epoch is drawn anew from one sequence whenever it
-- changes hands, so it fences by itself: whoever comes with another one, or for an actor that was deleted, writes
-- nothing. Actors and workflows draw their ids from the same sequence.
--
-- Status of an actor
--
--   CREATING -> READY              its constructor is a call like any other, the first (its method is '')
--   CREATING -> FAILED -> CREATING it failed, and with it all calls that waited; the next call has it run again
--   READY -> BLOCKED -> READY      a call that was to block failed for good and stays at the head, until a resume
--   READY -> CONTINUING -> READY   the call at the head has returned a graph, which runs as a workflow of its own
--
-- Calls that others make
--
-- A call that a step or another call makes names it: caller. Made again after a crash it finds what was accepted,
-- unless that has failed. A step of weir.call is parked in the statement that accepts its call; whoever answers that
-- leaves an actor_reply, and a pass over the timers ends the step: so an answer locks no workflow.
--
-- A call that another call waits for names that one, until it is answered: waiter. Who would wait for itself, by way
-- of others, is refused. Such calls are accepted one after the other (weir_internal.wait_class), so that of those
-- which close a circle the last one sees the others.
--
-- While a call of an actor continues, what its workflow calls on the same actor is nested: it is run although the
-- call at the head has no answer. It has its place in the order, and is passed over when the others get there;
-- actor.nests counts the nested calls that were not passed yet.
--
-- Queries that travel
--
-- Whoever asks for a query that it can't run itself leaves an actor_query, and a River job {"w": actor, "s": -2}
-- takes it to a worker, which reads the committed state and writes the answer. Nobody recovers one: who asks looks
-- for the answer, sees that no job will bring it any more, and asks again.
--
-- Lock order: the caller's gate, workflow rows and step rows come first, then actor rows by id, then wait_class, and
-- under an actor's lock its turn, its calls and its reminders, which nobody writes without; a workflow that a call
-- continues with is stored under it, since nobody knows it before; replies, limits, timers and River's rows come last.
--
-- A transaction of a user's that has called an actor holds it until it ends. What serves everybody, the passes over
-- timers, replies and dead workers, waits for no actor, but leaves what is about one to a later pass (actor_free).

create type weir_internal.actor_status as enum
  ('CREATING', 'READY', 'FAILED', 'BLOCKED', 'CONTINUING');

create type weir_internal.actor_call_status as enum
  ('QUEUED', 'CONTINUED', 'SUCCESSFUL', 'FAILED');

create type weir_internal.catch_up as enum
  ('all', 'one', 'none');

create sequence weir_internal.actor_epoch_seq;

-- What a call changes stands together, and apart from the state, which it leaves alone.
--
-- weir.check() has the invariants of these three tables, which have no constraints for them: a statement that writes
-- a row reads all those of its table from the catalogue's text (measured: a call costs the server 293 with and 209 us
-- without).
create table weir_internal.actor (
  id bigint not null,
  created_at timestamptz not null,
  type text collate "C" not null,
  actor_id text collate "C" not null,
  queue text collate "C" not null,
  args jsonb not null,
  metadata jsonb not null,
  status weir_internal.actor_status not null,
  accepted bigint not null,
  answered bigint not null,
  updated_at timestamptz not null,
  version bigint not null,
  nests integer not null default 0,
  state jsonb,
  error jsonb,
  constraint actor_pkey primary key (id),
  constraint actor_type_actor_id_key unique (type, actor_id)
) with (fillfactor = 70);

create table weir_internal.actor_call (
  actor bigint not null,
  seq bigint not null,
  accepted_at timestamptz not null,
  method text collate "C" not null,
  name text collate "C",
  args jsonb,
  policy jsonb,
  metadata jsonb,
  tick text collate "C",
  status weir_internal.actor_call_status not null default 'QUEUED',
  attempt integer not null default 0,
  failures integer not null default 0,
  lost integer not null default 0,
  started_at timestamptz,
  finished_at timestamptz,
  result jsonb,
  error jsonb,
  caller text collate "C",
  workflow bigint,
  step integer,
  waiter_actor bigint,
  waiter_seq bigint,
  nested boolean,
  continues_as bigint,
  constraint actor_call_pkey primary key (actor, seq)
) with (fillfactor = 70);

-- What an answer changes of every call is in none of these, so that it can leave the indexes alone.
create unique index actor_call_caller_key on weir_internal.actor_call (caller) where caller is not null;
create index actor_call_waiter_idx on weir_internal.actor_call (waiter_actor) where waiter_actor is not null;
create index actor_call_nested_idx on weir_internal.actor_call (actor, seq) where nested;

create table weir_internal.actor_turn (
  actor bigint not null,
  epoch bigint not null,
  worker text collate "C",
  job bigint,
  lost integer not null default 0,
  since timestamptz not null,
  constraint actor_turn_pkey primary key (actor)
) with (fillfactor = 50);

create index actor_turn_worker_idx on weir_internal.actor_turn (worker) where worker is not null;

-- Of step -1 it is the workflow that is told: to stop, since the call that it continues is gone.
create table weir_internal.actor_reply (
  workflow bigint not null,
  step integer not null,
  constraint actor_reply_pkey primary key (workflow, step)
);

-- The call that a workflow continues.
alter table weir_internal.workflow
  add column actor bigint,
  add column actor_seq bigint;

create table weir_internal.actor_query (
  job bigint not null,
  actor bigint not null,
  asked_at timestamptz not null,
  answered_at timestamptz,
  query text collate "C" not null,
  args jsonb not null,
  result jsonb,
  error jsonb,
  constraint actor_query_pkey primary key (job),
  constraint actor_query_answered_once check ((answered_at is null) = (result is null and error is null))
);

create index actor_query_asked_at_idx on weir_internal.actor_query (asked_at);

-- Ticks are at due, due + every, due + 2 * every and so on, whenever those before were fired. last_call is the number
-- of the last call made, and at what was asked for, to know the same reminder again.
create table weir_internal.reminder (
  actor bigint not null,
  name text collate "C" not null,
  created_at timestamptz not null,
  at timestamptz,
  every interval,
  due timestamptz not null,
  catch_up weir_internal.catch_up not null,
  calls bigint not null default 0,
  last_call bigint,
  method text collate "C" not null,
  label text collate "C",
  args jsonb not null,
  policy jsonb,
  metadata jsonb,
  size bigint generated always as (octet_length(args::text) + coalesce(octet_length(metadata::text), 0)) stored,
  constraint reminder_pkey primary key (actor, name),
  constraint reminder_is_at_a_time check (at is not null or every is not null),
  constraint reminder_due_is_finite check (isfinite(due)),
  constraint reminder_every_is_a_time check (every between interval '0.1 s' and interval '2600000 h')
) with (fillfactor = 70);

create index reminder_due_idx on weir_internal.reminder (due);

create table weir_internal.audit (
  id bigint generated always as identity,
  at timestamptz not null,
  who text not null,
  what text not null,
  target text not null,
  reason text not null,
  detail jsonb not null,
  constraint audit_pkey primary key (id)
);

-- One row that a call tells a worker. verdict: 'accepted' the item is a call of this number now, or was 'again'
-- before; 'circle' it is none, as its caller would wait for itself, or its method is 'unknown'; 'turn' the worker
-- holds the actor's turn, and 'call' this call is the turn's to run; 'lost' the item's turn, or the step that calls,
-- was no longer the worker's; 'replied' steps are to be told of answers.
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

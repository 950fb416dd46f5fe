-- Lets at most max_running workflows run at once, of a registered name (scope 'name') or of those whose root is in
-- a queue (scope 'queue'). Others that are started are PENDING until it is their turn; with max_pending no more than
-- that many may wait, and a further start fails. What runs already counts, and is not stopped. A max_running of null
-- lifts the limit. Error: WF006 bad input.
create function weir.set_limit(scope text, key text, max_running integer, max_pending integer default null)
returns void
language plpgsql
as $$
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
$$;

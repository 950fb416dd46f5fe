-- Resumes every RESUMABLE workflow and, with include_failed, every FAILED one; never a CANCELED one. One row for
-- each, with its status afterwards, RESUMABLE still where no live worker can run what is ready; or with the error
-- that kept it as it was: somebody else has it locked.
create function weir.resume_all(include_failed boolean default false)
returns table (workflow_id text, status text, error text)
language plpgsql
as $$
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
$$;

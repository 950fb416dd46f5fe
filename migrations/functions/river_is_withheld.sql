-- Whether nobody may fetch this job before a resume.
create function weir_internal.river_is_withheld(p_job bigint)
returns boolean
language sql
stable
as $$
  select exists (
    select
    from weir_internal.river_job as j
    where j.id = p_job
      and j.state = 'pending'
  )
$$;

-- Drops every function, procedure, aggregate and view of both schemas, but River's own. Triggers go with
-- their functions. What others built on them elsewhere is never dropped: the block then stops with 2BP01
-- and names it in the detail, one object a line.
do $$
declare
  v_foreign text;
  v_drop text;
begin
  with objects as (
    select 'pg_catalog.pg_class'::pg_catalog.regclass as class, c.oid
    from pg_catalog.pg_class c
    where c.relkind = 'v' and c.relnamespace in (select n.oid from pg_catalog.pg_namespace n where n.nspname in ('weir', 'weir_internal'))
    union all
    select 'pg_catalog.pg_type'::pg_catalog.regclass, c.reltype
    from pg_catalog.pg_class c
    where c.relkind = 'v' and c.relnamespace in (select n.oid from pg_catalog.pg_namespace n where n.nspname in ('weir', 'weir_internal'))
    union all
    select 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid
    from pg_catalog.pg_proc p
    where p.pronamespace in (select n.oid from pg_catalog.pg_namespace n where n.nspname in ('weir', 'weir_internal'))
      and p.proname not in ('river_job_state_in_bitmask')
  ), dependents as (
    select
      d.classid,
      d.objid,
      d.objsubid,
      coalesce(r.ev_class, t.tgrelid, a.adrelid, k.conrelid, y.polrelid, i.oid) as relation,
      coalesce(p.pronamespace, ty.typnamespace, k.connamespace) as namespace
    from objects o
    join pg_catalog.pg_depend d on d.refclassid = o.class and d.refobjid = o.oid
    left join pg_catalog.pg_rewrite r on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = d.objid
    left join pg_catalog.pg_trigger t on d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and t.oid = d.objid
    left join pg_catalog.pg_attrdef a on d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and a.oid = d.objid
    left join pg_catalog.pg_constraint k on d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and k.oid = d.objid
    left join pg_catalog.pg_policy y on d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass and y.oid = d.objid
    left join pg_catalog.pg_class i on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.oid = d.objid
    left join pg_catalog.pg_proc p on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = d.objid
    left join pg_catalog.pg_type ty on d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and ty.oid = d.objid
  ), outside as (
    select distinct
      case
        when c.oid is null then pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
        when c.relkind in ('v', 'm') then pg_catalog.pg_describe_object('pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0)
        else pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
      end as name
    from dependents d
    left join pg_catalog.pg_class c on c.oid = d.relation
    where coalesce(c.relnamespace, d.namespace, 0)
      not in (select n.oid from pg_catalog.pg_namespace n where n.nspname in ('weir', 'weir_internal'))
  )
  select pg_catalog.string_agg(name, E'\n' order by name) into v_foreign
  from outside;

  if v_foreign is not null then
    raise exception 'objects outside the schemas weir and weir_internal depend on weir'
      using errcode = 'dependent_objects_still_exist', detail = v_foreign;
  end if;

  for v_drop in
    select pg_catalog.format('drop view if exists %I.%I cascade', n.nspname, c.relname)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'v' and n.nspname in ('weir', 'weir_internal')
  loop
    execute v_drop;
  end loop;

  for v_drop in
    select pg_catalog.format(
      'drop %s if exists %I.%I(%s) cascade',
      case p.prokind when 'a' then 'aggregate' when 'p' then 'procedure' else 'function' end,
      n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)
    )
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('weir', 'weir_internal') and p.proname not in ('river_job_state_in_bitmask')
  loop
    execute v_drop;
  end loop;
end
$$;

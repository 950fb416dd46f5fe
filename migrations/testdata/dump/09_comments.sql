-- Comments on anything that is in the schemas, and on the schemas.
select comments.definition
from (
  select pg_catalog.format('comment on %s is %L;', pg_catalog.pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description) as definition
  from pg_catalog.pg_description d
  left join pg_catalog.pg_constraint k on d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and k.oid = d.objoid
  left join pg_catalog.pg_trigger t on d.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and t.oid = d.objoid
  left join pg_catalog.pg_class c
    on c.oid = case when d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass then d.objoid else coalesce(k.conrelid, t.tgrelid) end
  left join pg_catalog.pg_proc p on d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = d.objoid
  left join pg_catalog.pg_type y on d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass and y.oid = d.objoid
  join pg_catalog.pg_namespace n
    on n.oid = case
      when d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass then d.objoid
      else coalesce(c.relnamespace, p.pronamespace, y.typnamespace)
    end
  where n.nspname in ('weir', 'weir_internal')
) comments
order by comments.definition collate "C"

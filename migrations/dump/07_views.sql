-- Views.
select pg_catalog.format(
  E'create %sview %s%s as\n%s',
  case c.relkind when 'm' then 'materialized ' end,
  c.oid::pg_catalog.regclass,
  ' with (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')',
  pg_catalog.pg_get_viewdef(c.oid)
)
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('v', 'm') and n.nspname in ('weir', 'weir_internal')
order by c.oid::pg_catalog.regclass::text collate "C"

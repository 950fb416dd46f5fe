-- Views. One that joins nothing has no qualifiers on columns: Postgres 16 stopped writing them there.
select pg_catalog.format(
  E'create %sview %s%s as\n%s',
  case c.relkind when 'm' then 'materialized ' end,
  c.oid::pg_catalog.regclass,
  ' with (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')',
  case
    when d.definition ~ '\mJOIN\M' then d.definition
    else pg_catalog.regexp_replace(d.definition, '\m(?!weir\.|weir_internal\.|pg_catalog\.)[a-z_][a-z0-9_]*\.(?=[a-z_"])', '', 'g')
  end
)
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
cross join lateral pg_catalog.pg_get_viewdef(c.oid) d (definition)
where c.relkind in ('v', 'm') and n.nspname in ('weir', 'weir_internal')
order by c.oid::pg_catalog.regclass::text collate "C"

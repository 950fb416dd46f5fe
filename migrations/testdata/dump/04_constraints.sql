-- Constraints. Postgres 18 lists not null here too; it is shown with the column.
select pg_catalog.format(
  'alter table %s add constraint %I %s;',
  k.conrelid::pg_catalog.regclass, k.conname, pg_catalog.pg_get_constraintdef(k.oid)
)
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where k.contype not in ('n', 't') and n.nspname in ('weir', 'weir_internal')
order by k.conrelid::pg_catalog.regclass::text collate "C", k.conname collate "C"

-- Indexes that no constraint made.
select pg_catalog.pg_get_indexdef(i.indexrelid) || case when i.indisvalid then '' else ' -- not valid' end || ';'
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('weir', 'weir_internal')
  and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
order by i.indrelid::pg_catalog.regclass::text collate "C", c.relname collate "C"

-- Functions and procedures, whole.
select pg_catalog.rtrim(pg_catalog.pg_get_functiondef(p.oid), E'\n') || ';'
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where p.prokind in ('f', 'p') and n.nspname in ('weir', 'weir_internal')
order by p.oid::pg_catalog.regprocedure::text collate "C"

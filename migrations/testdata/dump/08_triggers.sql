-- Triggers, but not those of foreign keys.
select pg_catalog.pg_get_triggerdef(t.oid) || case t.tgenabled when 'O' then '' else ' -- enabled: ' || t.tgenabled::text end || ';'
from pg_catalog.pg_trigger t
join pg_catalog.pg_class c on c.oid = t.tgrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where not t.tgisinternal and n.nspname in ('weir', 'weir_internal')
order by c.oid::pg_catalog.regclass::text collate "C", t.tgname collate "C"

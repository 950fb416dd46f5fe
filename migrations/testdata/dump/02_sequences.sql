-- Sequences; those of identity columns belong to their column.
select pg_catalog.format(
  'create sequence %s as %s increment %s minvalue %s maxvalue %s start %s cache %s%s%s;',
  c.oid::pg_catalog.regclass,
  pg_catalog.format_type(s.seqtypid, null),
  s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,
  case when s.seqcycle then ' cycle' end,
  ' owned by ' || d.refobjid::pg_catalog.regclass || '.' || pg_catalog.quote_ident(a.attname)
)
from pg_catalog.pg_sequence s
join pg_catalog.pg_class c on c.oid = s.seqrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_depend d
  on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and d.objid = c.oid
  and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and d.deptype in ('a', 'i')
left join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where n.nspname in ('weir', 'weir_internal') and d.deptype is distinct from 'i'
order by c.oid::pg_catalog.regclass::text collate "C"

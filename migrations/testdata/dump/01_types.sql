-- Enums, composite types and domains.
select types.definition
from (
  select pg_catalog.format('create type %s as enum (%s);', t.oid::pg_catalog.regtype, l.labels) as definition
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  cross join lateral (
    select pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
    from pg_catalog.pg_enum e
    where e.enumtypid = t.oid
  ) l (labels)
  where t.typtype = 'e' and n.nspname in ('weir', 'weir_internal')
  union all
  select pg_catalog.format(E'create type %s as (\n%s\n);', t.oid::pg_catalog.regtype, l.fields)
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  join pg_catalog.pg_class c on c.oid = t.typrelid and c.relkind = 'c'
  cross join lateral (
    select pg_catalog.string_agg(pg_catalog.format('  %I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), E',\n' order by a.attnum)
    from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) l (fields)
  where n.nspname in ('weir', 'weir_internal')
  union all
  select pg_catalog.format(
    'create domain %s as %s%s%s%s;',
    t.oid::pg_catalog.regtype,
    pg_catalog.format_type(t.typbasetype, t.typtypmod),
    ' default ' || t.typdefault,
    case when t.typnotnull then ' not null' end,
    l.checks
  )
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  cross join lateral (
    select pg_catalog.string_agg(pg_catalog.format(' constraint %I %s', k.conname, pg_catalog.pg_get_constraintdef(k.oid)), '' order by k.conname)
    from pg_catalog.pg_constraint k
    where k.contypid = t.oid and k.contype = 'c'
  ) l (checks)
  where t.typtype = 'd' and n.nspname in ('weir', 'weir_internal')
) types
order by types.definition collate "C"

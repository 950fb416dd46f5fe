-- Who else than the owner may do what; "public" is everybody. What a role may do by owning differs between
-- versions of Postgres, and between databases the owner does.
with objects (kind, name, owner, acl) as (
  select 'schema', pg_catalog.quote_ident(n.nspname), n.nspowner, coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))
  from pg_catalog.pg_namespace n
  where n.nspname in ('weir', 'weir_internal')
  union all
  select
    case c.relkind when 'S' then 'sequence' else 'table' end,
    c.oid::pg_catalog.regclass::text,
    c.relowner,
    coalesce(c.relacl, pg_catalog.acldefault(case c.relkind when 'S' then 's'::"char" else 'r'::"char" end, c.relowner))
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'S') and n.nspname in ('weir', 'weir_internal')
  union all
  select 'column', c.oid::pg_catalog.regclass || '.' || pg_catalog.quote_ident(a.attname), c.relowner, a.attacl
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where a.attacl is not null and n.nspname in ('weir', 'weir_internal')
  union all
  select 'function', p.oid::pg_catalog.regprocedure::text, p.proowner, coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('weir', 'weir_internal')
  union all
  select 'type', t.oid::pg_catalog.regtype::text, t.typowner, coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  left join pg_catalog.pg_class c on c.oid = t.typrelid
  where (t.typtype in ('e', 'd') or c.relkind = 'c') and n.nspname in ('weir', 'weir_internal')
)
select grants.definition
from (
  select pg_catalog.format(
    'grant %s on %s %s to %s%s;',
    pg_catalog.lower(a.privilege_type),
    o.kind,
    o.name,
    case a.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end,
    case when a.is_grantable then ' with grant option' end
  ) as definition
  from objects o
  cross join lateral pg_catalog.aclexplode(o.acl) a
  where a.grantee <> o.owner
) grants
order by grants.definition collate "C"

create view weir.edges as
select
  w.workflow_id,
  o.name as source,
  s.name as target,
  e.kind
from weir_internal.workflow as w
join weir_internal.step as s on s.workflow = w.id
cross join lateral (
  select d.no, 'dependency'
  from unnest(s.dependencies) as d (no)
  union all
  select s.parent, 'continuation'
  where s.parent is not null
) as e (no, kind)
cross join lateral ( -- limit 1: by key, and not all of the workflow for each edge
  select t.name
  from weir_internal.step as t
  where t.workflow = s.workflow
    and t.no = e.no
  limit 1
) as o;

comment on view weir.edges is 'One row for each pair of steps of which one comes from, or waits for, the other.';
comment on column weir.edges.workflow_id is 'The workflow that both belong to.';
comment on column weir.edges.source is 'The step that is waited for; of a continuation, the step that returned more graph.';
comment on column weir.edges.target is 'The step that waits; of a continuation, a step of the graph that was returned.';
comment on column weir.edges.kind is 'dependency or continuation.';

create view weir.audit as
select
  a.at,
  a.who,
  a.what,
  a.target,
  a.reason,
  a.detail
from weir_internal.audit as a;

comment on view weir.audit is 'One row for each change that somebody made by hand.';
comment on column weir.audit.at is 'When it was made.';
comment on column weir.audit.who is 'The database user that was logged in.';
comment on column weir.audit.what is 'The function that was called.';
comment on column weir.audit.target is 'What was changed.';
comment on column weir.audit.reason is 'The reason that was given.';
comment on column weir.audit.detail is 'What it was before, and after.';

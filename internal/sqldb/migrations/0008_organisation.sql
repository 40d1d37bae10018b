-- The organisation in the record. A line is never changed: a revision ends lines
-- and adds others, so that what was believed at any time can be read again.

create table org_revisions (
  number bigint primary key,
  at bigint not null,
  account text not null,
  reason text not null,
  from_day bigint not null,
  has_from boolean not null,
  past boolean not null,
  touched bigint not null,
  units bigint not null,
  people bigint not null,
  digest text not null
);

create table org_lines (
  kind text not null,
  id text not null,
  body text not null,
  added bigint not null,
  ended bigint not null,
  primary key (kind, id, body, added)
);
create index org_lines_ended on org_lines (ended);
create index org_lines_added on org_lines (added);

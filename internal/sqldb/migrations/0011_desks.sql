-- What accounts keep for themselves: named selections of a list, and when each
-- looked last. Neither says anything about anybody else; neither is sealed.
create table saved_views (
  id text primary key,
  account text not null,
  name text not null,
  query text not null,
  shared boolean not null,
  at bigint not null
);
create index saved_views_account on saved_views (account, name);

create table visits (
  account text primary key,
  seen bigint not null,
  since bigint not null
);

-- Lists go newest first, too; what changed lately and how the register grew are
-- asked for by days.
create index items_newest on items (state, number);
create index findings_raised on findings (raised);

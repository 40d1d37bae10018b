-- The backups that were made of this record, so that somebody sees when there are
-- none. file is where the one who made it had it written.
create table backups (
  number bigint primary key,
  at bigint not null,
  file text not null,
  size bigint not null,
  encrypted boolean not null,
  events bigint not null,
  findings bigint not null,
  program text not null
);

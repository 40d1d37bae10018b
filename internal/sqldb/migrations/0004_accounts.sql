-- Who may sign in, and as whom: role holds several, with a space between.
alter table users add column person text not null default '';
alter table users add column unit text not null default '';
alter table users add column must_change boolean not null default false;
alter table users add column external text not null default '';
alter table users add column secret text not null default '';
alter table users add column step bigint not null default 0;
alter table users add column handle text not null default '';
alter table users add column failures bigint not null default 0;
alter table users add column until bigint not null default 0;
alter table users add column disabled boolean not null default false;
-- One person has one account, else two accounts would not be two persons.
create unique index users_person on users (person) where person <> '';
create unique index users_external on users (external) where external <> '';
create unique index users_handle on users (handle) where handle <> '';

-- id is SHA-256 of the cookie's value; name is what a session is listed by.
create table sessions (
  id bytea primary key,
  name text not null,
  account text not null,
  created bigint not null,
  seen bigint not null,
  ends bigint not null,
  address text not null,
  agent text not null,
  second boolean not null
);
create index sessions_account on sessions (account, created);

-- What was taken out of the record for good: cases after the time for which they are
-- kept, or one event by order. names, findings and leaves are SHA-256, in hexadecimal,
-- of what the tables below hold of each act; so its leaf fixes those rows, too.
create table erasures (
  number bigint primary key,
  kind text not null,
  at bigint not null,
  before_at bigint not null,
  cases bigint not null,
  events bigint not null,
  cleared bigint not null,
  reason text not null,
  approval text not null,
  account text not null,
  second text not null,
  names text not null,
  findings text not null,
  leaves text not null
);

-- Hashes of the names of events and objects: what comes again is refused.
create table erased_names (
  hash bytea primary key,
  erasure bigint not null
);
create index erased_names_erasure on erased_names (erasure, hash);

-- Findings that stay as they are, or would only be raised since something is missing.
create table erased_findings (
  finding text primary key,
  erasure bigint not null
);
create index erased_findings_erasure on erased_findings (erasure, finding);

-- Leaves that nobody can open any more: salt and body hash are gone.
create table erased_leaves (
  leaf bigint primary key,
  erasure bigint not null
);

-- By which erasure a finding lost what it told; 0: none.
alter table findings add column erased bigint not null default 0;

-- The log's heads as they were signed, and as witnesses cosigned them: the last
-- of each day of either, so that a rollback shows years later.
create table seal_checkpoints (
  cosigned boolean not null,
  day bigint not null,
  at bigint not null,
  size bigint not null,
  note text not null,
  primary key (cosigned, day)
);

-- The keys of the log, in the order in which they followed each other: each but
-- the first with what the one before it signed.
create table seal_keys (
  number bigint primary key,
  vkey text not null,
  statement text not null
);

-- Of an event that was erased: its place in its segment, and its hash there, so
-- that all the others can still be proven.
create table seal_erased (
  segment bigint not null,
  place bigint not null,
  hash bytea not null,
  primary key (segment, place)
);

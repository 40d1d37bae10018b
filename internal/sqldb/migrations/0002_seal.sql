-- The seal: what the transparency log holds, and what is needed to show it.

-- How many leaves there are. Whoever seals changes this row first, so one waits
-- for the other.
create table seal_head (
  size bigint not null
);
insert into seal_head (size) values (0);

-- One row a leaf: its entry in the log, and what that commits to. Where salt and
-- body hash are empty they were erased; the entry stays.
create table seal_leaves (
  leaf bigint primary key,
  at bigint not null,
  kind text not null,
  ref text not null,
  salt bytea not null,
  body bytea not null,
  entry bytea not null
);
-- Of segments and notes, which are many, the leaf is found otherwise.
create index seal_leaves_ref on seal_leaves (ref, kind, leaf) where kind <> 'segment' and kind <> 'note';

-- The tree, in tiles of 256 hashes.
create table seal_tiles (
  level bigint not null,
  number bigint not null,
  hashes bytea not null,
  primary key (level, number)
);

-- How much of each there is: leaves of a kind, events of a source. Checkpoints
-- carry it.
create table seal_counts (
  name text primary key,
  total bigint not null
);

-- The salts of a segment's events: one seed, or what remains of its tree where
-- events were erased. leaf is where the segment is sealed, before how many
-- events of its source were sealed before it.
create table seal_batches (
  segment bigint primary key,
  leaf bigint not null,
  before bigint not null,
  seeds bytea not null
);

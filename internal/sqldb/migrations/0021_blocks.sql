-- Leaves that were sealed together are one row: by the row, and with an index that is
-- written in no order, each cost as much as what it seals. seal_leaves goes into it
-- (seal_blocks.go) and is dropped.
create table seal_blocks (
  first bigint primary key,
  leaves bigint not null,
  at bigint not null,
  body bytea not null
);
create index seal_blocks_at on seal_blocks (at, first);

-- What can't be opened any more is no longer known by what it committed to.
alter table erased_leaves add column entry bytea;

-- How the files of a source are read: the text of a mapping file, by the source's
-- name.
create table source_mappings (
  source text primary key,
  body text not null,
  account text not null,
  at bigint not null
);

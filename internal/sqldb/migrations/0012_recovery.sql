-- What opens an account once in place of its second factor: codes has SHA-256 of each
-- that is left, with a space between.
create table recovery (
  account text primary key,
  codes text not null
);

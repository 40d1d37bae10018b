-- Which findings a change of the organisation touches that counts for days before it was
-- entered: each says so. Of revisions before this form only how many is known.
create table org_touched (
  number bigint not null,
  revision bigint not null,
  primary key (number, revision)
);

-- What an agency has set in place of the program's own, in the order in which it came
-- into force: so far the table of who may do what ("access"). approval is the proposal
-- that two persons agreed on.
create table policies (
  name text not null,
  number bigint not null,
  at bigint not null,
  approval text not null,
  body text not null,
  primary key (name, number)
);

-- The organisation as it stands now, for conditions of lists: each unit with all
-- above it, itself at depth 0; and who declared a conflict with whom, both ways.
create table unit_paths (
  unit text not null,
  ancestor text not null,
  depth bigint not null,
  primary key (unit, ancestor)
);
create index unit_paths_ancestor on unit_paths (ancestor, unit);

create table conflicts (
  a text not null,
  b text not null,
  kind text not null,
  from_day bigint not null,
  to_day bigint not null,
  primary key (a, b, kind, from_day)
);

-- Whom a finding concerns sees it.
create index findings_actor on findings (actor, number);

-- What one person proposed and another has to approve. subject is what it is of
-- its kind, body what is to be done, trial what would change, units whose verdicts
-- would; by whom it was proposed, and settled, as whom of the organisation.
create table approvals (
  id text primary key,
  kind text not null,
  subject text not null,
  body text not null,
  trial text not null,
  units text not null,
  reason text not null,
  state text not null,
  proposed bigint not null,
  proposer text not null,
  proposer_person text not null,
  settled bigint not null,
  settler text not null,
  settler_person text not null,
  words text not null
);
create index approvals_state on approvals (state, proposed);

-- Units that two persons exempted from a rule, or from all rules of a pack (rule is
-- ''), for a while. id is that of the proposal.
create table exemptions (
  id text primary key,
  unit text not null,
  pack text not null,
  rule text not null,
  from_at bigint not null,
  to_at bigint not null,
  reason text not null,
  at bigint not null
);

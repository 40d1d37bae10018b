-- Times in which a rule only warned, since too much of what it found was closed as no
-- fault, until somebody reviewed it (to_at; 0: it lasts). Findings between two numbers
-- came in meanwhile.
create table rule_spells (
  pack text not null,
  rule text not null,
  number bigint not null,
  from_at bigint not null,
  after_finding bigint not null,
  closed bigint not null,
  no_fault bigint not null,
  to_at bigint not null,
  last_finding bigint not null,
  primary key (pack, rule, number)
);

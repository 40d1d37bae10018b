-- The ledger: what became of each finding. A row of items is the fold of its
-- moves, kept to be found by it; a move is kept whole, as JSON, and never changes.

create table items (
  finding text primary key,
  number bigint not null,
  told text not null,
  state text not null,
  owner text not null,
  owner_unit text not null,
  verifier text not null,
  outcome text not null,
  reason text not null,
  met boolean not null,
  claim bigint not null,
  assign_by bigint not null,
  due_first bigint not null,
  due bigint not null,
  shifts bigint not null,
  turn bigint not null,
  version bigint not null,
  changed bigint not null
);
-- Lists go by whose turn it is, soonest first; an item at rest has no turn.
create index items_turn on items (state, turn, number);
create index items_owner on items (owner, state, turn, number);
create index items_outcome on items (outcome, finding);

create table item_counts (
  state text primary key,
  items bigint not null
);

create table moves (
  finding text not null,
  number bigint not null,
  kind text not null,
  at bigint not null,
  account text not null,
  person text not null,
  body text not null,
  primary key (finding, number)
);
create index moves_at on moves (at);

-- Files lie beside the record, by their hashes.
create table files (
  hash text primary key,
  size bigint not null,
  type text not null,
  at bigint not null,
  account text not null
);

-- When somebody looked at a rule that says too much; what was closed before
-- counts no more.
create table rule_reviews (
  pack text not null,
  rule text not null,
  at bigint not null,
  account text not null,
  words text not null,
  primary key (pack, rule, at)
);

-- Findings from before: as if nobody had moved them, save what the judge says.
-- Three weeks to answer, five days to be assigned, seven to be verified.
insert into items (finding, number, told, state, owner, owner_unit, verifier, outcome, reason, met, claim, assign_by, due_first, due, shifts, turn, version, changed)
  select id, number, state,
    case state when 'claimed_met' then 'claimed' when 'withdrawn' then 'closed' else 'open' end, '', '', '',
    case state when 'withdrawn' then 'withdrawn' else '' end, '', state = 'claimed_met', case state when 'claimed_met' then changed else 0 end,
    raised + 432000000000, raised + 1814400000000, raised + 1814400000000, 0,
    case state when 'claimed_met' then changed + 604800000000 when 'withdrawn' then 9223372036854775807 else raised + 432000000000 end,
    case when state in ('claimed_met', 'withdrawn') then 1 else 0 end,
    case when state in ('claimed_met', 'withdrawn') then changed else raised end
  from findings;
insert into moves (finding, number, kind, at, account, person, body)
  select id, 1, 'met', changed, '', '', '{"finding":"' || id || '","number":1,"kind":"met","at":' || changed || ',"turn":' || (changed + 604800000000) || '}'
  from findings where state = 'claimed_met';
insert into moves (finding, number, kind, at, account, person, body)
  select id, 1, 'withdraw', changed, '', '', '{"finding":"' || id || '","number":1,"kind":"withdraw","at":' || changed || ',"outcome":"withdrawn"}'
  from findings where state = 'withdrawn';
insert into item_counts (state, items) select state, count(*) from items group by state;

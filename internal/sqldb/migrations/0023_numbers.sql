-- A finding's item and its history are found by its number. Its id is a hash, in no
-- order: by that each index cost a new finding a page of its own, written to the log and
-- from there into the file, and those two were half of all that a burst of events wrote.
create table items_by_number (
  finding text not null,
  number bigint primary key,
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
insert into items_by_number (finding, number, told, state, owner, owner_unit, verifier, outcome, reason, met, claim, assign_by, due_first, due, shifts, turn, version, changed)
  select finding, number, told, state, owner, owner_unit, verifier, outcome, reason, met, claim, assign_by, due_first, due, shifts, turn, version, changed
  from items order by number;
drop table items;
alter table items_by_number rename to items;
create index items_turn on items (state, turn, number);
create index items_owner on items (owner, state, turn, number);
create index items_newest on items (state, number);
create index items_outcome on items (outcome, finding) where outcome <> '';

-- of_number is the number of the finding that a line is of. A line whose finding
-- somebody took out is kept: verify names it.
create table notes_by_number (
  finding text not null,
  of_number bigint not null,
  number bigint primary key,
  at bigint not null,
  kind text not null,
  verdict text not null,
  due bigint not null,
  by_event text not null,
  entered bigint not null,
  words text not null,
  words_zh text not null
);
insert into notes_by_number (finding, of_number, number, at, kind, verdict, due, by_event, entered, words, words_zh)
  select n.finding, coalesce(f.number, 0), n.number, n.at, n.kind, n.verdict, n.due, n.by_event, n.entered, n.words, n.words_zh
  from notes n left join findings f on f.id = n.finding order by n.number;
drop table notes;
alter table notes_by_number rename to notes;
create index notes_of on notes (of_number, number);

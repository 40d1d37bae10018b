-- The record, as SQLite and PostgreSQL both read it. Instants are microseconds
-- since 1970 (0: none), lists are JSON as text, ids are made by the program.

create table settings (
  id bigint primary key,
  agency text not null,
  zone text not null,
  lang text not null,
  packs text not null
);

create table users (
  name text primary key,
  hash text not null,
  role text not null,
  created bigint not null
);

create table sources (
  id bigint primary key,
  name text not null unique,
  role text not null,
  unit text not null,
  types text not null,
  token bytea not null unique,
  skew bigint not null,
  lateness bigint not null,
  habit bigint not null,
  created bigint not null,
  disabled boolean not null
);

-- What was done to the sources, counted, so that a running service sees with
-- one look at one row whether to read them anew.
create table changes (
  sources bigint not null
);
insert into changes (sources) values (0);

create table source_states (
  source bigint primary key,
  contact bigint not null,
  last_event bigint not null,
  taken bigint not null,
  repeated bigint not null,
  corrected bigint not null,
  refused bigint not null,
  quarantined bigint not null,
  silent boolean not null
);

create table segments (
  number bigint primary key,
  source bigint not null,
  received bigint not null,
  now bigint not null,
  events bigint not null,
  body bytea not null
);

create table findings (
  id text primary key,
  number bigint not null unique,
  kind text not null,
  pack text not null,
  version text not null,
  rule text not null,
  severity text not null,
  weight bigint not null,
  warning boolean not null,
  state text not null,
  verdict text not null,
  key_parts text not null,
  case_id text not null,
  unit text not null,
  actor text not null,
  event text not null,
  event_type text not null,
  event_time bigint not null,
  due bigint not null,
  late text not null,
  by_event text not null,
  activations bigint not null,
  last_event text not null,
  raised bigint not null,
  changed bigint not null,
  replaced_by text not null,
  provisional boolean not null
);
-- A list is read state by state, each in the order asked for, and merged; what
-- other filters leave out is passed over. Those that leave little (a unit, a
-- rule) have an index of their own.
create index findings_state on findings (state, number);
create index findings_changed on findings (state, changed, number);
create index findings_due on findings (state, due, number);
create index findings_weight on findings (state, weight, number);
create index findings_rule on findings (rule, number);
create index findings_unit on findings (unit, number);

-- Kept, since counting a million rows takes 200 ms.
create table finding_counts (
  state text primary key,
  findings bigint not null
);

create table notes (
  finding text not null,
  number bigint not null,
  at bigint not null,
  kind text not null,
  verdict text not null,
  due bigint not null,
  by_event text not null,
  entered bigint not null,
  words text not null,
  primary key (finding, number)
);

create table quarantine (
  id bigint primary key,
  source bigint not null,
  at bigint not null,
  raw bytea not null,
  code text not null,
  reason text not null,
  reason_zh text not null,
  done bigint not null,
  outcome text not null
);
create index quarantine_source on quarantine (source, id);
create index quarantine_waiting on quarantine (source, id) where done = 0;

-- The packs in force, whole: what raised a finding can always be read.
create table packs (
  number bigint primary key,
  name text not null,
  version text not null,
  rules_file text not null,
  files text not null,
  from_day bigint not null,
  to_day bigint not null,
  has_from boolean not null,
  has_to boolean not null,
  activated bigint not null
);

-- Where each numbering has got to. holder counts the services that have held the
-- record: one that another has followed writes no more.
create table position (
  holder bigint not null,
  segment bigint not null,
  now bigint not null,
  w bigint not null,
  finding bigint not null,
  note bigint not null,
  quarantine bigint not null
);
insert into position (holder, segment, now, w, finding, note, quarantine) values (0, 0, 0, 0, 0, 0, 0);

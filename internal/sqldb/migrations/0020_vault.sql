-- Keys that custodians registered, by account in the order in which they came to count,
-- each with the proposal by which it does.
create table custodians (
  account text not null,
  number bigint not null,
  recipient text not null,
  at bigint not null,
  approval text not null,
  primary key (account, number)
);

-- Who reported something, encrypted to key, whose private half only the shares of two
-- custodians give. register and entry say what it is of, concerns (JSON) whom it is
-- about. Nothing of it is here in clear.
create table sealed_identities (
  id text primary key,
  register text not null,
  entry text not null,
  concerns text not null,
  key text not null,
  body text not null,
  at bigint not null,
  account text not null
);
create index sealed_identities_entry on sealed_identities (register, entry);

-- Each splitting of a key is a generation; the newest counts, those before lie here in
-- case it was made badly.
create table identity_shares (
  identity text not null,
  generation bigint not null,
  custodian text not null,
  recipient text not null,
  cipher text not null,
  at bigint not null,
  account text not null,
  primary key (identity, generation, custodian)
);

-- What two persons agreed to open, until when; id is the proposal's.
create table identity_openings (
  id text primary key,
  identity text not null,
  asker text not null,
  approver text not null,
  from_at bigint not null,
  until_at bigint not null
);
create index identity_openings_identity on identity_openings (identity, from_at);

-- Who fetched what is sealed, and their share.
create table identity_readings (
  number bigint primary key,
  identity text not null,
  opening text not null,
  account text not null,
  at bigint not null
);
create index identity_readings_identity on identity_readings (identity, number);

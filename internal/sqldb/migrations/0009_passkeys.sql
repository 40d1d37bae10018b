-- Keys on people's devices. credential is the public key with its counter, as JSON.
create table passkeys (
  id text primary key,
  account text not null,
  name text not null,
  credential text not null,
  created bigint not null,
  used bigint not null
);
create index passkeys_account on passkeys (account, created);

-- The public key apart from the counter, which moves with each use: it is what
-- opens an account, and sealed.
alter table passkeys add column public text not null default '';

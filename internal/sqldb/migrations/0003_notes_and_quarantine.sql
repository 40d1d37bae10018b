-- A finding's history in both languages. What is sent to the quarantine again and
-- again is one thing that came so many times; what lies there from before has no
-- hash, and is found no more.

alter table notes add column words_zh text not null default '';

alter table quarantine add column hash text not null default '';
alter table quarantine add column times bigint not null default 1;
alter table quarantine add column last_at bigint not null default 0;
create index quarantine_hash on quarantine (source, hash);

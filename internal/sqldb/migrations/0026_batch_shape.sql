-- How the tree over a segment's events is built (seal.Shape): 0 in pairs, as all are that
-- were sealed before.
alter table seal_batches add column shape integer not null default 0;

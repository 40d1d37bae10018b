-- What every commit changes for the seal is one row, where it was one of the head, one of each
-- count and the last tile; seal_head.go makes it of them. tail is that tile of the lowest level
-- which isn't full yet.
alter table seal_head add column counts text not null default '';
alter table seal_head add column tail bytea not null default '';

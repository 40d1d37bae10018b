-- To which other finding a move links, or from which no more, so that links are found
-- from either side. It stands in the move's body, which is what is sealed.
alter table moves add column other text not null default '';
update moves set other = coalesce((select f.id from findings f where moves.body like '%"link":"' || f.id || '"%'), '') where kind = 'link';
create index moves_other on moves (other) where other <> '';

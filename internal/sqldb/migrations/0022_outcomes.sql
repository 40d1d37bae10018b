-- New items have no outcome: in no order, they cost this index a page each.
drop index items_outcome;
create index items_outcome on items (outcome, finding) where outcome <> '';

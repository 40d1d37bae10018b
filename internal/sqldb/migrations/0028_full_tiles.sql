-- Of the tree's tiles those that are full are kept. What stands in the others follows from the
-- tiles below them, and every commit wrote it anew.
delete from seal_tiles where length(hashes) < 8192;

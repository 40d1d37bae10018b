// Package feed fetches events where a source can't send them: files that a system
// leaves in a folder ([Watch]), and a query of a database that the agency already
// has ([Query]).
//
// Both look again and again, since what announces changes (inotify, triggers)
// loses them exactly when much happens or a network folder is in between. Both hand
// batches over as the named source and go on only once a batch is committed; what
// they remember of how far they are (a file moved away, a mark written down) they
// remember after that. So a crash in between repeats and never loses, and what is
// repeated is known by its id, or by its content where it has none, and counts
// once.
//
//   - give.go: batches, waiting where the service is busy, the tally;
//   - watch.go, receipt.go: the folder, and what is left beside a file;
//   - querydef.go: the YAML of queries; query.go: asking, the mark;
//   - row.go: a row as an event; database.go: PostgreSQL and MySQL.
package feed

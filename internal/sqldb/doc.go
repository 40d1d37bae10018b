// Package sqldb keeps the record in SQLite (one file in the data directory) or
// in PostgreSQL. It implements service.Store; one SQL text serves both, and one
// contract suite runs on both.
//
// What is hard: nothing acknowledged may be lost, and nothing may count twice.
// So a Commit is one transaction that first takes the position; if it stands
// elsewhere than the caller believes, or another service holds the record by
// now, it fails. SQLite runs with a write-ahead log that is synced at every
// commit (synchronous=full), one connection that writes, several that read
// beside it and never wait.
//
//   - sqldb.go: opening, the two databases; errors.go: what went wrong, in words;
//   - migrate.go, migrations/: the tables, numbered, forward only;
//   - commit.go: what the judge decides, at once or not at all; prepared.go: the
//     statements of that; wal.go: SQLite's log, put into the file beside it;
//   - record.go, findings.go, sources.go: what is read and kept beside it;
//   - verify.go: whether the record is whole, and a copy of it while in use.
package sqldb

// Package datadir is the one directory in which a service keeps what is its own:
//
//	plumbline.db     the record (SQLite), unless PostgreSQL keeps it
//	plumbline.yaml   how it is served (optional)
//	seal.key         the key that signs the log, unless it lies elsewhere
//	packs/           packs of the agency's own (optional)
//	organisation.yaml, queries.yaml, reconcile.yaml
//	                 units and posts, databases to ask, totals to compare (optional)
//	lock             who serves it now; backup-lock: who takes it down
//
// The directory belongs to one account (0700). `plumbline setup` makes it once
// ([Setup]); one service at a time serves it ([Serve]); other commands work
// beside it ([Open]). [Backup] takes it down into one file while it is in use,
// encrypted to whoever may read it, and [Restore] puts that into an empty
// directory; both check every byte and every segment of the record. [Load] puts
// flags, environment and plumbline.yaml together.
package datadir

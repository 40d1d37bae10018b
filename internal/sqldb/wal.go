package sqldb

import (
	"context"
	"database/sql"
	"sync/atomic"
	"time"
)

// What is written to SQLite goes into its log, the WAL, and from there into the file
// now and then. SQLite would do that within the commit with which the log gets long
// enough, and whoever waited for that commit would wait for all of it. So it is done
// beside the commits, while they go on, and the log grows meanwhile. To begin it anew,
// all of it must be in the file; the last of it follows between two commits, which have
// to stand still for that, and so the log is let grow long before. SQLite has the file
// synced only then: nothing would be gained if the disk got to write all of that while
// commits wait. So it is synced before that, too.
type emptier struct {
	db    *sql.DB       // a connection of its own
	file  *handle       // of the database
	wrote chan struct{} // something was
	cut   atomic.Bool   // something was erased that still stands in it
	stop  context.CancelFunc
	done  chan struct{}
}

const (
	// logMuch is how much of the log is put into the file at once, in pages: much less
	// would write the same pages of indexes again and again, much more would keep the
	// disk busy for long.
	logMuch = 4_000
	// logLong is when it is to be begun anew. It gets twice as long until that is done
	// while commits come as fast as they can.
	logLong = 20_000
	// logShort is what may be left for between two commits.
	logShort = 200
	// catchUp is how often at most what commits wrote meanwhile is put into the file.
	catchUp = 8
	// logRest is how long commits have the disk to themselves at least.
	logRest = 100 * time.Millisecond
)

// startEmptying has the log emptied beside the commits from now on.
func (s *Store) startEmptying(path string) error {
	db, err := sql.Open("sqlite", dsn(path, pragmas...))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	ctx, stop := context.WithCancel(context.Background())
	s.emptier = &emptier{db: db, file: handleOf(path), wrote: make(chan struct{}, 1), stop: stop, done: make(chan struct{})}
	go s.emptier.run(ctx, s)
	return nil
}

// written says that there may be more in the log. It doesn't wait; a store that isn't
// of SQLite has no log of ours.
func (e *emptier) written() {
	if e == nil {
		return
	}
	select {
	case e.wrote <- struct{}{}:
	default:
	}
}

// close ends it.
func (e *emptier) close() error {
	if e == nil {
		return nil
	}
	e.stop()
	<-e.done
	return e.db.Close()
}

// release lets the file go, once nothing of the store has it open.
func (e *emptier) release() error {
	if e == nil {
		return nil
	}
	return e.file.release()
}

func (e *emptier) run(ctx context.Context, s *Store) {
	defer close(e.done)
	for {
		select {
		case <-e.wrote:
		case <-ctx.Done():
			return
		}
		// What goes wrong here isn't lost: it stays in the log, and if it goes wrong in
		// a commit, too, somebody is told.
		_ = s.emptyLog(ctx)
		if s.emptier.cut.Load() {
			s.cutLog(ctx)
		}
		select {
		case <-time.After(logRest):
		case <-ctx.Done():
			return
		}
	}
}

// emptyLog puts what is in the log into the file, where that is much, and begins the
// log anew, where it got long.
func (s *Store) emptyLog(ctx context.Context) error {
	beside := s.emptier.db
	at, err := s.logAt(ctx, beside, "noop")
	if err != nil || at.left < logMuch {
		return err
	}
	for try := 0; ; try++ {
		if _, err = s.logAt(ctx, beside, "passive"); err != nil {
			return err
		}
		// With rests in between, commits would write as much as is put into the file.
		if err = s.emptier.file.sync(ctx, at.left, try == 0); err != nil {
			return err
		}
		if at, err = s.logAt(ctx, beside, "noop"); err != nil || at.pages < logLong {
			return err
		}
		if at.left <= logShort {
			_, err = s.logAt(ctx, s.write, "passive") // nobody writes as long as this has the connection
			return err
		}
		if try == catchUp { // a reader needs what is in the log, or commits are faster
			return nil
		}
	}
}

// cutLog puts all of the log into the file and cuts it to nothing, since it holds what
// was erased. Where a reader still needs it, that is tried again after what is written
// next, and commits don't wait for it; who closes the record last does it in any case.
func (s *Store) cutLog(ctx context.Context) {
	if s.emptier == nil {
		return
	}
	s.emptier.cut.Store(true)
	on, err := s.emptier.db.Conn(ctx)
	if err != nil {
		return
	}
	defer on.Close()
	defer on.ExecContext(context.WithoutCancel(ctx), `pragma busy_timeout = 20000`)
	if _, err := on.ExecContext(ctx, `pragma busy_timeout = 50`); err != nil {
		return
	}
	var busy, pages, done int64
	if err := on.QueryRowContext(ctx, `pragma wal_checkpoint(truncate)`).Scan(&busy, &pages, &done); err == nil && busy == 0 {
		s.emptier.cut.Store(false)
	}
}

// Vacuum writes SQLite's file anew, without what may still lie between its rows; of
// PostgreSQL whoever keeps it does that.
func (s *Store) Vacuum(ctx context.Context) error {
	if s.postgres {
		return nil
	}
	if _, err := s.write.ExecContext(ctx, `vacuum`); err != nil {
		return s.fault(err)
	}
	s.cutLog(ctx)
	return nil
}

// logged is how long the log is, in pages, and how many of them aren't in the file yet.
type logged struct{ pages, left int64 }

// logAt lets SQLite put its log into the file as far as the mode says, and gives how
// long it is then.
func (s *Store) logAt(ctx context.Context, on querier, mode string) (at logged, err error) {
	var busy, done int64
	err = on.QueryRowContext(ctx, `pragma wal_checkpoint(`+mode+`)`).Scan(&busy, &at.pages, &done)
	at.left = at.pages - done
	return at, err
}

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
// beside the commits, while they go on; what they wrote meanwhile is little, and
// follows between two of them, so that the next one finds all of the log in the file
// and begins it anew. SQLite has the file synced only then, when all of the log is in it:
// nothing would be gained if the disk got to write all of that while commits wait. So it
// is synced before that, too.
type emptier struct {
	db    *sql.DB       // a connection of its own
	file  *handle       // of the database
	wrote chan struct{} // something was
	cut   atomic.Bool   // something was erased that still stands in it
	stop  context.CancelFunc
	done  chan struct{}
}

const (
	// logLong is when the log is emptied, in pages: much less would write the same
	// pages of indexes again and again, much more would keep the disk busy for long.
	logLong = 4000
	// logShort is what may be left for between two commits.
	logShort = 200
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

// emptyLog empties the log if it is long.
func (s *Store) emptyLog(ctx context.Context) error {
	beside := s.emptier.db
	left, err := s.logLeft(ctx, beside, "noop")
	if err != nil || left < logLong {
		return err
	}
	for try := 0; left > logShort && try < 6; try++ {
		if _, err = s.logLeft(ctx, beside, "passive"); err != nil {
			return err
		}
		if try > 0 {
			left = 0 // so little is synced at once: in pieces, commits would write as much meanwhile
		}
		if err = s.emptier.file.sync(ctx, left); err != nil {
			return err
		}
		if left, err = s.logLeft(ctx, beside, "noop"); err != nil {
			return err
		}
	}
	if left > logShort { // a reader needs what is in the log, or commits are faster
		return nil
	}
	_, err = s.logLeft(ctx, s.write, "passive") // nobody writes as long as this has the connection
	return err
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

// logLeft lets SQLite put its log into the file as far as the mode says, and gives how
// many pages in it aren't there yet.
func (s *Store) logLeft(ctx context.Context, on querier, mode string) (left int64, err error) {
	var busy, pages, done int64
	err = on.QueryRowContext(ctx, `pragma wal_checkpoint(`+mode+`)`).Scan(&busy, &pages, &done)
	return pages - done, err
}

package sqldb

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// The log is emptied once it is long, as far as no reader needs it, and begun anew by
// the next commit.
func TestTheLogIsEmptiedBesideCommits(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "record.db"))
	s.emptier.stop() // here it is called by hand
	<-s.emptier.done
	n := int64(0)
	commits := func(until int64) (left int64) {
		t.Helper()
		for left < until {
			n++
			must(t, s.Commit(ctx, full(n)))
			var err error
			if left, err = s.logLeft(ctx, s.emptier.db, "noop"); err != nil {
				t.Fatal(err)
			}
		}
		return left
	}
	pages := func() (pages int64) {
		t.Helper()
		var busy, done int64
		must(t, s.emptier.db.QueryRowContext(ctx, `pragma wal_checkpoint(noop)`).Scan(&busy, &pages, &done))
		return pages
	}
	few := commits(logShort)
	must(t, s.emptyLog(ctx))
	equal(t, "left in a log that isn't long", pages(), few)

	reader, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	must(t, err)
	var seen int64
	must(t, reader.QueryRowContext(ctx, `select segment from position`).Scan(&seen))
	many := commits(logLong)
	must(t, s.emptyLog(ctx))
	left, err := s.logLeft(ctx, s.emptier.db, "noop")
	must(t, err)
	if left < many-few-logShort || left >= many {
		t.Errorf("%d of %d pages are left while somebody reads what was there after %d", left, many, few)
	}
	var still int64
	must(t, reader.QueryRowContext(ctx, `select segment from position`).Scan(&still))
	equal(t, "what the reader sees", still, seen)
	must(t, reader.Rollback())

	commits(logLong)
	must(t, s.emptyLog(ctx))
	left, err = s.logLeft(ctx, s.emptier.db, "noop")
	must(t, err)
	equal(t, "left once nobody reads", left, int64(0))
	n++
	must(t, s.Commit(ctx, full(n)))
	if is := pages(); is >= few {
		t.Errorf("the log has %d pages after the next commit; expected that it begins anew", is)
	}
	tally, err := s.Verify(ctx)
	must(t, err)
	equal(t, "segments", tally.Segments, n)
}

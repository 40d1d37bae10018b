package sqldb

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// What is in the log is put into the file once it is much, as far as no reader needs it,
// and the log is begun anew by the next commit once it is long.
func TestTheLogIsEmptiedBesideCommits(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "record.db"))
	s.emptier.stop() // here it is called by hand
	<-s.emptier.done
	n := int64(0)
	log := func() logged {
		t.Helper()
		at, err := s.logAt(ctx, s.emptier.db, "noop")
		must(t, err)
		return at
	}
	commits := func(until func(logged) bool) logged {
		t.Helper()
		for {
			n++
			must(t, s.Commit(ctx, full(n)))
			if at := log(); until(at) {
				return at
			}
		}
	}
	much := func(at logged) bool { return at.left >= logMuch }
	long := func(at logged) bool { return at.pages >= logLong && much(at) }

	few := commits(func(at logged) bool { return at.left >= logShort })
	must(t, s.emptyLog(ctx))
	equal(t, "a log with little that isn't in the file", log(), few)

	reader, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	must(t, err)
	var seen int64
	must(t, reader.QueryRowContext(ctx, `select segment from position`).Scan(&seen))
	many := commits(much)
	must(t, s.emptyLog(ctx))
	if at := log(); at.left < many.left-few.left-logShort || at.left >= many.left {
		t.Errorf("%d of %d pages are left while somebody reads what was there after %d", at.left, many.left, few.left)
	}
	var still int64
	must(t, reader.QueryRowContext(ctx, `select segment from position`).Scan(&still))
	equal(t, "what the reader sees", still, seen)
	must(t, reader.Rollback())

	commits(much)
	must(t, s.emptyLog(ctx))
	equal(t, "left once nobody reads", log().left, int64(0))

	commits(long)
	must(t, s.emptyLog(ctx))
	equal(t, "left of a long one", log().left, int64(0))
	n++
	must(t, s.Commit(ctx, full(n)))
	if is := log().pages; is >= few.pages {
		t.Errorf("the log has %d pages after the next commit; expected that it begins anew", is)
	}
	tally, err := s.Verify(ctx)
	must(t, err)
	equal(t, "segments", tally.Segments, n)
}

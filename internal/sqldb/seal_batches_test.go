package sqldb

import (
	"path/filepath"
	"testing"
)

// Batches of one source that are written at once are numbered one behind the other.
func TestBatchesWrittenAtOnceAreNumbered(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "record.db"))
	must(t, s.Commit(ctx, full(1)))
	must(t, s.Commit(ctx, full(2), full(3), full(4)))
	next := map[int64]int64{}
	must(t, s.each(ctx, func(scan func(...any) error) error {
		var segment, source, events, before int64
		if err := scan(&segment, &source, &events, &before); err != nil {
			return err
		}
		if before != next[source] || events == 0 {
			t.Errorf("segment %d: %d events before its %d, want %d", segment, before, events, next[source])
		}
		next[source] += events
		return nil
	}, `select number, source, events, before from segments join seal_batches on segment = number order by number`))
	if len(next) == 0 {
		t.Error("nothing was sealed")
	}
}

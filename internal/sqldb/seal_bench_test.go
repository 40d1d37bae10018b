package sqldb

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/seal"
	"plumbline/internal/segment"
	"plumbline/internal/service"
)

// What sealing costs of a commit of 1,000 events and ten findings, on disk: the
// same is sealed once more in a transaction that is taken back.
func BenchmarkCommitSealed(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "a.db"))
	const events, findings = 1000, 10
	list := make([]event.Event, events)
	for i := range list {
		list[i] = event.Event{Source: "s", ID: fmt.Sprintf("2025-%08d", i), Type: "立案", Time: event.Stamp{At: clock.Instant(1_700_000_000_000_000 + i), Kind: event.Time},
			Actor: event.Some(fmt.Sprint("P", i%400)), Unit: event.Some(fmt.Sprint("U", i%23)), Objects: []event.Object{{Type: "case", ID: fmt.Sprint("A", i%700)}},
			Attrs: []event.Attr{{Name: "place", Value: event.Str("district")}, {Name: "amount", Value: event.Num(float64(i))}}}
	}
	block, err := segment.Encode(nil, list)
	must(b, err)
	var sealing time.Duration
	n := int64(0)
	for b.Loop() {
		n++
		c := &service.Commit{Segments: []service.Segment{{Number: n, Source: 1, Received: clock.Instant(n), Now: clock.Instant(n), Events: events, Body: block, List: list}}, Now: clock.Instant(n)}
		for i := range int64(findings) {
			f := finding(n*findings + i)
			c.Findings = append(c.Findings, f)
			c.Notes = append(c.Notes, service.Note{Finding: f.ID, Kind: "raised"})
		}
		c.NextFinding = n*findings + findings
		must(b, s.Commit(ctx, c))
		sealing += sealedAgain(b, s, c)
	}
	b.ReportMetric(float64(sealing)/float64(b.Elapsed()-sealing)*100, "%sealing")
	b.ReportMetric(float64(sealing)/float64(n)/events, "ns/event")
}

func sealedAgain(b *testing.B, s *Store, c *service.Commit) time.Duration {
	b.Helper()
	tx, err := s.write.BeginTx(ctx, nil)
	must(b, err)
	defer tx.Rollback()
	began := time.Now()
	w := writer{ctx: ctx, tx: tx, store: s, roots: s.rootsOf(c.Segments)}
	must(b, w.sealBatches(c))
	for i := range c.Findings {
		args, err := findingArgs(&c.Findings[i])
		must(b, err)
		must(b, w.sealed(sealedFindings, args))
		must(b, w.sealed(sealedNotes, []any{c.Findings[i].ID, int64(1), int64(0), "raised", "", int64(0), "", int64(0), "", ""}))
	}
	leaves := append([]seal.Sealed{{Kind: kindSegment, Body: seal.BodyHash(w.batches[0].Body())}}, w.leaves...)
	h, err := s.head(ctx, tx)
	must(b, err)
	h.add(leaves)
	_, err = s.sealAll(ctx, tx, h, &sealing{at: 1, leaves: leaves})
	must(b, err)
	return time.Since(began)
}

// What it takes to make the longest tile of the second level that isn't full, where it isn't
// known how the tree ended: after a start, and in commands.
func BenchmarkTileFromBelow(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "a.db"))
	must(b, s.Seal(ctx, 9, make([]seal.Leaf, 255*seal.TileWidth)...))
	for b.Loop() {
		if hashes, err := readTile(ctx, s.read, 1, 0); err != nil || len(hashes) != fullTile-len(seal.Hash{}) {
			b.Fatal(len(hashes), err)
		}
	}
}

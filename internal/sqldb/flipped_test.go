package sqldb

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"plumbline/internal/segment"
	"plumbline/internal/service"
)

// Bytes flipped anywhere in a record: whoever reads or writes it is served, or told
// in a word that it is damaged; never is there a panic, a finding that never was, or
// a write over what was seen to be damaged.
func TestFlippedBytes(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	s := open(t, whole)
	for n := int64(1); n <= 300; n++ {
		must(t, s.Commit(ctx, full(n)))
	}
	must(t, s.Close())
	content, err := os.ReadFile(whole)
	must(t, err)
	r := rand.New(rand.NewPCG(5, 4))
	met := 0
	for range 60 {
		bad := append([]byte(nil), content...)
		at := r.IntN(len(bad) - 16)
		if r.IntN(2) == 0 {
			at = at&^4095 + r.IntN(64) // where a page says how it is laid out
		}
		for i := range 1 + r.IntN(16) {
			bad[at+i] ^= byte(1 + r.IntN(255))
		}
		path := filepath.Join(dir, "bad.db")
		for _, beside := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(path + beside) // those of the one before
		}
		must(t, os.WriteFile(path, bad, 0o600))
		if useFlipped(t, path, at) {
			met++
		}
	}
	t.Logf("%d of 60 were met", met)
	if met < 10 {
		t.Errorf("only %d of 60 were met", met)
	}
}

// useFlipped does everything once with a record, and says whether it met the damage.
func useFlipped(t *testing.T, path string, at int) (met bool) {
	t.Helper()
	hold := func(what string, err error) {
		if err == nil {
			return
		}
		if met = true; !errors.Is(err, service.ErrDamaged) {
			t.Errorf("byte %d, %s: %v", at, what, err)
		}
	}
	s, err := Open(ctx, path)
	if err != nil {
		hold("opening", err)
		return met
	}
	defer s.Close()
	pos, err := s.Position(ctx)
	hold("position", err)
	hold("segments", s.Segments(ctx, 0, func(g *service.Segment) error {
		if _, err := segment.Decode(g.Body); err != nil {
			return g.Damaged(err)
		}
		return nil
	}))
	for _, sort := range []string{"raised", "changed", "due", "severity"} {
		page, err := s.Findings(ctx, service.FindingQuery{Sort: sort, Limit: 500})
		hold("findings by "+sort, err)
		if len(page.Findings) > 300 {
			t.Errorf("byte %d: %d findings", at, len(page.Findings))
		}
	}
	_, _, err = s.Finding(ctx, finding(75).ID)
	hold("one finding", err)
	_, err = s.Quarantine(ctx, 0, false, 0, 500)
	hold("quarantine", err)
	_, err = s.Packs(ctx)
	hold("packs", err)
	_, err = s.Sources(ctx)
	hold("sources", err)
	hold("pages", s.CheckPages(ctx))
	seen := s.broken.Load() != nil
	err = s.Commit(ctx, full(pos.Segment+1))
	hold("writing", err)
	if seen && err == nil {
		t.Errorf("byte %d: written over damage", at)
	}
	_, err = s.Verify(ctx)
	hold("verify", err)
	return met
}

package sqldb

import (
	"testing"

	"plumbline/internal/ledger"
)

// A link is seen from both sides and undone from either.
func testLinks(t *testing.T, where string) {
	s := open(t, where)
	now := someDay
	l := ledgerOf(t, s, &now)
	c := batch(1, raisedAt(1, now), raisedAt(2, now), raisedAt(3, now))
	c.Now = now
	must(t, s.Commit(ctx, c))
	id := func(n int) string { return c.Findings[n-1].ID }
	move := func(of int, kind ledger.Kind, to int, as string) error {
		now++
		it, _, err := s.Item(ctx, id(of))
		must(t, err)
		_, err = l.Move(ctx, theInspector, id(of), it.Version, kind, ledger.Content{Link: id(to), LinkAs: as, Text: "一班"})
		return err
	}
	links := func(of int) (out []string) {
		t.Helper()
		list, err := l.Links(ctx, id(of))
		must(t, err)
		for _, x := range list {
			for n := 1; n <= 3; n++ {
				if x.Finding == id(n) {
					out = append(out, map[bool]string{true: "→", false: "←"}[x.Here]+x.As+string(rune('0'+n)))
				}
			}
		}
		return out
	}
	must(t, move(1, ledger.Link, 2, "same_cause"))
	must(t, move(3, ledger.Link, 1, "duplicate"))
	equal(t, "of the first", links(1), []string{"→same_cause2", "←duplicate3"})
	equal(t, "of the second", links(2), []string{"←same_cause1"})
	must(t, move(2, ledger.Link, 1, "follows"))
	equal(t, "the last that was said holds", links(1), []string{"←duplicate3", "←follows2"})
	must(t, move(1, ledger.Unlink, 2, ""))
	equal(t, "undone from the other side", links(2), []string(nil))
	told(t, move(2, ledger.Unlink, 1, ""), "not linked")
	_, err := s.Verify(ctx)
	must(t, err)
	sealedAsIs(t, s)
	if _, err := s.write.ExecContext(ctx, `update moves set other = $1 where finding = $2 and kind = 'unlink'`, id(3), id(1)); err != nil {
		t.Fatal(err)
	}
	_, err = s.Verify(ctx)
	told(t, err, "isn't what its move says")
}

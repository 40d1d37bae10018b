package sqldb

import (
	"strings"
	"testing"

	"plumbline/internal/seal"
)

// A move and a file are proven alone; what isn't there isn't, and what was changed
// since doesn't fit its proof.
func testProofs(t *testing.T, where string) {
	s := open(t, where)
	key, public := testKey(t)
	must(t, s.AddSealKey(ctx, SealKey{Key: public}))
	now := someDay
	l := ledgerOf(t, s, &now)
	f := raisedAt(1, now)
	c := batch(1, f)
	c.Now = now
	must(t, s.Commit(ctx, c))
	_, file, err := l.Attach(ctx, theHead, f.ID, 0, "a.txt", "the letter", strings.NewReader("dear sir"))
	must(t, err)
	msg := signHead(t, s, key)
	for name, open := range map[string]func() (int64, seal.Opening, error){
		`"kind":"attach"`:     func() (int64, seal.Opening, error) { return s.OpenMove(ctx, f.ID, 1) },
		`"` + file.Hash + `"`: func() (int64, seal.Opening, error) { return s.OpenFile(ctx, file.Hash) },
	} {
		p := proofOf(t, s, msg, open)
		_, err := p.Check([]string{public}, nil)
		must(t, err)
		again, err := seal.ParseProof(p.Format())
		must(t, err)
		if !strings.Contains(string(again.Opening.Body), name) {
			t.Errorf("%s: it proves %s", name, again.Opening.Body)
		}
		again.Opening.Body = []byte(strings.Replace(string(again.Opening.Body), "a", "b", 1))
		if _, err := again.Check([]string{public}, nil); err == nil {
			t.Errorf("%s: another text is proven, too", name)
		}
	}
	for _, open := range []func() (int64, seal.Opening, error){
		func() (int64, seal.Opening, error) { return s.OpenMove(ctx, f.ID, 2) }, func() (int64, seal.Opening, error) { return s.OpenFile(ctx, "none") },
	} {
		if _, _, err := open(); err != ErrNotSealed {
			t.Errorf("what isn't there: %v", err)
		}
	}
}

package keeper_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/note"

	"plumbline/internal/errs"
	"plumbline/internal/seal"
	"plumbline/internal/seal/keeper"
	"plumbline/internal/seal/witness"
	"plumbline/internal/sqldb"
)

var ctx = context.Background()

const origin = "log.example.org/plumbline"

// agency is a log with its keeper, served.
type agency struct {
	t      *testing.T
	store  *sqldb.Store
	key    note.Signer
	public string
	now    time.Time
	asked  []keeper.Witness
	*keeper.Keeper
	server *httptest.Server
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// newAgency makes a log, with the key of another where it pretends to be it.
func newAgency(t *testing.T, as *agency, asked ...keeper.Witness) *agency {
	t.Helper()
	a := &agency{t: t, now: time.Unix(1_800_000_000, 0), asked: asked}
	var err error
	a.store, err = sqldb.Open(ctx, filepath.Join(t.TempDir(), "plumbline.db"))
	must(t, err)
	t.Cleanup(func() { a.store.Close() })
	if as != nil {
		a.key, a.public = as.key, as.public
	} else {
		secret, public, err := note.GenerateKey(rand.Reader, origin)
		must(t, err)
		a.public = public
		a.key, err = note.NewSigner(secret)
		must(t, err)
	}
	a.start()
	a.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.Handler().ServeHTTP(w, r) }))
	t.Cleanup(a.server.Close)
	return a
}

// start starts the keeper anew, as after a restart.
func (a *agency) start() {
	a.t.Helper()
	var err error
	a.Keeper, err = keeper.New(ctx, keeper.Options{Store: a.store, Signers: []note.Signer{a.key}, Keys: []string{a.public}, Witnesses: a.asked, Now: func() time.Time { return a.now }, Log: quiet()})
	must(a.t, err)
}

// write seals so many leaves and signs.
func (a *agency) write(n int) {
	a.t.Helper()
	leaves := make([]seal.Leaf, n)
	for i := range leaves {
		leaves[i] = seal.Leaf{Kind: "export", Ref: "x", Body: []byte{byte(i)}}
	}
	must(a.t, a.store.Seal(ctx, 1, leaves...))
	must(a.t, a.Sign(ctx))
}

func (a *agency) status() keeper.Status {
	a.t.Helper()
	s, err := a.Status(ctx)
	must(a.t, err)
	return s
}

// newWitness starts a witness of logs.
func newWitness(t *testing.T, now func() time.Time, logs ...witness.Log) (*witness.Witness, keeper.Witness) {
	t.Helper()
	w, err := witness.Open(witness.Options{Dir: t.TempDir(), Name: "witness.example.org", Logs: logs, Now: now, Log: quiet()})
	must(t, err)
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	return w, keeper.Witness{Key: w.Key(), URL: server.URL}
}

// The log is read, whole and by proofs, by the client that others have written
// for such logs.
func TestTesseraClientReadsIt(t *testing.T) {
	a := newAgency(t, nil)
	a.write(3)
	v, err := note.NewVerifier(a.public)
	must(t, err)
	root, err := url.Parse(a.server.URL + "/log/")
	must(t, err)
	f, err := client.NewHTTPFetcher(root, nil)
	must(t, err)
	tracker, err := client.NewLogStateTracker(ctx, f.ReadTile, nil, v, origin, client.UnilateralConsensus(f.ReadCheckpoint))
	must(t, err)
	for _, more := range []int{200, 53, 1, 700, 65_000} { // it follows the log and finds each step consistent
		a.write(more)
		_, _, _, err := tracker.Update(ctx)
		must(t, err)
	}
	head := tracker.Latest()
	if head.Size != 65_957 {
		t.Fatalf("it sees %d leaves", head.Size)
	}
	checkEntries(t, f, head)
	builder, err := client.NewProofBuilder(ctx, head.Size, f.ReadTile)
	must(t, err)
	for _, index := range []uint64{0, 255, 256, 957, 65_535, 65_536, head.Size - 1} {
		entries, err := a.store.SealEntries(ctx, int64(index), 1)
		must(t, err)
		path, err := builder.InclusionProof(ctx, index)
		must(t, err)
		must(t, proof.VerifyInclusion(rfc6962.DefaultHasher, index, head.Size, rfc6962.DefaultHasher.HashLeaf(entries[0]), path, head.Hash))
	}
	signed, err := seal.CheckLog(ctx, seal.Over(http.DefaultClient, a.server.URL+"/log"), seal.Trust{Keys: []string{a.public}})
	must(t, err)
	if signed.Size != int64(head.Size) {
		t.Errorf("our own check sees %d", signed.Size)
	}
}

// checkEntries reads all entries and holds them against the leaves of the tree.
func checkEntries(t *testing.T, f *client.HTTPFetcher, head log.Checkpoint) {
	t.Helper()
	leaves, err := client.FetchLeafHashes(ctx, f.ReadTile, 0, head.Size, head.Size)
	must(t, err)
	var n uint64
	for i := uint64(0); n < head.Size; i++ {
		bundle, err := client.GetEntryBundle(ctx, f.ReadEntryBundle, i, head.Size)
		must(t, err)
		for _, e := range bundle.Entries {
			if !bytes.Equal(rfc6962.DefaultHasher.HashLeaf(e), leaves[n]) {
				t.Fatalf("entry %d isn't leaf %d", n, n)
			}
			n++
		}
	}
}

// A witness cosigns what follows, its word grows old, and it survives restarts
// of either.
func TestWitnessCosigns(t *testing.T) {
	a := newAgency(t, nil)
	w, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public, URL: a.server.URL + "/log"})
	a.asked = []keeper.Witness{asked}
	a.start()
	a.write(5)
	if a.Vouched() {
		t.Error("vouched before anybody was asked")
	}
	for range 3 {
		a.Ask(ctx)
		if s := a.status(); !s.Fresh || s.Witnesses[0].Size != s.Signed || s.Witnesses[0].Problem != nil {
			t.Fatalf("%+v", s.Witnesses[0])
		}
		a.write(300)
	}
	a.start() // what was heard is kept
	if s := a.status(); !s.Fresh || s.Witnesses[0].Size != 605 {
		t.Errorf("after a restart: %+v", s.Witnesses[0])
	}
	a.Ask(ctx)
	msg, err := a.Checkpoint(ctx)
	must(t, err)
	c, err := seal.Open(msg, []string{a.public}, []string{w.Key()})
	if err != nil || len(c.Cosigned) != 1 || !c.Cosigned[0].At.Equal(a.now) {
		t.Errorf("what everybody is shown: %v, %v", c, err)
	}
	w.Look(ctx)
	if text := shown(t, asked); strings.Contains(text, "suspect") || !strings.Contains(text, "log "+origin+" 905 ") {
		t.Errorf("the witness says %s", text)
	}
	a.now = a.now.Add(keeper.Fresh)
	if a.Vouched() {
		t.Error("an hour later its word is still fresh")
	}
	a.Ask(ctx) // nothing new, but it's asked again
	if !a.Vouched() {
		t.Error("it wasn't asked again")
	}
	now := a.now
	if a.now = now.Add(-365 * 24 * time.Hour); a.Vouched() {
		t.Error("by a clock that was set back a word stays fresh for a year")
	}
	if a.now = now.Add(-time.Minute); !a.Vouched() { // clocks differ a little
		t.Error("by a clock that is a minute behind it isn't fresh")
	}
}

func shown(t *testing.T, w keeper.Witness) string {
	t.Helper()
	r, err := http.Get(w.URL + "/")
	must(t, err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	must(t, err)
	return string(text)
}

// Two logs under one key, and an old state put back, are found by the witness.
func TestWitnessFindsForks(t *testing.T) {
	a := newAgency(t, nil)
	_, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public})
	a.asked = []keeper.Witness{asked}
	a.start()
	a.write(300)
	a.Ask(ctx)
	for name, c := range map[string]struct {
		leaves int
		want   string
	}{"longer": {301, "doesn't cosign (422"}, "as long": {300, "doesn't cosign (409"}, "shorter": {299, "an old state of the record was put back"}} {
		t.Run(name, func(t *testing.T) {
			fork := newAgency(t, a, asked)
			fork.write(c.leaves)
			fork.Ask(ctx)
			s := fork.status()
			if s.Fresh || s.Denied == nil || !s.Witnesses[0].Denies || !strings.Contains(s.Witnesses[0].Problem.Error(), c.want) {
				t.Errorf("%+v; want %q", s.Witnesses[0], c.want)
			}
			if errs.In(s.Witnesses[0].Problem, errs.Zh) == s.Witnesses[0].Problem.Error() {
				t.Error("only in one language")
			}
		})
	}
	if text := shown(t, asked); !strings.Contains(text, "suspect "+origin) {
		t.Errorf("the witness says %s", text)
	}
	a.write(1)
	a.Ask(ctx) // the true one goes on
	if s := a.status(); s.Witnesses[0].Problem != nil || s.Witnesses[0].Size != 301 {
		t.Errorf("%+v", s.Witnesses[0])
	}
}

// Who puts an old state back has the cosignatures of then with it. They count no more
// once a witness was asked, which a start does; another witness
// who hasn't seen the log doesn't make up for it.
func TestAnOldStateHasNoFreshWord(t *testing.T) {
	a := newAgency(t, nil)
	_, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public})
	a.asked = []keeper.Witness{asked}
	a.start()
	a.write(300)
	a.Ask(ctx)
	backup := filepath.Join(t.TempDir(), "plumbline.db")
	must(t, a.store.CopyTo(ctx, backup))
	a.write(5)
	a.Ask(ctx)

	back := newAgency(t, a, asked)
	store, err := sqldb.Open(ctx, backup)
	must(t, err)
	t.Cleanup(func() { store.Close() })
	back.store = store
	back.start()
	back.Ask(ctx)
	if s := back.status(); s.Fresh || back.Vouched() || s.Denied == nil || !strings.Contains(s.Denied.Error(), "an old state of the record was put back") {
		t.Errorf("put back, not grown: %+v", s)
	}
	_, other := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public})
	back.asked = []keeper.Witness{asked, other}
	back.start()
	back.Ask(ctx)
	back.write(1)
	back.Ask(ctx)
	if s := back.status(); s.Fresh || !s.Witnesses[1].Fresh || s.Denied == nil {
		t.Errorf("with a witness who knows nothing: %+v", s)
	}
}

// Anybody can send a witness what a log once signed, or a proof that is none: neither
// makes the log suspect.
func TestNobodyElseMakesALogSuspect(t *testing.T) {
	a := newAgency(t, nil)
	_, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public})
	a.asked = []keeper.Witness{asked}
	a.start()
	a.write(5)
	old, err := a.Checkpoint(ctx)
	must(t, err)
	a.write(6)
	a.Ask(ctx)
	a.write(7)
	next, _, err := a.store.Checkpoints(ctx)
	must(t, err)
	hash := strings.Repeat("A", 43) + "=\n"
	for body, want := range map[string]string{"old 0\n\n" + string(old): "showed its 5 leaves after 11", "old 11\n\n" + string(next): "says nothing", "old 11\n" + strings.Repeat(hash, 5) + "\n" + string(next): "says nothing"} {
		r, err := http.Post(asked.URL+"/add-checkpoint", "", strings.NewReader(body))
		must(t, err)
		r.Body.Close()
		if text := shown(t, asked); strings.Contains(text, "suspect") || !strings.Contains(text, "asked "+origin) || !strings.Contains(text, want) {
			t.Errorf("the witness says %s; want %s", text, want)
		}
	}
	a.Ask(ctx)
	if s := a.status(); !s.Fresh || s.Witnesses[0].Size != 18 {
		t.Errorf("%+v", s)
	}
}

// Who witnesses a log waits for no reckoning without an end, whatever the log signs and
// serves.
func TestWitnessOfALogTooLong(t *testing.T) {
	a := newAgency(t, nil)
	sign := func(size int64) string {
		msg, err := seal.Sign(&seal.Checkpoint{Origin: origin, Size: size}, a.key)
		must(t, err)
		return string(msg)
	}
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/log/checkpoint" {
			_, _ = w.Write(make([]byte, 256*32))
			return
		}
		_, _ = io.WriteString(w, sign(1<<63-1))
	}))
	t.Cleanup(served.Close)
	w, err := witness.Open(witness.Options{Dir: t.TempDir(), Name: "witness.example.org", Logs: []witness.Log{{Key: a.public, URL: served.URL + "/log"}}, Now: time.Now, Log: quiet()})
	must(t, err)
	ask := func(body string) *httptest.ResponseRecorder {
		got := httptest.NewRecorder()
		w.Handler().ServeHTTP(got, httptest.NewRequest("POST", "/add-checkpoint", strings.NewReader(body)))
		return got
	}
	if got := ask("old 0\n\n" + sign(3)); got.Code != 200 {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	hash := strings.Repeat("A", 43) + "=\n"
	for name, c := range map[string]struct {
		do   func() (status int, text string)
		want int
	}{
		"asked": {func() (int, string) {
			got := ask("old 3\n" + strings.Repeat(hash, 63) + "\n" + sign(1<<63-1))
			return got.Code, got.Body.String()
		}, 403},
		"asked from there": {func() (int, string) {
			got := ask("old 9223372036854775807\n\n" + sign(1<<63-1))
			return got.Code, got.Body.String()
		}, 400},
		"with a path too long": {func() (int, string) {
			got := ask("old 3\n" + strings.Repeat(hash, 63) + "\n" + sign(1<<48))
			return got.Code, got.Body.String()
		}, 422},
		"looked at": {func() (int, string) { w.Look(ctx); return 0, "" }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			done := make(chan struct{})
			var status int
			var text string
			go func() { status, text = c.do(); close(done) }()
			select {
			case <-done:
			case <-time.After(20 * time.Second): // a loop without an end; else it takes microseconds
				t.Fatal("no answer")
			}
			if status != c.want || len(text) > 1000 {
				t.Errorf("%d %s", status, text)
			}
		})
	}
}

// Of two logs of each size the longer is found to be another, unless its proof can't
// say so; a log never is that goes on.
func TestForksOfEachSize(t *testing.T) {
	a := newAgency(t, nil)
	fork := newAgency(t, a)
	for size := 1; size < 20; size++ {
		a.write(1)
		fork.write(1)
		fork.write(size % 4)
		_, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public})
		for _, l := range []*agency{a, fork} {
			l.asked = []keeper.Witness{asked}
			l.start()
			l.Ask(ctx)
		}
		text := shown(t, asked)
		length := fork.status().Size
		powerOfTwo := size&(size-1) == 0
		if strings.Contains(text, "suspect") != (!powerOfTwo || length == int64(size)) {
			t.Errorf("%d leaves, then another %d: the witness says %s", size, length, text)
		}
		if !fork.status().Witnesses[0].Denies || a.status().Witnesses[0].Denies {
			t.Errorf("%d leaves, then another %d: %+v", size, length, fork.status().Witnesses)
		}
	}
}

// A witness that looks finds a log that shows others another tree.
func TestWitnessLooks(t *testing.T) {
	a := newAgency(t, nil)
	fork := newAgency(t, a)
	w, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public, URL: fork.server.URL + "/log"})
	a.asked = []keeper.Witness{asked}
	a.start()
	a.write(10)
	a.Ask(ctx)
	fork.write(12)
	w.Look(ctx)
	if text := shown(t, asked); !strings.Contains(text, "what it shows (12 leaves) isn't what it asked to cosign (10)") {
		t.Errorf("the witness says %s", text)
	}
}

// To have a witness started anew makes it forget nothing; what it keeps doesn't grow
// with how often it is shown.
func TestWitnessForgetsNoDeed(t *testing.T) {
	a := newAgency(t, nil)
	fork := newAgency(t, a)
	o := witness.Options{Dir: t.TempDir(), Name: "witness.example.org", Logs: []witness.Log{{Key: a.public}}, Now: func() time.Time { return a.now }, Log: quiet()}
	told := ""
	for i := range 15 {
		w, err := witness.Open(o)
		must(t, err)
		server := httptest.NewServer(w.Handler())
		defer server.Close()
		asked := keeper.Witness{Key: w.Key(), URL: server.URL}
		if i > 0 && shown(t, asked) != told {
			t.Fatalf("started anew it says %s; before %s", shown(t, asked), told)
		}
		for _, l := range []*agency{a, fork} {
			l.write(3)
			l.asked = []keeper.Witness{asked}
			l.start()
			l.Ask(ctx)
		}
		told = shown(t, asked)
	}
	if n := strings.Count(told, "suspect "); n != 10 {
		t.Errorf("%d deeds are told", n)
	}
}

// What a keeper has signed it never contradicts: not of a shorter log, not of
// another.
func TestKeeperSignsNoOtherLog(t *testing.T) {
	a := newAgency(t, nil)
	a.write(300)
	msg, err := a.Checkpoint(ctx)
	must(t, err)
	for want, leaves := range map[string]int{"an old state of the record was put back": 20, "has the root": 400} {
		other := newAgency(t, a)
		leavesOf(t, other, leaves)
		must(t, other.store.SaveCheckpoint(ctx, false, 1, 300, msg))
		other.start()
		if err := other.Sign(ctx); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d leaves: %v", leaves, err)
		}
	}
}

func leavesOf(t *testing.T, a *agency, n int) {
	t.Helper()
	must(t, a.store.Seal(ctx, 1, make([]seal.Leaf, n)...))
}

// What a witness is asked wrongly it says by C2SP's own numbers.
func TestWitnessRefuses(t *testing.T) {
	a := newAgency(t, nil)
	_, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public})
	a.write(3)
	msg, err := a.Checkpoint(ctx)
	must(t, err)
	other := newAgency(t, nil)
	other.write(1)
	theirs, err := other.Checkpoint(ctx)
	must(t, err)
	unknown := strings.ReplaceAll(string(msg), origin, "log.example.org/unknown")
	hash := strings.Repeat("A", 43) + "=\n"
	for _, c := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"nothing", "", 400, ""},
		{"no old size", "\n\n" + string(msg), 400, ""},
		{"zeroes in front", "old 00\n\n" + string(msg), 400, ""},
		{"no hash", "old 1\nxyz\n\n" + string(msg), 400, ""},
		{"too many", "old 1\n" + strings.Repeat(hash, 64) + "\n" + string(msg), 400, ""},
		{"old is more", "old 4\n\n" + string(msg), 400, ""},
		{"unknown", "old 0\n\n" + unknown, 404, ""},
		{"another's key", "old 0\n\n" + string(theirs), 403, ""},
		{"a proof from nothing", "old 0\n" + hash + "\n" + string(msg), 422, ""},
		{"another old size", "old 2\n\n" + string(msg), 409, "0\n"},
		{"good", "old 0\n\n" + string(msg), 200, "— witness.example.org "},
		{"again from nothing", "old 0\n\n" + string(msg), 409, "3\n"},
		{"again", "old 3\n\n" + string(msg), 200, "— witness.example.org "},
		{"again with a proof", "old 3\n" + hash + "\n" + string(msg), 422, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.Post(asked.URL+"/add-checkpoint", "", strings.NewReader(c.body))
			must(t, err)
			defer r.Body.Close()
			text, err := io.ReadAll(r.Body)
			must(t, err)
			if r.StatusCode != c.status || !strings.HasPrefix(string(text), c.want) {
				t.Errorf("%d %s; want %d %s", r.StatusCode, text, c.status, c.want)
			}
			if c.status == 409 && r.Header.Get("Content-Type") != "text/x.tlog.size" {
				t.Errorf("content type %s", r.Header.Get("Content-Type"))
			}
		})
	}
}

// Everything of a log that is served, spoilt, is found by whoever reads it all.
func TestSpoiltLogIsFound(t *testing.T) {
	a := newAgency(t, nil)
	a.write(300)
	older, err := a.Checkpoint(ctx)
	must(t, err)
	a.write(400)
	get := seal.Over(http.DefaultClient, a.server.URL+"/log")
	trust := seal.Trust{Keys: []string{a.public}, Older: [][]byte{older}}
	_, err = seal.CheckLog(ctx, get, trust)
	must(t, err)
	for path, want := range map[string]string{"checkpoint": "", "tile/0/000": "leaf 0 isn't what the tree holds", "tile/0/002.p/188": "leaf 512 isn't what the tree holds", "tile/1/000.p/2": "the leaves from 0 to 255 aren't",
		"tile/entries/000": "", "tile/entries/002.p/188": ""} {
		for _, how := range []string{"flipped", "cut", "gone"} {
			_, err := seal.CheckLog(ctx, func(ctx context.Context, p string) ([]byte, error) {
				b, err := get(ctx, p)
				if err != nil || p != path {
					return b, err
				}
				switch how {
				case "flipped":
					b[3] ^= 1
				case "cut":
					b = b[:len(b)-1]
				case "gone":
					return nil, seal.ErrNoFile
				}
				return b, nil
			}, trust)
			if err == nil || how == "flipped" && !strings.Contains(err.Error(), want) {
				t.Errorf("%s %s: %v", path, how, err)
			}
			if e := (*errs.Error)(nil); !errors.As(err, &e) && !errors.Is(err, seal.ErrNoFile) {
				t.Errorf("%s %s: no error for people: %v", path, how, err)
			}
		}
	}
	fork := newAgency(t, a)
	fork.write(900)
	_, err = seal.CheckLog(ctx, seal.Over(http.DefaultClient, fork.server.URL+"/log"), trust)
	if err == nil || !strings.Contains(err.Error(), "there are two logs") {
		t.Errorf("a fork: %v", err)
	}
	_, err = seal.CheckLog(ctx, seal.Over(http.DefaultClient, newShort(t, a).server.URL+"/log"), trust)
	if err == nil || !strings.Contains(err.Error(), "an old state was put back") {
		t.Errorf("a shorter one: %v", err)
	}
}

func newShort(t *testing.T, a *agency) *agency {
	t.Helper()
	short := newAgency(t, a)
	short.write(10)
	return short
}

// A key that follows another signs beside it until the old one is laid down.
func TestRotation(t *testing.T) {
	a := newAgency(t, nil)
	a.write(2)
	secret, public, err := note.GenerateKey(rand.Reader, origin)
	must(t, err)
	next, err := note.NewSigner(secret)
	must(t, err)
	statement, err := seal.Rotation(a.key, next, public)
	must(t, err)
	must(t, seal.CheckRotation(string(statement), a.public, public))
	if seal.CheckRotation(string(statement), public, a.public) == nil || seal.CheckRotation("", a.public, public) == nil {
		t.Error("a rotation that nobody signed")
	}
	k, err := keeper.New(ctx, keeper.Options{Store: a.store, Signers: []note.Signer{next, a.key}, Keys: []string{a.public, public}, Now: func() time.Time { return a.now }, Log: quiet()})
	must(t, err)
	must(t, k.Sign(ctx))
	msg, err := k.Checkpoint(ctx)
	must(t, err)
	for _, trusted := range []string{a.public, public} {
		_, err := seal.Open(msg, []string{trusted}, nil)
		must(t, err)
	}
}

// A witness that is started anew knows what it cosigned, and has its key.
func TestWitnessRemembers(t *testing.T) {
	a := newAgency(t, nil)
	a.write(4)
	first, err := a.Checkpoint(ctx)
	must(t, err)
	a.write(4)
	second, err := a.Checkpoint(ctx)
	must(t, err)
	o := witness.Options{Dir: t.TempDir(), Name: "witness.example.org", Logs: []witness.Log{{Key: a.public}}, Now: time.Now, Log: quiet()}
	key := ""
	for _, c := range []struct {
		msg    []byte
		old    string
		status int
	}{{second, "0", 200}, {first, "0", 409}, {second, "8", 200}} {
		w, err := witness.Open(o)
		must(t, err)
		if key != "" && w.Key() != key {
			t.Error("it has another key")
		}
		key = w.Key()
		got := httptest.NewRecorder()
		w.Handler().ServeHTTP(got, httptest.NewRequest("POST", "/add-checkpoint", strings.NewReader("old "+c.old+"\n\n"+string(c.msg))))
		if got.Code != c.status {
			t.Errorf("old %s: %d %s; want %d", c.old, got.Code, got.Body, c.status)
		}
	}
	_, err = witness.Open(witness.Options{Dir: o.Dir, Logs: []witness.Log{{Key: "x"}}, Log: quiet()})
	if err == nil || !strings.Contains(err.Error(), "is no key of a log") {
		t.Errorf("a key that is none: %v", err)
	}
}

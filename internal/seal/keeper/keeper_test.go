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

package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"plumbline/internal/event"
)

func someEvents(n int) []event.Event {
	out := make([]event.Event, n)
	for i := range out {
		out[i] = event.Event{Source: "执法办案", ID: fmt.Sprintf("e-%d", i), Type: "立案", Time: event.Stamp{At: 1_700_000_000_000_000, Kind: event.Time},
			Actor: event.Some("P01"), Unit: event.Some("U3"), Objects: []event.Object{{Type: "case", ID: "A1"}},
			Attrs: []event.Attr{{Name: "amount", Value: event.Num(200)}, {Name: "note", Value: event.Str("a \"b\"")}}}
	}
	return out
}

var shapes = map[string]Shape{"binary": Binary, "wide": Wide}

// plainRoot is a tree's root as the documents have it, and nothing else: groups of fan, one
// alone as it is.
func plainRoot(fan int, leaves []Hash) Hash {
	for len(leaves) > 1 {
		var above []Hash
		for group := range slices.Chunk(leaves, fan) {
			node := group[0]
			if len(group) > 1 {
				text := []byte{1}
				for _, h := range group {
					text = append(text, h[:]...)
				}
				node = sha256.Sum256(text)
			}
			above = append(above, node)
		}
		leaves = above
	}
	return leaves[0]
}

// Each event of a batch has a way to the root; in a binary tree one that tlog's own check
// accepts. A way that is changed, and one to another place, doesn't lead there.
func TestBatchPaths(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			for _, n := range append(slices.Collect(upTo(71)), 255, 256, 257, 300, 4095, 4096, 4097) {
				events, seeds := someEvents(n), NewSeeds(shape)
				leaves, ok := EventLeaves(seeds, events, nil)
				if !ok {
					t.Fatal("no leaves")
				}
				root := shape.Root(leaves)
				if n > 0 && root != plainRoot(shape.fan(), leaves) {
					t.Fatalf("the root of %d events isn't as it is said to be made", n)
				}
				if got := EventRoot(seeds, events); got != root {
					t.Fatalf("the root of a new batch of %d events is another", n)
				}
				salts, _ := seeds.Salts(n)
				for i := 0; i < n; i += max(1, n/100) {
					leaf := tlog.RecordHash(append(salts[i][:], AppendEvent(nil, &events[i])...))
					path := shape.Path(leaves, i)
					if shape == Binary {
						if err := tlog.CheckRecord(path, int64(n), root, int64(i), leaf); err != nil {
							t.Fatalf("event %d of %d: %v", i, n, err)
						}
					}
					holdsAlone(t, shape, path, int64(n), int64(i), leaf, root)
				}
			}
		})
	}
}

func upTo(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// holdsAlone wants a way to lead to its root, and no other that is like it.
func holdsAlone(t *testing.T, shape Shape, path []Hash, n, which int64, leaf, root Hash) {
	t.Helper()
	if !shape.Holds(path, n, which, leaf, root) {
		t.Fatalf("leaf %d of %d: its way doesn't hold", which, n)
	}
	other := leaf
	other[7] ^= 1
	if shape.Holds(path, n, which, other, root) || shape.Holds(path, n, which, leaf, other) || shape.Holds(append(slices.Clone(path), leaf), n, which, leaf, root) ||
		shape.Holds(path, n, which-n, leaf, root) || shape.Holds(path, n, which+n, leaf, root) || shape.Holds(path, 0, which, leaf, root) {
		t.Fatalf("leaf %d of %d: another way holds", which, n)
	}
	for i := range path {
		spoilt := slices.Clone(path)
		spoilt[i][0] ^= 1
		if shape.Holds(spoilt, n, which, leaf, root) || shape.Holds(slices.Delete(slices.Clone(path), i, i+1), n, which, leaf, root) {
			t.Fatalf("leaf %d of %d: a way without its hash %d holds", which, n, i)
		}
	}
	for _, at := range []int64{which ^ 1, which ^ 16, which ^ 2} {
		if at < n && shape.Holds(path, n, at, leaf, root) {
			t.Fatalf("leaf %d of %d holds as %d", which, n, at)
		}
	}
}

// The two shapes are two trees, and there is no third.
func TestShapes(t *testing.T) {
	leaves, _ := EventLeaves(NewSeeds(Wide), someEvents(40), nil)
	if Binary.Root(leaves) == Wide.Root(leaves) {
		t.Error("they have one root")
	}
	if Wide.Holds(Binary.Path(leaves, 3), 40, 3, leaves[3], Binary.Root(leaves)) || Shape(2).Holds(Binary.Path(leaves, 3), 40, 3, leaves[3], Binary.Root(leaves)) {
		t.Error("the way of one holds in another")
	}
}

// Salts are what is said of them: AES-128 of their number below a node, or the halves of
// its SHA-256. Who verifies elsewhere makes them so.
func TestSaltsBelow(t *testing.T) {
	s := Salt{0: 0x2b, 5: 0x7e, 15: 0x16}
	var wide [16]Salt
	Wide.below(s, wide[:])
	c, err := aes.NewCipher(s[:])
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range wide {
		back := make([]byte, 16)
		c.Decrypt(back, got[:])
		if want := append(make([]byte, 15), byte(i)); !bytes.Equal(back, want) {
			t.Errorf("salt %d is made of %x", i, back)
		}
	}
	var two [2]Salt
	Binary.below(s, two[:])
	if h := sha256.Sum256(s[:]); !bytes.Equal(h[:], append(two[0][:], two[1][:]...)) {
		t.Error("the two salts aren't the halves of the hash")
	}
}

// Erasing events leaves all other salts as they were, and the root. From what is kept nobody
// makes an erased one: none of the seeds stands above it.
func TestSeedsWithout(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				n := rapid.OneOf(rapid.IntRange(1, 40), rapid.IntRange(200, 300), rapid.IntRange(4000, 5000)).Draw(t, "n")
				seeds := NewSeeds(shape)
				was, _ := seeds.Salts(n)
				gone := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, 40, rapid.ID[int]).Draw(t, "erased")
				for _, g := range gone {
					seeds = seeds.Without(n, g)
				}
				seeds, err := ParseSeeds(shape, seeds.Bytes())
				if err != nil {
					t.Fatal(err)
				}
				is, have := seeds.Salts(n)
				for i := range n {
					if erased := slices.Contains(gone, i); have[i] == erased || !erased && is[i] != was[i] {
						t.Fatalf("salt %d of %d, erased %v: there %v", i, n, gone, have[i])
					}
				}
			})
		})
	}
}

func TestSeedsRefused(t *testing.T) {
	for _, b := range [][]byte{{1}, append([]byte{40, 0, 0, 0, 0}, make([]byte, 16)...), append([]byte{1, 0, 0, 0, 2}, make([]byte, 16)...)} {
		if _, err := ParseSeeds(Binary, b); err == nil {
			t.Errorf("%v was read", b)
		}
	}
	for _, b := range [][]byte{append([]byte{8, 0, 0, 0, 0}, make([]byte, 16)...), append([]byte{1, 0, 0, 0, 16}, make([]byte, 16)...)} {
		if _, err := ParseSeeds(Wide, b); err == nil {
			t.Errorf("%v was read", b)
		}
	}
	if _, err := ParseSeeds(2, nil); err == nil {
		t.Error("salts of an unknown tree were read")
	}
}

// What is committed to of an event is JSON, and says which event it is.
func TestAppendEvent(t *testing.T) {
	e := event.Event{Source: "s", ID: "\"\\\x01中", Type: "\xff", Time: event.Stamp{At: 5, Kind: event.Day}, Recorded: event.Stamp{At: 6, Kind: event.Time},
		Seq: 3, HasSeq: true, Actor: event.Some(""), Corrects: "x",
		Objects: []event.Object{{Type: "case", ID: "1"}, {Type: "item", ID: "2", Qualifier: "q", Attrs: []event.Attr{{Name: "a", Value: event.Boolean(true)}}}},
		Attrs: []event.Attr{{Name: "n", Value: event.Num(1.5)}, {Name: "nan", Value: event.Num(math.NaN())}, {Name: "none"}, {Name: "t", Value: event.At(7)},
			{Name: "d", Value: event.OnDay(8)}, {Name: "l", Value: event.List([]string{"a", "b"})}, {Name: "nil", Value: event.List(nil)}}}
	want := `{"source":"s","id":"\"\\\u0001中","type":{"base64":"/w=="},"time_day":5,"seq":3,"recorded":6,"actor":"","corrects":"x",` +
		`"objects":[{"type":"case","id":"1"},{"type":"item","id":"2","qualifier":"q","attrs":[["a",true]]}],` +
		`"attrs":[["n",1.5],["nan",{"number":"NaN"}],["none",null],["t",{"time":7}],["d",{"day":8}],["l",["a","b"]],["nil",{"strings":null}]]}`
	got := AppendEvent(nil, &e)
	if string(got) != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if !json.Valid(got) {
		t.Error("no JSON")
	}
}

// Numbers and strings are written in one way, whichever is the quick one.
func TestAppendEventIsOneForm(t *testing.T) {
	for _, n := range []float64{0, math.Copysign(0, -1), 1, -1, 7.5, 999_999, 1e6, -999_999, -1e6, 1e6 + 1, 1 << 53, 1e21, 1e300, 5e-324} {
		v := event.Num(n)
		if got, want := string(value(nil, &v)), strconv.FormatFloat(n, 'g', -1, 64); got != want {
			t.Errorf("%v is written as %s, want %s", n, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		var back string
		if err := json.Unmarshal(quote(nil, text), &back); err != nil || back != text {
			t.Fatalf("%q is written as %s", text, quote(nil, text))
		}
	})
}

// A tree that grows by any steps has the root of RFC 6962.
func TestGrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tiles := map[[2]int64][]byte{}
		read := func(level int, number int64) ([]byte, error) { return tiles[[2]int64{int64(level), number}], nil }
		var all []Hash
		for _, step := range rapid.SliceOfN(rapid.IntRange(1, 600), 1, 6).Draw(t, "steps") {
			more := make([]Hash, step)
			for i := range more {
				more[i] = LeafHash(fmt.Appendf(nil, "%d", len(all)+i))
			}
			changed, err := Grow(int64(len(all)), more, read)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range changed {
				tiles[[2]int64{int64(c.Level), c.Number}] = c.Hashes
			}
			all = append(all, more...)
			root, err := Root(int64(len(all)), read)
			if err != nil || root != Binary.Root(all) {
				t.Fatalf("root of %d: %v, %v", len(all), root, err)
			}
		}
	})
}

func TestTilePaths(t *testing.T) {
	for path, want := range map[string][3]int64{"tile/0/000": {0, 0, 256}, "tile/2/x001/x234/067.p/5": {2, 1234067, 5}, "tile/entries/x001/000": {-1, 1000, 256}} {
		level, number, width, ok := ParseTilePath(path)
		if !ok || level != int(want[0]) || number != want[1] || width != int(want[2]) {
			t.Errorf("%s: %d %d %d %v", path, level, number, width, ok)
		}
		if got := TilePath(level, number, width); got != path {
			t.Errorf("%s came back as %s", path, got)
		}
	}
	for _, path := range []string{"tile/0/0", "tile/8/0/000", "tile/data/000", "tile/0/000.p/256", "tile/0/000.p/0", "tile/64/000", "x"} {
		if _, _, _, ok := ParseTilePath(path); ok {
			t.Errorf("%s was read", path)
		}
	}
}

func BenchmarkEventLeaves(b *testing.B) {
	for name, shape := range shapes {
		b.Run(name, func(b *testing.B) {
			events, seeds := someEvents(4096), NewSeeds(shape)
			for b.Loop() {
				leaves, _ := EventLeaves(seeds, events, nil)
				shape.Root(leaves)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/event")
		})
	}
}

// What sealing costs of each event that comes, most of it. New batches are wide.
func BenchmarkEventRoot(b *testing.B) {
	for name, shape := range shapes {
		b.Run(name, func(b *testing.B) {
			const n = 250
			events, seeds := someEvents(n), NewSeeds(shape)
			for b.Loop() {
				EventRoot(seeds, events)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
		})
	}
}

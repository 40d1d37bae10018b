package monitor

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// TestEventIDs gives a Live ids of every make, in and out of order, and asks
// for each of them and for neighbours that aren't there.
func TestEventIDs(t *testing.T) {
	zone, err := clock.LoadZone("UTC")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var ids []string
	for i := range 5000 {
		ids = append(ids, fmt.Sprintf("e%d", 100_000+i), fmt.Sprintf("A%05d", i), fmt.Sprintf("%d", i), fmt.Sprintf("x%dy", i),
			fmt.Sprintf("far%d", uint64(i)*1_000_003), fmt.Sprintf("n%019d", i), fmt.Sprintf("p%d-1", r.Uint64()))
	}
	ids = append(ids, "e", "e0", "e00", "e000", "00", "007", "事件12", "事件012", "a999999999999999", "a9999999999999999")
	r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	v := NewLive(nil, LiveOptions{Zone: zone, Origin: "one"})
	for _, source := range []string{"one", "two"} {
		for _, id := range ids {
			own := v.ids.of(source, id)
			if row, ok := v.ids.find(v, &own); ok {
				t.Fatalf("%s %q: found at row %d before it came", source, id, row)
			}
			row, err := v.add(&event.Event{Source: source, ID: id, Type: "A", Time: event.Stamp{At: 1, Kind: event.Time},
				Objects: []event.Object{{Type: "case", ID: "c"}}}, &arrival{own: own}, event.Known{})
			if err != nil {
				t.Fatal(err)
			}
			if got := v.l.GivenID(row); got != id {
				t.Fatalf("row %d has id %q, want %q", row, got, id)
			}
		}
	}
	for n, source := range []string{"one", "two"} {
		for i, id := range ids {
			own := v.ids.of(source, id)
			if row, ok := v.ids.find(v, &own); !ok || int(row) != n*len(ids)+i {
				t.Fatalf("%s %q: row %d, %v; want %d", source, id, row, ok, n*len(ids)+i)
			}
			for _, other := range []string{id + "0", "0" + id, id + "z"} {
				if slices.Contains(ids, other) {
					continue
				}
				own := v.ids.of(source, other)
				if row, ok := v.ids.find(v, &own); ok {
					t.Fatalf("%s %q: found at row %d, and never came", source, other, row)
				}
			}
			if i > 400 { // looking through all ids takes its time
				break
			}
		}
	}
	if v.ids.table.n == 0 || len(v.ids.series) < 4 {
		t.Errorf("%d ids in the table, %d series; the test is to try both", v.ids.table.n, len(v.ids.series))
	}
}

// TestObjectIDs sends batches that name objects of every make again and again, and
// holds what was found by number against the log's own table.
func TestObjectIDs(t *testing.T) {
	zone, err := clock.LoadZone("UTC")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	names := []string{"", "0", "00", "C", "C007", "C07", "C7", "案12", "C999999999999999", "C9999999999999999"}
	for i := range 3000 {
		names = append(names, fmt.Sprintf("C%d", 5000-i), fmt.Sprintf("2026-%05d", i), fmt.Sprintf("far%d", i*100_003), fmt.Sprintf("%dx", i))
	}
	v := NewLive(nil, LiveOptions{Zone: zone, Origin: "one"})
	v.Tick(2)
	byNumber := 0
	for batch := range 80 {
		events := make([]event.Event, 300)
		for i := range events {
			events[i] = event.Event{ID: fmt.Sprintf("e%d-%d", batch, i), Type: "A", Time: event.Stamp{At: 1, Kind: event.Time},
				Objects: []event.Object{{Type: []string{"case", "call"}[r.IntN(2)], ID: names[r.IntN(len(names))]}}}
		}
		_, known := v.look(events)
		for i, k := range known {
			o := &events[i].Objects[0]
			if want := v.l.Objects.Find(o.Type, o.ID); k.Object != want {
				t.Fatalf("%s %q is known as %d, the log has %d", o.Type, o.ID, k.Object, want)
			}
			if k.Object != 0 && !k.Asked {
				byNumber++
			}
		}
		v.Apply(events)
		for row := v.l.Rows() - len(events); row < v.l.Rows(); row++ {
			var buf [1]event.Link
			o := &events[row-v.l.Rows()+len(events)].Objects[0]
			if got := v.l.Links(uint32(row), &buf)[0].Object; got != v.l.Objects.Find(o.Type, o.ID) || v.l.Objects.Name(got) != o.ID || v.l.Objects.TypeName(got) != o.Type {
				t.Fatalf("row %d has the object %d, %s %q; want %s %q", row, got, v.l.Objects.TypeName(got), v.l.Objects.Name(got), o.Type, o.ID)
			}
		}
	}
	if byNumber < 2000 {
		t.Errorf("%d objects were found by number; the test is to try that", byNumber)
	}
}

// TestSparseIDs: numbers far apart don't make pages that stay empty.
func TestSparseIDs(t *testing.T) {
	s := &series{}
	const came = 10_000
	for i := range uint64(came) {
		s.put(i*5_000, uint32(i))
	}
	if s.made > came*thinnest/pageRows+5 || s.events+s.strays != came {
		t.Errorf("%d pages for %d events, %d of which have no place", s.made, s.events, s.strays)
	}
}

// TestIDsInNoOrder: numbers of one range lie in its pages though they come in no
// order, but for the first few, which come again in a table of objects.
func TestIDsInNoOrder(t *testing.T) {
	const numbers = 200_000
	for _, from := range []uint64{0, 7_000_000} {
		order := rand.New(rand.NewPCG(7, 8)).Perm(numbers)
		s := &series{first: (from + uint64(order[0])) / pageRows}
		there := map[uint64]uint32{}
		for i, k := range order {
			n := from + uint64(k)
			if row := s.row(n); row != 0 {
				t.Fatalf("%d has row %d before it came", n, row-1)
			}
			if s.put(n, uint32(i)) {
				there[n] = uint32(i) + 1
			}
		}
		for n := from; n < from+numbers; n++ {
			if got := s.row(n); got != there[n] {
				t.Fatalf("%d has %d, want %d", n, got, there[n])
			}
		}
		if len(there) < numbers*8/10 || len(s.pages) > numbers/pageRows+2 {
			t.Errorf("%d of %d numbers lie in %d pages", len(there), numbers, len(s.pages))
		}
	}
}

// TestRecStore holds lists in the store against slices.
func TestRecStore(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var st recStore
	lists, want := make([]recList, 40), make([][]rec, 40)
	for step := range 60_000 {
		i := r.IntN(len(lists))
		if i == 0 || r.IntN(3) > 0 { // the first grows beyond a block
			at := r.IntN(len(want[i]) + 1)
			one := rec{t: clock.Instant(step), row: uint32(step), typ: uint16(i)}
			st.insert(&lists[i], at, one)
			want[i] = slices.Insert(want[i], at, one)
		} else if n := len(want[i]); n > 0 {
			at := r.IntN(n)
			st.remove(&lists[i], at)
			want[i] = slices.Delete(want[i], at, at+1)
		}
		if r.IntN(500) == 0 {
			fresh := slices.Clone(want[i][:len(want[i])/2])
			st.set(&lists[i], fresh)
			want[i] = fresh
		}
		if !slices.Equal(st.of(lists[i]), want[i]) {
			t.Fatalf("step %d: list %d is %v, want %v", step, i, st.of(lists[i]), want[i])
		}
	}
	for i := range lists {
		if !slices.Equal(st.of(lists[i]), want[i]) {
			t.Fatalf("list %d at the end is %v, want %v", i, st.of(lists[i]), want[i])
		}
	}
}

// TestNumbered holds the cutting of ids eight bytes at a time to that of one byte
// after the other.
func TestNumbered(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const letters = "0000123456789999aZ-/:\x00\x7f\x80\xb0\xc3\xff事"
	for range 200_000 {
		b := make([]byte, r.IntN(14))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
			if r.IntN(4) > 0 {
				b[i] = letters[r.IntN(16)]
			}
		}
		id := string(b)
		prefix, n, ok := numbered(id)
		wantPrefix, want, wantOK := numberedLong(id)
		if prefix != wantPrefix || n != want || ok != wantOK {
			t.Fatalf("%q: %q %d %v; want %q %d %v", id, prefix, n, ok, wantPrefix, want, wantOK)
		}
	}
}

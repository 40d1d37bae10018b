package service

import (
	"slices"
	"testing"

	"plumbline/internal/clock"
)

// Short asks are judged before long ones that wait with them, but never so that long
// ones don't have their turn; no batch is long for what waits behind it; a change of
// the packs comes after what came before it, and before what came after it.
func TestShortAsksAreJudgedFirst(t *testing.T) {
	const change, half = -1, maxBatch / 2
	for _, c := range []struct {
		name  string
		asks  []int // how many events each has
		want  [][]int
		later []int // come once the first batch was taken
	}{
		{"a short one goes first", []int{500, 1, 2}, [][]int{{1, 2}, {500}}, nil},
		{"what is short", []int{1, 500, 64, 65}, [][]int{{1, 64}, {500, 65}}, nil},
		{"only short ones", []int{1, 2}, [][]int{{1, 2}}, nil},
		{"only a long one", []int{5000}, [][]int{{5000}}, nil},
		{"long ones make batches", []int{half, half, half, maxBatch - 1, 2 * maxBatch}, [][]int{{half, half}, {half}, {maxBatch - 1}, {2 * maxBatch}}, nil},
		{"a short one comes between two batches", []int{half, half, half}, [][]int{{half, half}, {1}, {half}}, []int{1}},
		{"long ones have their turn, and short ones go with them", []int{1, 500}, [][]int{{1}, {2, 500}}, []int{2}},
		{"then short ones go first again", []int{1, half, half + 1}, [][]int{{1}, {2, 3, half}, {half + 1}}, []int{2, 3}},
		{"a change", []int{500, change, 1}, [][]int{{500}, {change}, {1}}, nil},
		{"a change after a short one", []int{500, 1, change, 500}, [][]int{{1}, {500}, {change}, {500}}, nil},
	} {
		asks := make(chan *ask, 8)
		send := func(sizes []int) {
			for _, n := range sizes {
				a := &ask{in: make([]Arrival, max(n, 0))}
				if n == change {
					a.change = func([]inForce, clock.Instant) ([]inForce, error) { return nil, nil }
				}
				asks <- a
			}
		}
		send(c.asks)
		var q queue
		var got [][]int
		for {
			q.gather(asks)
			batch := q.next()
			if batch == nil {
				break
			}
			var sizes []int
			for _, a := range batch {
				if n := len(a.in); a.change != nil {
					sizes = append(sizes, change)
				} else {
					sizes = append(sizes, n)
				}
			}
			got = append(got, sizes)
			send(c.later)
			c.later = nil
		}
		if !q.empty() || !slices.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// The last few events of a file aren't somebody's single ones: they wait their turn, and
// what is written at once needn't be brief for them.
func TestTheRestOfManyIsNotShort(t *testing.T) {
	var q queue
	for _, a := range []*ask{{in: make([]Arrival, 500)}, {in: make([]Arrival, 3), part: true}} {
		q.add(a)
	}
	batch := q.next()
	if len(batch) != 2 || len(q.short) != 0 {
		t.Fatalf("a batch of %d, %d are short; want them together", len(batch), len(q.short))
	}
	if room := q.took(batch, 0, 1, 0); room != batchTime {
		t.Errorf("%d µs for what is written at once, want %d", room, batchTime)
	}
	if room := q.took([]*ask{{in: make([]Arrival, 3)}}, 0, 1, 0); room != briefTime {
		t.Errorf("%d µs once a single one came, want %d", room, briefTime)
	}
}

// A batch of long asks is as large as can be judged in batchTime, as those before it
// show, and never less than one ask.
func TestABatchIsAsLongAsItsTime(t *testing.T) {
	var q queue
	const each = maxBatch / 10
	for range 60 {
		q.add(&ask{in: make([]Arrival, each)})
	}
	for _, c := range []struct{ micros, batch int64 }{ // how long each event takes, and how many asks the batch has
		{7, 10}, {70, 10}, {70, 5}, {70, 3}, {700, 2}, {700, 1}, {700, 1}, {0, 1}, {0, 5}, {7, 7},
	} {
		batch := q.next()
		if got := int64(len(batch)); got != c.batch {
			t.Errorf("%d asks, want %d", got, c.batch)
		}
		q.took(batch, 0, int64(len(batch))*each*c.micros/2, float64(c.micros)/2)
	}
}

// While single events come what is judged and written at once is brief, and for a while
// after the last of them.
func TestBatchesAreBriefWhileSingleEventsCome(t *testing.T) {
	many, one := make([]Arrival, 100), make([]Arrival, 1)
	var q queue
	const second = 1_000_000
	for _, c := range []struct {
		asks  []*ask
		ended int64 // µs
		want  int64
	}{
		{[]*ask{{in: many}}, 1 * second, batchTime},
		{[]*ask{{in: many}, {in: one}}, 2 * second, briefTime},
		{[]*ask{{in: many}}, 2*second + briefFor - 1, briefTime},
		{nil, 2*second + briefFor, batchTime},
		{[]*ask{{in: one}}, 9 * second, briefTime},
	} {
		if got := q.took(c.asks, c.ended-1000, c.ended, 1); got != c.want {
			t.Errorf("%d asks at %d: %d, want %d", len(c.asks), c.ended, got, c.want)
		}
	}
	fs := flights{pace: 10}
	f := &flight{events: briefTime / 10}
	if fs.full(f) || fs.brief() {
		t.Error("a flight is full that takes half of what it may, or who has many to hand over is told of single events")
	}
	if fs.keep(briefTime); !fs.full(f) || !fs.brief() {
		t.Error("a flight isn't full that takes as long as it may while single events come, or nobody is told of them")
	}
	if fs.keep(batchTime); fs.brief() {
		t.Error("who has many to hand over is told of single events, and none come any more")
	}
}

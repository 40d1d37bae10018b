package monitor

import (
	"slices"
	"sort"
	"sync"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/hugepage"
)

// groups are the events of a log by key: those of group g are recs[start[g]:
// start[g+1]], in the order of events. Each lies there with its time and type, so
// that judging a trace reads one stretch of memory: the log's own columns lie in
// the order of the file, and every look into them would wait for memory. Under
// `over` a group is all keys that events tie together, and keysOf gives the keys
// of each row.
type groups struct {
	recs  []rec
	start []uint32
	key   []uint32 // by group: its key
	off   []uint32 // over: rows' keys are codes[off[i]:off[i+1]], by row
	codes []uint32
}

// table is a table that will be filled and looked into at random.
func table[T any](n int) []T { return hugepage.Make[T](n, n) }

// concerned says which event types reach any of the rules.
func concerned(x *runner) []bool {
	out := make([]bool, len(x.dispatch))
	for i, roles := range x.dispatch {
		out[i] = len(roles) > 0
	}
	return out
}

// groupByKey sorts rows into traces by counting: two passes over the log, no
// comparison where the log is in order already.
func groupByKey(l *event.Log, k *keyer, want []bool, until clock.Instant, workers int, keyless func(row uint32)) *groups {
	if k.sole() {
		return groupBySoleKey(l, k, want, until, workers, keyless)
	}
	count := table[uint32](k.size() + 1)
	var buf []uint32
	each := func(visit func(row uint32, keys []uint32)) {
		for row := range uint32(len(l.Time)) {
			if !want[l.Type[row]] || l.Time[row] > until || l.Dead.Has(row) {
				continue
			}
			buf = k.keys(row, buf[:0])
			visit(row, buf)
		}
	}
	each(func(row uint32, keys []uint32) {
		if len(keys) == 0 {
			keyless(row)
		}
		for _, c := range keys {
			for int(c)+1 >= len(count) {
				count = append(count, 0)
			}
			count[c+1]++
		}
	})
	for i := 1; i < len(count); i++ {
		count[i] += count[i-1]
	}
	g := &groups{recs: table[rec](int(count[len(count)-1]))}
	at := slices.Clone(count)
	each(func(row uint32, keys []uint32) {
		for _, c := range keys {
			g.recs[at[c]] = recOf(l, row)
			at[c]++
		}
	})
	g.cut(count)
	return g
}

// cut makes a group of every code that has rows; count[c] is where c's begin.
func (g *groups) cut(count []uint32) {
	n := min(len(count), len(g.recs)) // no more groups than codes or events
	g.key, g.start = table[uint32](n)[:0], table[uint32](n + 1)[:0]
	for c := range len(count) - 1 {
		if count[c] < count[c+1] {
			g.key = append(g.key, uint32(c))
			g.start = append(g.start, count[c])
		}
	}
	g.start = append(g.start, uint32(len(g.recs)))
}

// placed is a row and its key.
type placed struct{ row, code uint32 }

// groupBySoleKey is groupByKey where a row has one key at most: each worker
// counts and places a stretch of the log, so that the order of rows within a
// group is that of the log. What is to be placed is listed first, without a
// branch: whether an event concerns a rule can't be guessed.
func groupBySoleKey(l *event.Log, k *keyer, want []bool, until clock.Instant, workers int, keyless func(row uint32)) *groups {
	n := len(l.Time)
	workers = max(1, min(workers, n/100_000))
	size := k.size() + 1
	counts, lists := make([][]uint32, workers), make([][]placed, workers)
	without := make([][]uint32, workers)
	wanted := make([]uint8, len(want))
	for i, w := range want {
		if w {
			wanted[i] = 1
		}
	}
	parallel(workers, func(w int) {
		rows := concernedRows(l, wanted, until, uint32(n*w/workers), uint32(n*(w+1)/workers))
		k.soleKeys(rows)
		count := table[uint32](size)
		for _, p := range rows {
			count[p.code]++
		}
		if count[0] > 0 {
			count[0] = 0
			rows = slices.DeleteFunc(rows, func(p placed) bool {
				if p.code == 0 {
					without[w] = append(without[w], p.row)
				}
				return p.code == 0
			})
		}
		counts[w], lists[w] = count, rows
	})
	start := table[uint32](size + 1)
	at := uint32(0)
	for c := range size {
		start[c] = at
		for w := range counts {
			counts[w][c], at = at, at+counts[w][c]
		}
	}
	start[size] = at
	g := &groups{recs: table[rec](int(at))}
	parallel(workers, func(w int) {
		at := counts[w]
		for _, p := range lists[w] {
			g.recs[at[p.code]] = recOf(l, p.row)
			at[p.code]++
		}
	})
	for _, rows := range without {
		for _, row := range rows {
			keyless(row)
		}
	}
	g.cut(start)
	return g
}

// concernedRows lists the rows of a stretch whose types are wanted and that are
// there at an instant; their keys are still to be found.
func concernedRows(l *event.Log, wanted []uint8, until clock.Instant, from, to uint32) []placed {
	const block = 4096
	room := block // counted first: a list that grew would be copied several times
	for _, typ := range l.Type[from:to] {
		room += int(wanted[typ])
	}
	out := table[placed](room)
	n := 0
	for at := from; at < to; at += block {
		end := min(at+block, to)
		into := out[n : n+block]
		types, times := l.Type[at:end], l.Time[at:end]
		m := 0
		for i, typ := range types {
			into[m&(block-1)].row = at + uint32(i)
			in := int(wanted[typ])
			if times[i] > until {
				in = 0
			}
			m += in
		}
		n += m
	}
	out = out[:n]
	if l.Dead != nil {
		out = slices.DeleteFunc(out, func(p placed) bool { return l.Dead.Has(p.row) })
	}
	return out
}

// parallel runs do(0) … do(n−1) at once, the first where it is called, and waits
// for all.
func parallel(n int, do func(i int)) {
	var wg sync.WaitGroup
	for i := 1; i < n; i++ {
		wg.Go(func() { do(i) })
	}
	do(0)
	wg.Wait()
}

// groupTogether sorts rows into clusters: keys that any event ties together.
func groupTogether(l *event.Log, k *keyer, want []bool, until clock.Instant, _ int, keyless func(row uint32)) *groups {
	g := &groups{off: make([]uint32, 1, len(l.Time)+1)}
	u := &unionFind{}
	for row := range uint32(len(l.Time)) {
		if want[l.Type[row]] && l.Time[row] <= until && !l.Dead.Has(row) {
			n := len(g.codes)
			if g.codes = k.keys(row, g.codes); len(g.codes) == n {
				keyless(row)
			}
			for _, c := range g.codes[n:] {
				u.join(g.codes[n], c)
			}
		}
		g.off = append(g.off, uint32(len(g.codes)))
	}
	byRoot := map[uint32][]uint32{}
	var roots []uint32
	for row := range uint32(len(l.Time)) {
		if keys := g.keysOf(row); len(keys) > 0 {
			root := u.find(keys[0])
			if _, ok := byRoot[root]; !ok {
				roots = append(roots, root)
			}
			byRoot[root] = append(byRoot[root], row)
		}
	}
	for _, root := range roots {
		g.key = append(g.key, root)
		g.start = append(g.start, uint32(len(g.recs)))
		for _, row := range byRoot[root] {
			g.recs = append(g.recs, recOf(l, row))
		}
	}
	g.start = append(g.start, uint32(len(g.recs)))
	return g
}

func (g *groups) keysOf(row uint32) []uint32 { return g.codes[g.off[row]:g.off[row+1]] }

func (g *groups) len() int { return len(g.key) }

func recOf(l *event.Log, row uint32) rec { return rec{l.Time[row], row, l.Type[row]} }

// between are the events of some groups.
func (g *groups) between(from, to int) []rec { return g.recs[g.start[from]:g.start[to]] }

// trace is the events of a group, in their order.
func (g *groups) trace(l *event.Log, i int) []rec {
	recs := g.recs[g.start[i]:g.start[i+1]]
	for j := 1; j < len(recs); j++ {
		a, b := recs[j-1], recs[j]
		if a.t < b.t || a.t == b.t && l.Seq == nil {
			continue
		}
		if !l.Before(a.row, b.row) {
			sort.Slice(recs, func(i, j int) bool { return l.Before(recs[i].row, recs[j].row) })
			break
		}
	}
	return recs
}

// unionFind joins codes into sets, by the smallest of each.
type unionFind struct{ parent []uint32 }

func (u *unionFind) find(c uint32) uint32 {
	for int(c) >= len(u.parent) {
		u.parent = append(u.parent, uint32(len(u.parent)))
	}
	for u.parent[c] != c {
		u.parent[c] = u.parent[u.parent[c]]
		c = u.parent[c]
	}
	return c
}

func (u *unionFind) join(a, b uint32) {
	a, b = u.find(a), u.find(b)
	if a < b {
		u.parent[b] = a
	} else {
		u.parent[a] = b
	}
}

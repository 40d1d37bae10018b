package monitor

import "math/bits"

// recStore holds the events of many traces in a few large pieces of memory
// without pointers: millions of short traces cost the collector nothing, and
// one that grows gives its place to another. Places have 4, 8, 16 … events.
type recStore struct {
	blocks [][]rec
	used   int        // of the last shared block
	shared int        // number of the last shared block + 1; 0: none yet
	free   [][]uint32 // places given back, by size class
	spare  []rec      // room for blocks to come
}

const (
	blockBits = 14
	blockRecs = 1 << blockBits // a longer trace has a block of its own
	leastRecs = 4
)

// recList is the place of one trace's events, in order.
type recList struct {
	at    uint32 // block << blockBits | offset
	n     uint32
	class uint8 // 0: no place yet; else there is room for leastRecs << (class − 1)
}

func (l recList) room() int {
	if l.class == 0 {
		return 0
	}
	return leastRecs << (l.class - 1)
}

// of is the events of a list. It is valid until the list changes.
func (st *recStore) of(l recList) []rec {
	if l.class == 0 {
		return nil
	}
	b := st.blocks[l.at>>blockBits]
	i := l.at & (blockRecs - 1)
	return b[i : i+l.n]
}

// insert puts an event at a place of a list.
func (st *recStore) insert(l *recList, at int, r rec) {
	st.resize(l, int(l.n)+1)
	list := st.of(*l)
	copy(list[at+1:], list[at:])
	list[at] = r
}

// append puts an event at the end of a list.
func (st *recStore) append(l *recList, r rec) {
	n := l.n
	if int(n) == l.room() {
		st.resize(l, int(n)+1)
	}
	l.n = n + 1
	st.blocks[l.at>>blockBits][l.at&(blockRecs-1)+n] = r
}

// remove takes an event out of a list.
func (st *recStore) remove(l *recList, at int) {
	list := st.of(*l)
	copy(list[at:], list[at+1:])
	l.n--
}

// set makes a list these events, none of which lies in the store.
func (st *recStore) set(l *recList, recs []rec) {
	st.resize(l, len(recs))
	copy(st.of(*l), recs)
}

// resize gives a list room for n events and makes it so long.
func (st *recStore) resize(l *recList, n int) {
	if n <= l.room() {
		l.n = uint32(n)
		return
	}
	was := *l
	l.class = classOf(n)
	l.at = st.take(l.class)
	l.n = uint32(n)
	copy(st.of(*l), st.of(was))
	if was.class > 0 {
		st.free[was.class] = append(st.free[was.class], was.at)
	}
}

// classOf is the class of places with room for n events, at least one.
func classOf(n int) uint8 { return uint8(bits.Len(uint((n-1)/leastRecs))) + 1 }

// take finds room of a class.
func (st *recStore) take(class uint8) uint32 {
	for int(class) >= len(st.free) {
		st.free = append(st.free, nil)
	}
	if f := st.free[class]; len(f) > 0 {
		st.free[class] = f[:len(f)-1]
		return f[len(f)-1]
	}
	room := leastRecs << (class - 1)
	if room > blockRecs/2 {
		st.blocks = append(st.blocks, make([]rec, room))
		return uint32(len(st.blocks)-1) << blockBits
	}
	if st.shared == 0 || st.used+room > blockRecs {
		st.blocks = append(st.blocks, st.block())
		st.shared, st.used = len(st.blocks), 0
	}
	at := uint32(st.shared-1)<<blockBits | uint32(st.used)
	st.used += room
	return at
}

// block is a shared block, of a table that holds the more of them the more there
// are.
func (st *recStore) block() []rec {
	if len(st.spare) == 0 {
		st.spare = table[rec](min(1+len(st.blocks)/4, 64) * blockRecs)
	}
	b := st.spare[:blockRecs:blockRecs]
	st.spare = st.spare[blockRecs:]
	return b
}

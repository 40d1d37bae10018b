package seal

import (
	"crypto/sha256"
	"encoding/json"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// Batch is the body of the leaf of a segment: what is said of the whole, and the
// root of the tree over its events. Before and Events number the events of the
// source, so that none can be missing between two batches.
type Batch struct {
	Segment  int64         `json:"segment"`
	Source   int64         `json:"source"`
	Received clock.Instant `json:"received"`
	Now      clock.Instant `json:"now"`
	Before   int64         `json:"before"`
	Events   int           `json:"events"`
	Root     []byte        `json:"root"`
}

// Body is the batch as it is committed to.
func (b Batch) Body() []byte {
	out, err := json.Marshal(b)
	if err != nil {
		panic("seal: a batch: " + err.Error()) // numbers and bytes
	}
	return out
}

// EventLeaf is the hash of an event, with its salt, in the tree of its batch.
func EventLeaf(salt Salt, e *event.Event) Hash {
	h, _ := eventLeaf(nil, salt, e)
	return h
}

func eventLeaf(buf []byte, salt Salt, e *event.Event) (Hash, []byte) {
	buf = append(append(buf[:0], 0), salt[:]...) // as RFC 6962 hashes a leaf
	buf = AppendEvent(buf, e)
	return sha256.Sum256(buf), buf
}

// EventLeaves are the hashes of the events of a batch of n in its tree. Those
// that were erased are given by their place.
func EventLeaves(seeds Seeds, events []event.Event, erased map[int]Hash) (leaves []Hash, whole bool) {
	n := len(events) + len(erased)
	salts, have := seeds.Salts(n)
	leaves = make([]Hash, n)
	var buf []byte
	next := 0
	for i := range leaves {
		if h, gone := erased[i]; gone {
			leaves[i] = h
			continue
		}
		if next == len(events) || !have[i] {
			return nil, false
		}
		leaves[i], buf = eventLeaf(buf, salts[i], &events[next])
		next++
	}
	return leaves, true
}

// BatchRoot is the root of the tree over leaves.
func BatchRoot(leaves []Hash) Hash {
	if len(leaves) == 0 {
		return sha256.Sum256(nil)
	}
	return root(append([]Hash(nil), leaves...))
}

// EventRoot is the root of the tree over the events of a new batch, whose seeds are one.
// The tree of salts has the shape of the tree of hashes, so both are gone through at
// once and neither is laid down: this is done for every event that comes.
func EventRoot(seeds Seeds, events []event.Event) Hash {
	if len(events) == 0 {
		return BatchRoot(nil)
	}
	r := rooting{events: events}
	return r.below(seeds[0].salt, 0, 1<<depthOf(len(events)))
}

// rooting is the making of a root.
type rooting struct {
	events []event.Event
	buf    []byte // the last event as it was hashed
}

// below is the root over width events, a power of two, from a number on, as far as there
// are so many. One without a neighbour goes up as it is (see up).
func (r *rooting) below(s Salt, from, width int) (h Hash) {
	if width == 1 {
		h, r.buf = eventLeaf(r.buf, s, &r.events[from])
		return h
	}
	width /= 2
	left, right := children(s)
	h = r.below(left, from, width)
	if from+width < len(r.events) {
		beside := r.below(right, from+width, width)
		h = nodeHash(&h, &beside)
	}
	return h
}

// root is the root over a level, which it overwrites.
func root(level []Hash) Hash {
	for len(level) > 1 {
		level = up(level)
	}
	return level[0]
}

// BatchPath is the way from one of the leaves to their root: what stands beside
// it, from below.
func BatchPath(leaves []Hash, which int) []Hash {
	var path []Hash
	level := append([]Hash(nil), leaves...)
	for len(level) > 1 {
		if beside := which ^ 1; beside < len(level) {
			path = append(path, level[beside])
		}
		level, which = up(level), which/2
	}
	return path
}

// up makes of a level the one above it, in its place. One without a neighbour
// goes up as it is: so RFC 6962 divides a tree.
func up(level []Hash) []Hash {
	n := len(level)
	for i := range n / 2 {
		level[i] = nodeHash(&level[2*i], &level[2*i+1])
	}
	if n%2 == 1 {
		level[n/2] = level[n-1]
	}
	return level[:(n+1)/2]
}

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
	Shape    Shape         `json:"shape,omitempty"` // says nothing of those that were sealed when there was one
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

// EventRoot is the root of the tree over the events of a new batch, whose seeds are one.
// The tree of salts has the shape of the tree of hashes, so both are gone through at
// once and neither is laid down: this is done for every event that comes.
func EventRoot(seeds Seeds, events []event.Event) Hash {
	if len(events) == 0 {
		return seeds.Shape.Root(nil)
	}
	r := rooting{shape: seeds.Shape, events: events}
	return r.below(seeds.nodes[0].salt, 0, seeds.Shape.depthOf(len(events)))
}

// rooting is the making of a root.
type rooting struct {
	shape  Shape
	events []event.Event
	buf    []byte // the last event as it was hashed
}

// below is the root over the events that are so many levels below a node, from a number
// on; there is one at least.
func (r *rooting) below(s Salt, from int, levels uint8) (h Hash) {
	if levels == 0 {
		h, r.buf = eventLeaf(r.buf, s, &r.events[from])
		return h
	}
	each := 1 << ((levels - 1) * r.shape.bits())
	var salts [maxFan]Salt
	some := salts[:min(r.shape.fan(), (len(r.events)-from-1)/each+1)]
	r.shape.below(s, some)
	var g group
	for i := range some {
		h = r.below(some[i], from+i*each, levels-1)
		g.add(&h)
	}
	return g.node()
}

package event

// Merging the dictionary of a batch into that of the log is the one thing of a
// parallel reader that only one goroutine can do, and with millions of cases
// every lookup misses the cache. So lookups go in groups, in three passes
// without a branch that depends on memory: the loads of a pass don't wait for
// one another.

// mergeGroup is how many lookups are under way at once.
const mergeGroup = 64

// hashes are the hashes of all names by code.
func (d *Dict) hashes() []uint32 {
	if d.short != nil && d.short.used == len(d.names)-1 {
		return d.short.hashes
	}
	h := make([]uint32, len(d.names))
	if d.short != nil {
		copy(h, d.short.hashes)
	}
	for _, s := range d.slots {
		if s != 0 {
			h[uint32(s)] = uint32(s >> 32)
		}
	}
	return h
}

// merge gives the names of w codes in d, by w's codes.
func (d *Dict) merge(w *Dict) []uint32 {
	codes := make([]uint32, len(w.names))
	if len(w.names) == 1 {
		return codes
	}
	hashes := w.hashes()
	for c := 1; c < len(codes); c += mergeGroup {
		end := min(c+mergeGroup, len(codes))
		probe(d.slots, hashes[c:end], 0, codes[c:end])
		for i := c; i < end; i++ {
			if g := codes[i]; g == 0 || d.names[g] != w.names[i] {
				codes[i] = d.Code(w.names[i])
			}
		}
	}
	return codes
}

// merge gives the names of w, as objects of type typ, codes in o, by w's codes.
func (o *Objects) merge(typ uint16, w *Dict) []ObjectID {
	ids := make([]ObjectID, len(w.names))
	if len(w.names) == 1 {
		return ids
	}
	hashes := w.hashes()
	mix := uint32(typ) * typeMix
	var guess [mergeGroup]uint32
	var names [mergeGroup]string
	for c := 1; c < len(ids); c += mergeGroup {
		end := min(c+mergeGroup, len(ids))
		probe(o.slots, hashes[c:end], mix, guess[:end-c])
		for i, g := range guess[:end-c] {
			names[i] = o.name.names[g]
		}
		for i := c; i < end; i++ {
			g := guess[i-c]
			if g != 0 && names[i-c] == w.names[i] && o.typ[g] == typ {
				ids[i] = ObjectID(g)
			} else {
				ids[i] = o.code(hashes[i]^mix, typ, stringBytes(w.names[i]))
			}
		}
	}
	return ids
}

// probe writes to codes the first one that stands under each hash, 0 where
// none does. It looks at no name: those are compared afterwards.
func probe(slots []uint64, hashes []uint32, mix uint32, codes []uint32) {
	mask := uint32(len(slots) - 1)
	for i, h := range hashes {
		h ^= mix
		at := h & mask
		s := slots[at]
		for s != 0 && uint32(s>>32) != h {
			at = (at + 1) & mask
			s = slots[at]
		}
		codes[i] = uint32(s)
	}
}

package monitor

import "hash/maphash"

// idIndex finds the row of an event by source and id: an open-addressing table
// of (hash, row), 16 bytes or so an event, that looks the id up in the log.
type idIndex struct {
	slots []uint64 // hash<<32 | row+1
	n     int
}

var idSeed = maphash.MakeSeed()

func (ix *idIndex) hash(v *Live, source, id string) uint32 {
	h := uint32(maphash.String(idSeed, id))
	if source != v.l.Origin {
		h ^= uint32(maphash.String(idSeed, source)) * 0x9e3779b1
	}
	return h
}

func (ix *idIndex) find(v *Live, h uint32, source, id string) (uint32, bool) {
	if ix.n == 0 {
		return 0, false
	}
	mask := uint32(len(ix.slots) - 1)
	for i := h & mask; ix.slots[i] != 0; i = (i + 1) & mask {
		s := ix.slots[i]
		if uint32(s>>32) != h {
			continue
		}
		if row := uint32(s) - 1; v.ownID(row) == id && v.l.SourceOf(row) == source {
			return row, true
		}
	}
	return 0, false
}

// ownID is the id an event came with, also of a correction that stands under
// its original's.
func (v *Live) ownID(row uint32) string {
	if n, ok := v.names[row]; ok {
		return n.ownID
	}
	return v.l.GivenID(row)
}

func (ix *idIndex) add(h, row uint32) {
	if ix.n*5 >= len(ix.slots)*3 {
		ix.grow()
	}
	ix.put(uint64(h)<<32 | uint64(row+1))
	ix.n++
}

func (ix *idIndex) put(s uint64) {
	mask := uint32(len(ix.slots) - 1)
	i := uint32(s>>32) & mask
	for ix.slots[i] != 0 {
		i = (i + 1) & mask
	}
	ix.slots[i] = s
}

func (ix *idIndex) grow() {
	old := ix.slots
	ix.slots = make([]uint64, max(1024, 2*len(old)))
	for _, s := range old {
		if s != 0 {
			ix.put(s)
		}
	}
}

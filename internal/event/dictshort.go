package event

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// maxShort is the length up to which a name lies in the slot itself.
const maxShort = 16

// shortTable is the table of a batch's dictionary for short names: most ids of
// cases and all codes are. A lookup touches one line of memory, where a [Dict]
// touches three; the price, 24 bytes a slot, is paid for a batch alone and not
// for a log.
type shortTable struct {
	slots  []shortSlot
	used   int
	hashes []uint32 // by code: the hash that a Dict gives the name
	recent []uint64 // hash<<32 | code of the names that Append saw last
}

type shortSlot struct {
	lo, hi uint64
	code   uint32 // 0: empty
	n      uint32
}

// NewBatchDict makes a dictionary for the batches of one worker: fast with
// names of up to 16 bytes.
func NewBatchDict() *Dict {
	d := NewDict()
	d.short = &shortTable{slots: make([]shortSlot, 64)}
	return d
}

// The keys of the hash are drawn anew in each run, so that nobody can write a
// file whose names all fall into one slot.
var shortKey0, shortKey1 = maphash.String(dictSeed, "0") | 1, maphash.String(dictSeed, "1") | 1

func (d *Dict) codeShort(b []byte) uint32 {
	lo, hi := pack(b)
	t, n := d.short, uint32(len(b))
	h, l := bits.Mul64(lo^shortKey0, hi^shortKey1)
	mask := uint32(len(t.slots) - 1)
	i := uint32(h^l) & mask
	for {
		s := &t.slots[i]
		if s.lo == lo && s.hi == hi && s.n == n && s.code != 0 {
			return s.code
		}
		if s.code == 0 {
			break
		}
		i = (i + 1) & mask
	}
	code := uint32(len(d.names))
	d.names = append(d.names, d.keep(b))
	t.slots[i] = shortSlot{lo, hi, code, n}
	for len(t.hashes) < len(d.names) {
		t.hashes = append(t.hashes, 0)
	}
	t.hashes[code] = uint32(maphash.Bytes(dictSeed, b))
	if t.used++; t.used*2 > len(t.slots) {
		t.grow()
	}
	return code
}

// recentSlots is how many names Append remembers: half a megabyte, which stays
// in the cache of a core.
const recentSlots = 1 << 16

// Append gives b a code, which a name seen long before may not share: it looks
// only where the name would stand if it came lately. It is for columns of ids,
// which come back soon or not at all, and spares the table that outgrows the
// cache; a merge brings the codes of one name together. Only for a dictionary
// from [NewBatchDict].
func (d *Dict) Append(b []byte) uint32 {
	t := d.short
	if t.recent == nil {
		t.recent = make([]uint64, recentSlots)
	}
	h := uint32(maphash.Bytes(dictSeed, b))
	e := &t.recent[h%recentSlots]
	if c := uint32(*e); uint32(*e>>32) == h && c != 0 && d.names[c] == string(b) {
		return c
	}
	code := uint32(len(d.names))
	*e = uint64(h)<<32 | uint64(code)
	d.names = append(d.names, d.keep(b))
	for len(t.hashes) < int(code) {
		t.hashes = append(t.hashes, 0)
	}
	t.hashes = append(t.hashes, h)
	t.used++
	return code
}

// pack puts up to 16 bytes into two words; with the length they are the name.
func pack(b []byte) (lo, hi uint64) {
	switch n := len(b); {
	case n > 8:
		return binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		return uint64(b[0]) | uint64(b[n>>1])<<8 | uint64(b[n-1])<<16, 0
	}
	return 0, 0
}

func (t *shortTable) grow() {
	old := t.slots
	t.slots = make([]shortSlot, 2*len(old))
	mask := uint32(len(t.slots) - 1)
	for _, s := range old {
		if s.code == 0 {
			continue
		}
		h, l := bits.Mul64(s.lo^shortKey0, s.hi^shortKey1)
		i := uint32(h^l) & mask
		for t.slots[i].code != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = s
	}
}

func (t *shortTable) reset() {
	clear(t.slots)
	clear(t.recent)
	t.used, t.hashes = 0, t.hashes[:0]
}

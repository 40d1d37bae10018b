package event

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"

	"plumbline/internal/hugepage"
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

	pending []lookup
	near    uint32 // a sum of no meaning, so that the loads for it are made
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
	return d.codePacked(lo, hi, uint32(len(b)))
}

func shortHash(lo, hi uint64) uint32 {
	h, l := bits.Mul64(lo^shortKey0, hi^shortKey1)
	return uint32(h ^ l)
}

func (d *Dict) codePacked(lo, hi uint64, n uint32) uint32 {
	t := d.short
	mask := uint32(len(t.slots) - 1)
	i := shortHash(lo, hi) & mask
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
	var room [maxShort]byte
	b := unpack(&room, lo, hi, n)
	code := uint32(len(d.names))
	d.names = append(roomFor(d.names), d.keep(b))
	t.slots[i] = shortSlot{lo, hi, code, n}
	for len(t.hashes) < len(d.names) {
		t.hashes = append(t.hashes, 0)
	}
	t.hashes[code] = dictHash(b)
	if t.used++; t.used*2 > len(t.slots) {
		t.grow()
	}
	return code
}

// lookup is a name whose code is still to be written to codes[at].
type lookup struct {
	lo, hi uint64
	n, at  uint32
}

// AppendCode appends the code of a name to codes, 0 for an empty one. In a
// dictionary of [NewBatchDict] the code may be written later, with those of
// the names to come, so that the loads from memory of many lookups go on at
// once: [Dict.Settle] must be called before codes is read.
func (d *Dict) AppendCode(codes []uint32, b []byte) []uint32 {
	if len(b) == 0 {
		return append(codes, 0)
	}
	t := d.short
	if t == nil || len(b) > maxShort {
		return append(codes, d.CodeBytes(b))
	}
	lo, hi := pack(b)
	t.pending = append(t.pending, lookup{lo, hi, uint32(len(b)), uint32(len(codes))})
	codes = append(codes, 0)
	if len(t.pending) == mergeGroup {
		d.Settle(codes)
	}
	return codes
}

// Settle writes the codes that [Dict.AppendCode] left open.
func (d *Dict) Settle(codes []uint32) {
	t := d.short
	if t == nil || len(t.pending) == 0 {
		return
	}
	mask := uint32(len(t.slots) - 1)
	for _, p := range t.pending { // brings the slots near; no load waits for another
		t.near += t.slots[shortHash(p.lo, p.hi)&mask].code
	}
	for _, p := range t.pending {
		codes[p.at] = d.codePacked(p.lo, p.hi, p.n)
	}
	t.pending = t.pending[:0]
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

// unpack is the inverse of pack.
func unpack(room *[maxShort]byte, lo, hi uint64, n uint32) []byte {
	b := room[:n]
	switch {
	case n > 8:
		binary.LittleEndian.PutUint64(b, lo)
		binary.LittleEndian.PutUint64(b[n-8:], hi)
	case n >= 4:
		binary.LittleEndian.PutUint32(b, uint32(lo))
		binary.LittleEndian.PutUint32(b[n-4:], uint32(hi))
	case n > 0:
		b[0], b[n>>1], b[n-1] = byte(lo), byte(lo>>8), byte(lo>>16)
	}
	return b
}

func (t *shortTable) grow() {
	old := t.slots
	t.slots = hugepage.Make[shortSlot](2*len(old), 2*len(old))
	mask := uint32(len(t.slots) - 1)
	for _, s := range old {
		if s.code == 0 {
			continue
		}
		i := shortHash(s.lo, s.hi) & mask
		for t.slots[i].code != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = s
	}
}

func (t *shortTable) reset() {
	clear(t.slots)
	t.used, t.hashes, t.pending = 0, t.hashes[:0], t.pending[:0]
}

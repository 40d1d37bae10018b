package event

import (
	"hash/maphash"
	"unsafe"

	"plumbline/internal/hugepage"
)

// Dict gives strings dense codes, from 1 in order of first appearance; 0 is
// "absent". It is an open-addressing table of (hash, code) over an arena, so
// that millions of short names cost about 30 bytes each and no pointer that
// the collector must follow one by one. Writing is for one goroutine; reading
// is free once writing is over.
type Dict struct {
	names []string // by code; names[0] is unused
	slots []uint64 // hash<<32 | code
	arena []byte
	short *shortTable // of a batch's dictionary only
}

var dictSeed = maphash.MakeSeed()

// dictHash hashes a name. Most are short, and hashed without a call.
func dictHash(b []byte) uint32 {
	if len(b) > maxShort {
		return uint32(maphash.Bytes(dictSeed, b))
	}
	lo, hi := pack(b)
	return shortHash(lo, hi+uint64(len(b)))
}

// NewDict makes an empty dictionary.
func NewDict() *Dict { return &Dict{names: make([]string, 1, 16), slots: make([]uint64, 32)} }

// Len is the number of names.
func (d *Dict) Len() int { return len(d.names) - 1 }

// Name is the string of a code; "" for 0.
func (d *Dict) Name(code uint32) string { return d.names[code] }

// Code is the code of s, given now if it has none yet.
func (d *Dict) Code(s string) uint32 {
	return d.CodeBytes(stringBytes(s))
}

// stringBytes views a string as bytes that must not be written.
func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// CodeBytes is [Dict.Code] for bytes, which are copied if new.
func (d *Dict) CodeBytes(b []byte) uint32 {
	if d.short != nil && len(b) <= maxShort {
		return d.codeShort(b)
	}
	h := dictHash(b)
	mask := uint32(len(d.slots) - 1)
	i := h & mask
	for {
		s := d.slots[i]
		if s == 0 {
			break
		}
		if uint32(s>>32) == h && d.names[uint32(s)] == string(b) {
			return uint32(s)
		}
		i = (i + 1) & mask
	}
	code := uint32(len(d.names))
	d.names = append(roomFor(d.names), d.keep(b))
	d.slots[i] = uint64(h)<<32 | uint64(code)
	if len(d.names)*5 > len(d.slots)*3 {
		d.grow()
	}
	return code
}

// Find is the code of s in a log's dictionary, or 0 if it has none. A short name is
// compared as the two words that it is hashed by.
func (d *Dict) Find(s string) uint32 {
	if len(s) > maxShort {
		return d.findLong(s)
	}
	lo, hi := pack(stringBytes(s))
	h := shortHash(lo, hi+uint64(len(s)))
	mask := uint32(len(d.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		slot := d.slots[i]
		if slot == 0 {
			return 0
		}
		if uint32(slot>>32) != h {
			continue
		}
		if name := d.names[uint32(slot)]; len(name) == len(s) {
			if l, r := pack(stringBytes(name)); l == lo && r == hi {
				return uint32(slot)
			}
		}
	}
}

func (d *Dict) findLong(s string) uint32 {
	h := dictHash(stringBytes(s))
	mask := uint32(len(d.slots) - 1)
	for i := h & mask; d.slots[i] != 0; i = (i + 1) & mask {
		if slot := d.slots[i]; uint32(slot>>32) == h && d.names[uint32(slot)] == s {
			return uint32(slot)
		}
	}
	return 0
}

// Reset forgets all names and keeps the table's room, for a dictionary that
// serves one batch after another. Names given out before stay valid.
func (d *Dict) Reset() {
	clear(d.slots)
	clear(d.names)
	d.names = d.names[:1]
	d.arena = nil
	if d.short != nil {
		d.short.reset()
	}
}

// roomFor is a table with room for one more, twice as large where it was full.
func roomFor[T any](s []T) []T {
	if len(s) < cap(s) {
		return s
	}
	return hugepage.Grow(s, max(len(s), 16))
}

func (d *Dict) keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(d.arena)+len(b) > cap(d.arena) {
		d.arena = make([]byte, 0, max(1<<14, min(1<<20, 2*cap(d.arena)), len(b)))
	}
	n := len(d.arena)
	d.arena = append(d.arena, b...)
	return unsafe.String(&d.arena[n], len(b))
}

func (d *Dict) grow() {
	slots := hugepage.Make[uint64](2*len(d.slots), 2*len(d.slots))
	mask := uint32(len(slots) - 1)
	for _, s := range d.slots {
		if s == 0 {
			continue
		}
		i := uint32(s>>32) & mask
		for slots[i] != 0 {
			i = (i + 1) & mask
		}
		slots[i] = s
	}
	d.slots = slots
}

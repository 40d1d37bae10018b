package monitor

import (
	"math/bits"
	"math/rand/v2"
)

// keyTable gives keys of several parts, and those that are attributes, codes from
// 1. Like the log's dictionaries it has no pointers.
type keyTable struct {
	parts int
	vals  []partVal // by code, parts of them each; none has code 0
	slots []uint64  // hash<<32 | code
	key   hashKey
}

func newKeyTable(parts int) keyTable {
	return keyTable{parts: parts, vals: make([]partVal, parts), slots: make([]uint64, 32), key: newHashKey()}
}

// len is one more than the greatest code.
func (t *keyTable) len() int { return len(t.vals) / t.parts }

// of is the parts of a code.
func (t *keyTable) of(code uint32) []partVal {
	at := int(code) * t.parts
	return t.vals[at : at+t.parts]
}

// code is that of a key, given now if it has none yet.
func (t *keyTable) code(vals []partVal) uint32 {
	h := t.hash(vals)
	mask := uint32(len(t.slots) - 1)
	i := h & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		if s := t.slots[i]; uint32(s>>32) == h && t.is(uint32(s), vals) {
			return uint32(s)
		}
	}
	code := uint32(t.len())
	t.vals = append(t.vals, vals...)
	t.slots[i] = uint64(h)<<32 | uint64(code)
	if t.len()*5 > len(t.slots)*3 {
		t.grow()
	}
	return code
}

func (t *keyTable) is(code uint32, vals []partVal) bool {
	for i, v := range t.of(code) {
		if v != vals[i] {
			return false
		}
	}
	return true
}

func (t *keyTable) hash(vals []partVal) uint32 {
	h := t.key[0]
	for _, v := range vals {
		h = mix(h^v.v, t.key[1]^uint64(v.k))
	}
	return uint32(mix(h, t.key[0]))
}

func (t *keyTable) grow() {
	old := t.slots
	t.slots = make([]uint64, 2*len(old))
	mask := uint32(len(t.slots) - 1)
	for _, s := range old {
		if s == 0 {
			continue
		}
		i := uint32(s>>32) & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = s
	}
}

// hashKey is the secret of a table that is kept in an image: what the runtime
// hashes by is of one process.
type hashKey [2]uint64

func newHashKey() hashKey { return hashKey{rand.Uint64() | 1, rand.Uint64() | 1} }

// string hashes as wyhash does: whoever doesn't know the key can't make collisions.
func (k *hashKey) string(s string) uint64 {
	h, n := k[0], len(s)
	for len(s) > 16 {
		h = mix(word(s)^k[1], word(s[8:])^h)
		s = s[16:]
	}
	var a, b uint64
	switch {
	case len(s) >= 8:
		a, b = word(s), word(s[len(s)-8:])
	default:
		for i := range len(s) {
			a = a<<8 | uint64(s[i])
		}
	}
	return mix(k[1]^uint64(n), mix(a^k[1], b^h))
}

func word(s string) uint64 { return uint64(half(s)) | uint64(half(s[4:]))<<32 }

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

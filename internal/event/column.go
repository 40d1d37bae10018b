package event

import "math/bits"

// blockRows is how many rows a block of a column covers. A block exists only
// where a row has a value, so that a thousand rare attributes cost what they
// hold and not what the log is long.
const (
	blockShift = 13
	blockRows  = 1 << blockShift
	blockMask  = blockRows - 1
)

// Column is one attribute of all rows. Values are 8 bytes: a float64's bits, a
// code of the log's Strings, 0 or 1, an instant in µs, an index of a list. A
// block is sparse (sorted rows) until an eighth of it is filled, then dense.
type Column struct {
	Name     string
	Declared Kind // what a pack says it is; Absent where none does
	Mistyped int  // values left out because they weren't of the declared type
	blocks   []*block
	seen     uint8 // bit 1<<Kind for each kind that occurs
}

type block struct {
	rows  []uint16 // sparse: which row each value belongs to; nil when dense
	vals  []uint64 // sparse: as rows; dense: by row
	kinds []Kind   // nil while all values are of kind `kind`
	has   []uint64 // dense: a bit per row
	kind  Kind
}

// Get is the value at row and its kind; Absent where there is none.
func (c *Column) Get(row uint32) (uint64, Kind) {
	bi := row >> blockShift
	if int(bi) >= len(c.blocks) {
		return 0, Absent
	}
	b := c.blocks[bi]
	if b == nil {
		return 0, Absent
	}
	i := int(row & blockMask)
	if b.rows == nil {
		if b.has[i>>6]&(1<<(i&63)) == 0 {
			return 0, Absent
		}
	} else if i = b.find(uint16(i)); i < 0 {
		return 0, Absent
	}
	if b.kinds != nil {
		return b.vals[i], b.kinds[i]
	}
	return b.vals[i], b.kind
}

func (b *block) find(r uint16) int {
	lo, hi := 0, len(b.rows)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if b.rows[m] < r {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo < len(b.rows) && b.rows[lo] == r {
		return lo
	}
	return -1
}

// Kinds says whether values of kind k occur.
func (c *Column) Kinds(k Kind) bool { return c.seen&(1<<k) != 0 }

// set puts a value at row. Rows come in ascending order; a second value for
// the same row replaces the first.
func (c *Column) set(row uint32, v uint64, k Kind) {
	c.seen |= 1 << k
	bi := int(row >> blockShift)
	for len(c.blocks) <= bi {
		c.blocks = append(c.blocks, nil)
	}
	b := c.blocks[bi]
	if b == nil {
		b = &block{rows: make([]uint16, 0, 8), kind: k}
		c.blocks[bi] = b
	}
	r := uint16(row & blockMask)
	if b.rows != nil {
		if n := len(b.rows); n > 0 && b.rows[n-1] == r {
			b.put(n-1, v, k)
			return
		}
		if len(b.rows) < blockRows/8 {
			b.rows = append(b.rows, r)
			b.vals = append(b.vals, 0)
			if b.kinds != nil {
				b.kinds = append(b.kinds, 0)
			}
			b.put(len(b.rows)-1, v, k)
			return
		}
		b.densify()
	}
	b.has[r>>6] |= 1 << (r & 63)
	b.put(int(r), v, k)
}

func (b *block) put(i int, v uint64, k Kind) {
	if k != b.kind && b.kinds == nil {
		b.kinds = make([]Kind, len(b.vals), max(cap(b.vals), 1))
		for j := range b.kinds {
			b.kinds[j] = b.kind
		}
	}
	b.vals[i] = v
	if b.kinds != nil {
		b.kinds[i] = k
	}
}

func (b *block) densify() {
	vals, has := make([]uint64, blockRows), make([]uint64, blockRows/64)
	var kinds []Kind
	if b.kinds != nil {
		kinds = make([]Kind, blockRows)
	}
	for i, r := range b.rows {
		vals[r] = b.vals[i]
		has[r>>6] |= 1 << (r & 63)
		if kinds != nil {
			kinds[r] = b.kinds[i]
		}
	}
	b.rows, b.vals, b.has, b.kinds = nil, vals, has, kinds
}

// Bitmap is a set of rows.
type Bitmap struct{ words []uint64 }

// Has says whether row is in the set; a nil Bitmap is empty.
func (m *Bitmap) Has(row uint32) bool {
	return m != nil && int(row>>6) < len(m.words) && m.words[row>>6]&(1<<(row&63)) != 0
}

// Count is the size of the set.
func (m *Bitmap) Count() int {
	n := 0
	if m != nil {
		for _, w := range m.words {
			n += bits.OnesCount64(w)
		}
	}
	return n
}

func (m *Bitmap) add(row uint32) {
	for int(row>>6) >= len(m.words) {
		m.words = append(m.words, 0)
	}
	m.words[row>>6] |= 1 << (row & 63)
}

func (m *Bitmap) remove(row uint32) {
	if m.Has(row) {
		m.words[row>>6] &^= 1 << (row & 63)
	}
}

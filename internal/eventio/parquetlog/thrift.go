package parquetlog

import "encoding/binary"

// compact scans Thrift's compact protocol, in which Parquet writes its footer
// and its page headers. It trusts no length: what is said to be longer than
// what is left, or nested deeper than a footer ever is, sets bad, after which
// everything reads as nothing and every loop ends.
type compact struct {
	b   []byte
	i   int
	bad bool
}

// The wire types of the compact protocol.
const (
	tStop, tTrue, tFalse, tByte = 0, 1, 2, 3
	tI16, tI32, tI64, tDouble   = 4, 5, 6, 7
	tBinary, tList, tSet, tMap  = 8, 9, 10, 11
	tStruct, tUUID              = 12, 13
)

// maxDepth bounds the nesting of what is skipped: a footer has six levels.
const maxDepth = 16

func (c *compact) byte() byte {
	if c.bad || c.i >= len(c.b) {
		c.bad = true
		return 0
	}
	c.i++
	return c.b[c.i-1]
}

func (c *compact) uvarint() uint64 {
	if c.bad {
		return 0
	}
	v, n := binary.Uvarint(c.b[c.i:])
	if n <= 0 {
		c.bad = true
		return 0
	}
	c.i += n
	return v
}

func (c *compact) int() int64 {
	u := c.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (c *compact) bytes() []byte {
	n := c.uvarint()
	if c.bad || n > uint64(len(c.b)-c.i) {
		c.bad = true
		return nil
	}
	c.i += int(n)
	return c.b[c.i-int(n) : c.i]
}

// list begins a list and says how many elements of which type follow. Each has
// a byte at least, so more than there are bytes is a lie.
func (c *compact) list() (n int, typ byte) {
	h := c.byte()
	size := uint64(h >> 4)
	if size == 15 {
		size = c.uvarint()
	}
	if c.bad || size > uint64(len(c.b)-c.i) {
		c.bad = true
		return 0, 0
	}
	return int(size), h & 15
}

// fields calls f for every field of a struct. What f doesn't read (it returns
// false) is skipped.
func (c *compact) fields(f func(id int16, typ byte) bool) {
	var id int16
	for {
		h := c.byte()
		if c.bad || h == tStop {
			return
		}
		if d := h >> 4; d != 0 {
			id += int16(d)
		} else {
			id = int16(c.int())
		}
		if !f(id, h&15) {
			c.skip(h&15, 0)
		}
	}
}

// skip passes over a value of a type, as of a field that nobody wants; deeper than
// maxDepth it is a fault.
func (c *compact) skip(typ byte, depth int) {
	if depth > maxDepth {
		c.bad = true
		return
	}
	switch typ {
	case tTrue, tFalse:
	case tByte:
		c.byte()
	case tI16, tI32, tI64:
		c.uvarint()
	case tDouble:
		c.advance(8)
	case tUUID:
		c.advance(16)
	case tBinary:
		c.bytes()
	case tList, tSet:
		n, elem := c.list()
		for ; n > 0 && !c.bad; n-- {
			c.skipElement(elem, depth+1)
		}
	case tMap:
		n := c.uvarint()
		if n == 0 {
			return
		}
		kv := c.byte()
		for ; n > 0 && !c.bad; n-- {
			c.skipElement(kv>>4, depth+1)
			c.skipElement(kv&15, depth+1)
		}
	case tStruct:
		for !c.bad {
			h := c.byte()
			if h == tStop {
				return
			}
			if h>>4 == 0 {
				c.int()
			}
			c.skip(h&15, depth+1)
		}
	default:
		c.bad = true
	}
}

// skipElement is skip for an element, where a bool is a byte of its own.
func (c *compact) skipElement(typ byte, depth int) {
	if typ == tTrue || typ == tFalse {
		c.byte()
		return
	}
	c.skip(typ, depth)
}

func (c *compact) advance(n int) {
	if n > len(c.b)-c.i {
		c.bad = true
		return
	}
	c.i += n
}

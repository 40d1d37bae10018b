package parquetlog

import (
	"encoding/binary"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// vector is a column chunk decoded: n values, of which has (nil: all) says
// which are there. Strings are codes of a dictionary, whole numbers and bools
// are nums, INT96 is in microseconds. Of a list, offs says where each row's
// values begin (rows + 1 of them).
type vector struct {
	n      int
	has    []bool
	offs   []uint32
	empty  []bool // lists: whether the row has a list that is empty
	dict   *event.Dict
	codes  []uint32
	nums   []int64
	floats []float64
	paged  bool // the dictionary is the file's, which may hold what no row has
	spare  spare
}

// spare is the room that a vector leaves to the one after it.
type spare struct {
	has    []bool
	codes  []uint32
	nums   []int64
	floats []float64
	at     []clock.Instant
}

// release empties a vector whose values nobody needs any more.
func (v *vector) release() {
	s := v.spare
	if v.has != nil {
		s.has = v.has[:0]
	}
	if v.codes != nil {
		s.codes = v.codes[:0]
	}
	if v.nums != nil {
		s.nums = v.nums[:0]
	}
	if v.floats != nil {
		s.floats = v.floats[:0]
	}
	if v.dict != nil {
		v.dict.Reset()
	}
	*v = vector{dict: v.dict, spare: s}
}

// decoder decodes the pages of one column chunk after another; what it holds
// between them is room.
type decoder struct {
	unpacker
	leaf *leaf
	k    *chunk
	v    *vector

	dictCodes  []uint32 // what the dictionary page holds, by index
	dictNums   []int64
	dictFloats []float64
	hasDict    bool

	index  []uint32
	levels []uint32
	reps   []uint32
}

// decode decodes the chunk whose bytes are raw into v, whose dict, if strings
// are to come, is empty. rows is what the row group claims, and was checked
// against the size of the file, as values was.
func (d *decoder) decode(leaf *leaf, k *chunk, rows int, raw []byte, v *vector) error {
	d.leaf, d.k, d.v, d.hasDict = leaf, k, v, false
	total := int(k.values)
	if leaf.maxRep == 0 && total != rows {
		return faultf("it claims %d values for %d rows", "该列声称有 %d 个值，而行数为 %d", total, rows)
	}
	d.reserve(total)
	if leaf.maxRep > 0 {
		v.offs = append(make([]uint32, 0, rows+1), 0)
	}
	seen := 0
	for seen < total {
		if len(raw) == 0 {
			return faultf("it ends after %d of %d values", "只有 %d 个值，应有 %d 个", seen, total)
		}
		p, err := readPage(raw)
		if err != nil {
			return err
		}
		body := raw[p.size : p.size+int(p.packed)]
		raw = raw[p.size+int(p.packed):]
		if err := p.check(body); err != nil {
			return err
		}
		switch p.kind {
		case pageIndex:
		case pageDict:
			err = d.dictPage(&p, body)
		case pageData, pageData2:
			if p.values > int64(total-seen) {
				return faultf("its pages hold more values than the %d it claims", "各页的值多于该列声称的 %d 个", total)
			}
			seen += int(p.values)
			err = d.dataPage(&p, body)
		default:
			return faultf("a page is of the unknown kind %d", "未知的页类型 %d", p.kind)
		}
		if err != nil {
			return err
		}
	}
	if leaf.maxRep > 0 {
		v.offs = append(v.offs, uint32(v.n))
		if v.offs = v.offs[1:]; len(v.offs) != rows+1 {
			return faultf("its lists make %d rows; the row group has %d", "其列表构成 %d 行；行组有 %d 行", len(v.offs)-1, rows)
		}
	}
	return nil
}

// reserve makes room for n values of the leaf's type.
func (d *decoder) reserve(n int) {
	switch d.leaf.phys {
	case physBytes, physFixed:
		d.v.codes = grown(d.v.spare.codes, n)
	case physFloat, physDouble:
		d.v.floats = grown(d.v.spare.floats, n)
	default:
		d.v.nums = grown(d.v.spare.nums, n)
	}
}

// grown is s, empty, with room for n.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, 0, n)
	}
	return s[:0]
}

func (d *decoder) dictPage(p *page, body []byte) error {
	body, err := d.unpack(d.k.codec, body, p.unpacked)
	if err != nil {
		return err
	}
	if p.encoding != encPlain && p.encoding != encPlainDict {
		return faultf("its dictionary has the unknown encoding %d", "字典使用未知编码 %d", p.encoding)
	}
	n := int(p.values)
	if n > len(body) && !(n == 1 && d.leaf.phys == physFixed) {
		return errShort
	}
	d.hasDict, d.v.paged = true, true
	keep := *d.v // the dictionary is read as values, which then move over
	d.v.codes, d.v.nums, d.v.floats = d.dictCodes[:0], d.dictNums[:0], d.dictFloats[:0]
	err = d.plain(body, n)
	d.dictCodes, d.dictNums, d.dictFloats = d.v.codes, d.v.nums, d.v.floats
	d.v.codes, d.v.nums, d.v.floats = keep.codes, keep.nums, keep.floats
	return err
}

// dataPage reads a page of values, of either version: how deep each is and whether it is
// there (levels), then those that are, as codes of the dictionary or as they stand.
func (d *decoder) dataPage(p *page, body []byte) error {
	n := int(p.values)
	var reps, defs []byte
	var err error
	if p.kind == pageData2 {
		reps, defs = body[:p.repLen], body[p.repLen:p.repLen+p.defLen]
		body = body[p.repLen+p.defLen:]
		if !p.stored && d.k.codec != codecNone {
			if body, err = d.unpack(d.k.codec, body, max(0, p.unpacked-p.repLen-p.defLen)); err != nil {
				return err
			}
		}
	} else {
		if body, err = d.unpack(d.k.codec, body, p.unpacked); err != nil {
			return err
		}
		if p.defs == encBitPacked && d.leaf.maxDef > 0 {
			return faultf("its levels are in the BIT_PACKED encoding, which was abandoned in 2013", "层级使用 2013 年已废弃的 BIT_PACKED 编码")
		}
		if d.leaf.maxRep > 0 {
			reps, body = prefixed(body)
		}
		if d.leaf.maxDef > 0 {
			defs, body = prefixed(body)
		}
	}
	if d.leaf.maxRep > 0 {
		d.reps = room(d.reps, n)
		if !hybrid(d.reps, reps, 1) {
			return errShort
		}
	}
	if d.leaf.maxDef == 0 {
		return d.values(p.encoding, body, n)
	}
	if d.leaf.maxRep == 0 && allThere(defs, n, uint32(d.leaf.maxDef)) {
		d.mark(n, true)
		return d.values(p.encoding, body, n)
	}
	d.levels = room(d.levels, n)
	if !hybrid(d.levels, defs, bitWidth(d.leaf.maxDef)) {
		return errShort
	}
	there := 0
	for _, l := range d.levels {
		if int(l) == d.leaf.maxDef {
			there++
		}
	}
	if err := d.values(p.encoding, body, there); err != nil {
		return err
	}
	d.spread(n, there)
	return nil
}

// prefixed cuts off levels, whose length stands before them.
func prefixed(b []byte) (levels, rest []byte) {
	if len(b) < 4 {
		return nil, nil
	}
	n := binary.LittleEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, nil
	}
	return b[4 : 4+n], b[4+n:]
}

func bitWidth(max int) uint {
	w := uint(0)
	for ; max > 0; max >>= 1 {
		w++
	}
	return w
}

func room(s []uint32, n int) []uint32 {
	if cap(s) < n {
		return make([]uint32, n)
	}
	return s[:n]
}

// allThere sees the usual case of an optional column in which nothing is
// missing: one run.
func allThere(defs []byte, n int, level uint32) bool {
	h, w := binary.Uvarint(defs)
	return w > 0 && h&1 == 0 && h>>1 >= uint64(n) && w < len(defs) && uint32(defs[w]) == level
}

// mark says of the next n values whether they are there.
func (d *decoder) mark(n int, there bool) {
	v := d.v
	if v.has == nil && !there {
		v.has = grown(v.spare.has, max(cap(v.codes), cap(v.nums), cap(v.floats)))[:v.n]
		for i := range v.has {
			v.has[i] = true
		}
	}
	if v.has != nil {
		for range n {
			v.has = append(v.has, there)
		}
	}
}

// spread moves the last there values apart, to where the levels say that they
// belong among n, and for lists notes where each row begins.
func (d *decoder) spread(n, there int) {
	v, full := d.v, d.leaf.maxDef
	start := v.n - there
	v.n = start
	elements := n
	if d.leaf.maxRep > 0 {
		elements = 0
		for i, l := range d.levels {
			if d.reps[i] == 0 {
				v.offs = append(v.offs, uint32(start+elements))
				v.empty = append(v.empty, int(l) == d.leaf.listDef-1 && d.leaf.listDef > 1)
			}
			if int(l) >= d.leaf.listDef {
				elements++
			}
		}
	}
	for _, l := range d.levels {
		if d.leaf.maxRep == 0 || int(l) >= d.leaf.listDef {
			d.mark(1, int(l) == full)
			v.n++
		}
	}
	v.n = start + elements
	if there == elements {
		return
	}
	switch {
	case v.codes != nil:
		v.codes = apart(v.codes, start, there, elements, v.has)
	case v.nums != nil:
		v.nums = apart(v.nums, start, there, elements, v.has)
	default:
		v.floats = apart(v.floats, start, there, elements, v.has)
	}
}

func apart[T any](s []T, start, there, n int, has []bool) []T {
	var zero T
	for len(s) < start+n {
		s = append(s, zero)
	}
	from := start + there
	for i := start + n - 1; i >= start; i-- {
		if has[i] {
			from--
			s[i] = s[from]
		} else {
			s[i] = zero
		}
	}
	return s
}

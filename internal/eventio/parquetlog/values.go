package parquetlog

import (
	"encoding/binary"
	"math"
	"unsafe"

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
	unique     bool // names hardly repeat

	index  []uint32
	levels []uint32
	reps   []uint32
}

// decode decodes the chunk whose bytes are raw into v, whose dict, if strings
// are to come, is empty. rows is what the row group claims, and was checked
// against the size of the file, as values was.
func (d *decoder) decode(c *column, k *chunk, rows int, raw []byte, v *vector) error {
	leaf := &c.leaf
	d.leaf, d.k, d.v, d.hasDict = leaf, k, v, false
	d.unique = c.part == partObject || c.part == partID
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

// values decodes n values that are all there.
func (d *decoder) values(enc int64, b []byte, n int) error {
	d.v.n += n
	switch enc {
	case encPlain:
		return d.plain(b, n)
	case encDict, encPlainDict:
		return d.indexed(b, n)
	case encRLE:
		return d.bools(b, n)
	case encDeltaInts:
		return d.delta(b, n)
	case encDeltaLength, encDeltaBytes:
		if d.leaf.phys == physBytes || d.leaf.phys == physFixed {
			return d.deltaBytes(b, n, enc == encDeltaBytes)
		}
	case encSplit:
		if size := map[int8]int{physInt32: 4, physFloat: 4, physInt64: 8, physDouble: 8, physFixed: int(d.leaf.length)}[d.leaf.phys]; size > 0 {
			if len(b) < size*n {
				return errShort
			}
			return d.plain(unsplit(b[:size*n], size), n)
		}
	}
	return faultf("its values have the unknown encoding %d", "值使用未知编码 %d", enc)
}

func (d *decoder) bools(b []byte, n int) error {
	body, _ := prefixed(b)
	d.index = room(d.index, n)
	if d.leaf.phys != physBool || !hybrid(d.index, body, 1) {
		return errShort
	}
	for _, x := range d.index {
		d.v.nums = append(d.v.nums, int64(x))
	}
	return nil
}

func (d *decoder) delta(b []byte, n int) error {
	if d.leaf.phys != physInt32 && d.leaf.phys != physInt64 {
		return faultf("numbers' encoding on a column of strings", "字符串列使用了数字编码")
	}
	at := len(d.v.nums)
	d.v.nums = append(d.v.nums, make([]int64, n)...)
	if _, ok := deltaInts(d.v.nums[at:], b); !ok {
		return errShort
	}
	if d.leaf.phys == physInt32 {
		for i, x := range d.v.nums[at:] {
			d.v.nums[at+i] = int64(int32(x))
		}
	}
	return nil
}

// indexed looks n values up in the dictionary page.
func (d *decoder) indexed(b []byte, n int) error {
	if n == 0 {
		return nil
	}
	if len(b) == 0 || !d.hasDict {
		return faultf("it refers to a dictionary that isn't there", "引用了不存在的字典")
	}
	d.index = room(d.index, n)
	if !hybrid(d.index, b[1:], uint(b[0])) {
		return errShort
	}
	v := d.v
	ok := false
	switch d.leaf.phys {
	case physBytes, physFixed:
		v.codes, ok = lookUp(v.codes, d.dictCodes, d.index)
	case physFloat, physDouble:
		v.floats, ok = lookUp(v.floats, d.dictFloats, d.index)
	default:
		v.nums, ok = lookUp(v.nums, d.dictNums, d.index)
	}
	if !ok {
		return faultf("it refers to a value that its dictionary doesn't have", "引用了字典中不存在的值")
	}
	return nil
}

func lookUp[T any](dst, dict []T, index []uint32) ([]T, bool) {
	at := len(dst)
	dst = append(dst, make([]T, len(index))...)
	out := dst[at:]
	for i, x := range index {
		if int(x) >= len(dict) {
			return dst, false
		}
		out[i] = dict[x]
	}
	return dst, true
}

// plain reads n values as they are.
func (d *decoder) plain(b []byte, n int) error {
	v := d.v
	size := [...]int{0, 4, 8, 12, 4, 8, 0, int(d.leaf.length)}[d.leaf.phys]
	if len(b) < size*n || d.leaf.phys == physBool && len(b) < (n+7)/8 {
		return errShort
	}
	switch d.leaf.phys {
	case physBool:
		for i := range n {
			v.nums = append(v.nums, int64(b[i>>3]>>(i&7)&1))
		}
	case physInt32:
		unsign := d.leaf.means == unsigned
		for i := range n {
			x := binary.LittleEndian.Uint32(b[4*i:])
			if unsign {
				v.nums = append(v.nums, int64(x))
			} else {
				v.nums = append(v.nums, int64(int32(x)))
			}
		}
	case physInt64:
		v.nums = append(v.nums, words[int64](b, n)...)
	case physInt96:
		for i := range n {
			v.nums = append(v.nums, julian(b[12*i:]))
		}
	case physFloat:
		for i := range n {
			v.floats = append(v.floats, float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))))
		}
	case physDouble:
		for i := range n {
			v.floats = append(v.floats, math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
		}
	case physFixed:
		for i := range n {
			d.add(b[size*i : size*i+size])
		}
	default:
		return d.plainBytes(b, n)
	}
	return nil
}

// words views b as n numbers of 8 bytes, or copies them where it isn't
// aligned.
func words[T int64 | uint64](b []byte, n int) []T {
	if n == 0 {
		return nil
	}
	if littleEndian && uintptr(unsafe.Pointer(&b[0]))%8 == 0 {
		return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), n)
	}
	out := make([]T, n)
	for i := range out {
		out[i] = T(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return out
}

var littleEndian = func() bool { x := uint16(1); return *(*byte)(unsafe.Pointer(&x)) == 1 }()

func (d *decoder) plainBytes(b []byte, n int) error {
	v := d.v
	if d.leaf.means == decimal {
		return faultf("decimals of any length aren't read", "不支持不定长的 decimal")
	}
	for range n {
		if len(b) < 4 {
			return errShort
		}
		size := binary.LittleEndian.Uint32(b)
		if uint64(size) > uint64(len(b)-4) {
			return errShort
		}
		v.codes = append(v.codes, d.code(b[4:4+size]))
		b = b[4+size:]
	}
	return nil
}

// add takes one value of physFixed.
func (d *decoder) add(b []byte) {
	d.v.codes = append(d.v.codes, d.code(b))
}

// code gives a string a code. Where a writer made no dictionary of a column of
// ids, looking for each would cost more than merging it once more.
func (d *decoder) code(b []byte) uint32 {
	if d.unique {
		return d.v.dict.Append(b)
	}
	return d.v.dict.CodeBytes(b)
}

// deltaBytes reads DELTA_LENGTH_BYTE_ARRAY and, with prefixes,
// DELTA_BYTE_ARRAY, in which a value can begin as the one before it does. What
// such prefixes may unfold to is bounded like a page.
func (d *decoder) deltaBytes(b []byte, n int, prefixes bool) error {
	var shared []int64
	var ok bool
	if prefixes {
		shared = make([]int64, n)
		if b, ok = deltaInts(shared, b); !ok {
			return errShort
		}
	}
	lengths := make([]int64, n)
	if b, ok = deltaInts(lengths, b); !ok {
		return errShort
	}
	var value []byte
	total := int64(0)
	for i, l := range lengths {
		keep := int64(0)
		if prefixes {
			keep = shared[i]
		}
		if l < 0 || l > int64(len(b)) || keep < 0 || keep > int64(len(value)) {
			return errShort
		}
		if total += keep + l; total > maxPage {
			return &fault{faultf("a page unfolds to more than %d bytes", "页展开后超过 %d 字节", maxPage).what, true}
		}
		value = append(value[:keep], b[:l]...)
		b = b[l:]
		if d.leaf.phys == physFixed && len(value) != int(d.leaf.length) {
			return errShort
		}
		d.add(value)
	}
	return nil
}

// julian reads INT96: nanoseconds of the day and a Julian day, as microseconds
// since 1970 in UTC, which is what Spark, Hive and Impala write.
func julian(b []byte) int64 {
	const epoch = 2440588
	ns := int64(binary.LittleEndian.Uint64(b))
	day := int64(binary.LittleEndian.Uint32(b[8:]))
	return (day-epoch)*86_400_000_000 + ns/1000
}

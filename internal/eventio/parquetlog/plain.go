package parquetlog

import (
	"encoding/binary"
	"math"
	"slices"
	"unsafe"
)

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
	d.v.nums = slices.Grow(d.v.nums, n)[:at+n]
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
	dst = slices.Grow(dst, len(index))[:at+len(index)]
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
		if size == 0 { // a value, for AppendCode a missing one
			v.codes = append(v.codes, v.dict.CodeBytes(nil))
		} else {
			v.codes = v.dict.AppendCode(v.codes, b[4:4+size])
		}
		b = b[4+size:]
	}
	v.dict.Settle(v.codes)
	return nil
}

// add takes one value.
func (d *decoder) add(b []byte) {
	d.v.codes = append(d.v.codes, d.v.dict.CodeBytes(b))
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

package parquetlog

import (
	"encoding/binary"
)

// The encodings of values.
const (
	encPlain, encPlainDict, encRLE, encBitPacked = 0, 2, 3, 4
	encDeltaInts, encDeltaLength, encDeltaBytes  = 5, 6, 7
	encDict, encSplit                            = 8, 9
)

// hybrid reads len(dst) numbers of width bits, run-length encoded or packed
// (the format's RLE/bit-packing hybrid), and says whether they were there.
func hybrid(dst []uint32, src []byte, width uint) bool {
	if width > 32 {
		return false
	}
	valueBytes := int(width+7) / 8
	mask := uint64(1)<<width - 1
	for o := 0; o < len(dst); {
		h, n := binary.Uvarint(src)
		if n <= 0 {
			return false
		}
		src = src[n:]
		if h&1 == 0 { // a run of one value
			if len(src) < valueBytes {
				return false
			}
			var v uint32
			for i := range valueBytes {
				v |= uint32(src[i]) << (8 * i)
			}
			src = src[valueBytes:]
			run := dst[o:min(uint64(len(dst)), uint64(o)+h>>1)]
			for i := range run {
				run[i] = v
			}
			o += len(run)
			continue
		}
		groups := h >> 1
		if groups > uint64(len(src)) && width > 0 {
			groups = uint64(len(src)) // cut short; what is missing is found below
		}
		size := int(groups) * int(width)
		count := int(min(groups*8, uint64(len(dst)-o)))
		if width == 0 {
			size, count = 0, int(min(h>>1*8, uint64(len(dst)-o)))
		}
		if need := (count*int(width) + 7) / 8; need > len(src) {
			return false
		}
		unpackBits(dst[o:o+count], src, width, mask)
		o += count
		src = src[min(size, len(src)):]
	}
	return true
}

// unpackBits reads len(dst) numbers of width bits, lowest bit first. src holds
// them all and may hold more.
func unpackBits(dst []uint32, src []byte, width uint, mask uint64) {
	bit := uint(0)
	i := 0
	for ; i < len(dst); i++ {
		p := bit >> 3
		if int(p)+8 > len(src) {
			break
		}
		dst[i] = uint32(binary.LittleEndian.Uint64(src[p:]) >> (bit & 7) & mask)
		bit += width
	}
	for ; i < len(dst); i++ {
		var last [8]byte
		copy(last[:], src[min(int(bit>>3), len(src)):])
		dst[i] = uint32(binary.LittleEndian.Uint64(last[:]) >> (bit & 7) & mask)
		bit += width
	}
}

// deltaInts reads DELTA_BINARY_PACKED: exactly want numbers, and what follows
// them.
func deltaInts(dst []int64, src []byte) (rest []byte, ok bool) {
	c := &compact{b: src}
	block, minis, total := c.uvarint(), c.uvarint(), c.uvarint()
	value := c.int()
	if c.bad || total != uint64(len(dst)) || minis == 0 || block == 0 || block > 1<<20 || minis > block || block%minis != 0 || block/minis%8 != 0 {
		return nil, false
	}
	if len(dst) == 0 {
		return src[c.i:], true
	}
	dst[0] = value
	per := int(block / minis)
	for o := 1; o < len(dst); {
		least := c.int()
		if c.bad || int(minis) > len(src)-c.i {
			return nil, false
		}
		widths := src[c.i : c.i+int(minis)]
		c.i += int(minis)
		for _, width := range widths {
			if o >= len(dst) {
				break
			}
			if width > 64 || per*int(width)/8 > len(src)-c.i {
				return nil, false
			}
			n := min(per, len(dst)-o)
			packed := src[c.i : c.i+per*int(width)/8]
			for k := range n {
				value += least + int64(bitsAt(packed, uint(k)*uint(width), uint(width)))
				dst[o+k] = value
			}
			o += n
			c.i += len(packed)
		}
	}
	return src[c.i:], true
}

// bitsAt is the number of width ≤ 64 bits that begins at a bit of b.
func bitsAt(b []byte, bit, width uint) uint64 {
	if width == 0 {
		return 0
	}
	var buf [16]byte
	p := bit >> 3
	copy(buf[:], b[p:])
	v := binary.LittleEndian.Uint64(buf[:]) >> (bit & 7)
	if s := bit & 7; s+width > 64 {
		v |= binary.LittleEndian.Uint64(buf[8:]) << (64 - s)
	}
	if width < 64 {
		v &= 1<<width - 1
	}
	return v
}

// unsplit undoes BYTE_STREAM_SPLIT for values of size bytes.
func unsplit(src []byte, size int) []byte {
	n := len(src) / size
	out := make([]byte, n*size)
	for k := range size {
		for i, v := range src[k*n : k*n+n] {
			out[i*size+k] = v
		}
	}
	return out
}

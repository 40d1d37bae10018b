package parquetlog

import (
	"bytes"
	"hash/crc32"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"plumbline/internal/errs"
)

// fault is what is wrong inside a column chunk; whoever knows the column and
// the row group makes an error of it.
type fault struct {
	what  errs.Text
	limit bool
}

func (f *fault) Error() string { return f.what.En }

func faultf(en, zh string, args ...any) *fault { return &fault{what: errs.Tf(en, zh, args...)} }

var errShort = faultf("a page holds fewer values than it claims", "页中的值少于其声称的数量")

// The kinds of page.
const (
	pageData, pageIndex, pageDict, pageData2 = 0, 1, 2, 3
)

// page is a page's header. Sizes are checked when it is read.
type page struct {
	kind             int64
	packed, unpacked int64
	crc              int64
	hasCRC           bool
	values           int64
	encoding         int64
	defs             int64 // encoding of the levels (version 1)
	repLen, defLen   int64 // bytes of levels, which version 2 leaves unpacked
	stored           bool  // version 2: the values aren't compressed
	size             int   // of the header itself
}

// readPage reads a page's header; left is what the chunk still holds.
func readPage(left []byte) (page, error) {
	c := &compact{b: left}
	p := page{kind: -1, defs: 3}
	data := func(id int16, typ byte) bool { // version 1, and a dictionary's
		switch {
		case id == 1 && typ == tI32:
			p.values = c.int()
		case id == 2 && typ == tI32:
			p.encoding = c.int()
		case id == 3 && typ == tI32:
			p.defs = c.int()
		default:
			return false
		}
		return true
	}
	data2 := func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == tI32:
			p.values = c.int()
		case id == 4 && typ == tI32:
			p.encoding = c.int()
		case id == 5 && typ == tI32:
			p.defLen = c.int()
		case id == 6 && typ == tI32:
			p.repLen = c.int()
		case id == 7:
			p.stored = typ == tFalse
		default:
			return false
		}
		return true
	}
	c.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == tI32:
			p.kind = c.int()
		case id == 2 && typ == tI32:
			p.unpacked = c.int()
		case id == 3 && typ == tI32:
			p.packed = c.int()
		case id == 4 && typ == tI32:
			p.crc, p.hasCRC = c.int(), true
		case (id == 5 || id == 7) && typ == tStruct:
			c.fields(data)
		case id == 8 && typ == tStruct:
			c.fields(data2)
		default:
			return false
		}
		return true
	})
	p.size = c.i
	switch {
	case c.bad:
		return p, faultf("a page's header can't be read", "无法读取页头")
	case p.packed < 0 || p.unpacked < 0 || p.values < 0 || p.repLen < 0 || p.defLen < 0 || p.packed > int64(len(left)-p.size):
		return p, faultf("a page claims %d bytes, of which %d are there", "页声称有 %d 字节，实际只有 %d 字节", p.packed, len(left)-p.size)
	case p.unpacked > maxPage:
		return p, &fault{errs.Tf("a page claims %d bytes unpacked; at most %d are read", "页声称解压后有 %d 字节；最多读取 %d 字节", p.unpacked, maxPage), true}
	case p.kind == pageData2 && p.repLen+p.defLen > p.packed:
		return p, faultf("a page's levels are longer than the page", "页的层级数据比页本身还长")
	}
	return p, nil
}

// check holds the page's bytes against the checksum that its writer left.
func (p *page) check(body []byte) error {
	if p.hasCRC && uint32(p.crc) != crc32.ChecksumIEEE(body) {
		return faultf("a page's checksum doesn't fit its bytes: the file was damaged", "页的校验和不符：文件已损坏")
	}
	return nil
}

// unpacker unpacks pages into one buffer that it keeps.
type unpacker struct {
	buf  []byte
	zstd *zstd.Decoder
}

// The compression codecs.
const (
	codecNone, codecSnappy, codecGzip, codecBrotli, codecZstd, codecLZ4 = 0, 1, 2, 4, 6, 7
)

var codecNames = [...]string{"none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw"}

// unpack gives the size bytes that src unpacks to, valid until the next call.
// No codec writes more than was claimed, and the claim was checked.
func (u *unpacker) unpack(codec int8, src []byte, size int64) ([]byte, error) {
	if codec == codecNone {
		return src, nil
	}
	if int64(cap(u.buf)) < size {
		u.buf = make([]byte, max(size, min(2*int64(cap(u.buf)), 1<<20)))
	}
	dst := u.buf[:size]
	var err error
	n := -1
	switch codec {
	case codecSnappy:
		if n, err = snappy.DecodedLen(src); err == nil && int64(n) == size {
			_, err = snappy.Decode(dst, src)
		}
	case codecZstd:
		if u.zstd == nil {
			u.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(maxPage))
			if err != nil {
				return nil, err
			}
		}
		var out []byte
		out, err = u.zstd.DecodeAll(src, dst[:0:size])
		n = len(out)
	case codecGzip:
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(src)); err == nil {
			n, err = io.ReadFull(z, dst)
		}
	case codecBrotli:
		n, err = io.ReadFull(brotli.NewReader(bytes.NewReader(src)), dst)
	case codecLZ4:
		n, err = lz4.UncompressBlock(src, dst)
	default:
		name := "?"
		if codec >= 0 && int(codec) < len(codecNames) {
			name = codecNames[codec]
		}
		return nil, faultf("its compression (%s, code %d) isn't one that is read; expected none, snappy, gzip, zstd, brotli or lz4_raw",
			"压缩方式（%s，代码 %d）不受支持；应为 none、snappy、gzip、zstd、brotli 或 lz4_raw", name, codec)
	}
	if err != nil {
		return nil, faultf("a page can't be unpacked: %v", "页无法解压：%v", err)
	}
	if int64(n) != size {
		return nil, faultf("a page unpacks to %d bytes where it claims %d", "页解压后为 %d 字节，而声称为 %d 字节", n, size)
	}
	return dst, nil
}

package parquetlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"pgregory.net/rapid"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// craft makes a file of three columns that say what a test wants them to say:
// the footer's claims, and the bytes of the first column's pages.
func craft(t *testing.T, rows int64, codec format.CompressionCodec, pages []byte, claim func(*format.FileMetaData)) []byte {
	null := func(n int32) thrift.Null[int32] { return thrift.Null[int32]{V: n, Valid: true} }
	byteArray := thrift.Null[format.Type]{V: format.ByteArray, Valid: true}
	long := thrift.Null[format.Type]{V: format.Int64, Valid: true}
	m := format.FileMetaData{Version: 1, NumRows: rows, Schema: []format.SchemaElement{
		{Name: "log", NumChildren: null(3)},
		{Name: "case_id", Type: byteArray},
		{Name: "activity", Type: byteArray},
		{Name: "ts", Type: long, ConvertedType: thrift.Null[deprecated.ConvertedType]{V: deprecated.TimestampMicros, Valid: true}},
	}}
	g := format.RowGroup{NumRows: rows}
	for i, name := range []string{"case_id", "activity", "ts"} {
		typ := format.ByteArray
		if i == 2 {
			typ = format.Int64
		}
		g.Columns = append(g.Columns, format.ColumnChunk{MetaData: format.ColumnMetaData{Type: typ, Codec: codec, PathInSchema: []string{name},
			Encoding: []format.Encoding{format.Plain}, NumValues: rows, TotalCompressedSize: int64(len(pages)), DataPageOffset: 4}})
	}
	m.RowGroups = []format.RowGroup{g}
	if claim != nil {
		claim(&m)
	}
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &m)
	if err != nil {
		t.Fatal(err)
	}
	f := append([]byte("PAR1"), pages...)
	f = append(f, footer...)
	f = binary.LittleEndian.AppendUint32(f, uint32(len(footer)))
	return append(f, "PAR1"...)
}

func pageOf(t *testing.T, h format.PageHeader, body []byte) []byte {
	h.CompressedPageSize = int32(len(body))
	b, err := thrift.Marshal(new(thrift.CompactProtocol), &h)
	if err != nil {
		t.Fatal(err)
	}
	return append(b, body...)
}

func dataPage(values, unpacked int32, enc format.Encoding) format.PageHeader {
	return format.PageHeader{Type: format.DataPage, UncompressedPageSize: unpacked,
		DataPageHeader: thrift.Null[format.DataPageHeader]{Valid: true, V: format.DataPageHeader{NumValues: values, Encoding: enc,
			DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE}}}
}

// A file that lies, ends early or unfolds without end is refused, with its
// reason, and costs no more than the bound.
func TestRefused(t *testing.T) {
	good := file(t, "a-snappy-1.0.parquet")
	enc, _ := zstd.NewWriter(nil)
	bomb := enc.EncodeAll(make([]byte, 64<<20), nil)
	deep := append(bytes.Repeat([]byte{0x1c}, 1<<20), 0) // a million structs, one in the other
	lists := bytes.Repeat([]byte{0x29, 0xfc}, 1<<20)     // lists that claim what isn't there
	damaged := bytes.Clone(good)
	for i := 60; i < 200; i++ {
		damaged[i] ^= 0x55
	}
	for _, c := range []struct {
		name string
		file []byte
		code errs.Code
		want string
	}{
		{"empty", nil, errs.Input, "the file has 0 bytes; a Parquet file has at least 12"},
		{"CSV", []byte("case_id,activity,ts\n1,a,2024-01-01\n"), errs.Input, `not a Parquet file: it begins with "case"`},
		{"cut", good[:len(good)-100], errs.Input, "the file ends early"},
		{"encrypted", []byte("PARE........PARE"), errs.Input, "the file is encrypted"},
		{"footer longer than the file", []byte("PAR1\xff\xff\xff\x7fPAR1"), errs.Input, "the footer is said to be 2147483647 bytes long"},
		{"deep footer", tail(deep), errs.Input, "the footer can't be read"},
		{"lists of lists", tail(lists), errs.Input, "the footer can't be read"},
		{"damaged", damaged, errs.Input, `column "case:concept:name" of row group 1`},
		{"a trillion rows", craft(t, 1e12, format.Uncompressed, nil, nil), errs.Limit, "claim more than"},
		{"rows that aren't there", craft(t, 1000, format.Uncompressed, nil, nil), errs.Input, "it ends after 0 of 1000 values"},
		{"negative rows", craft(t, -1, format.Uncompressed, nil, nil), errs.Input, "fewer than no rows"},
		{"rows that don't add up", craft(t, 5, format.Uncompressed, nil, func(m *format.FileMetaData) { m.NumRows = 6 }), errs.Input, "the file says it has 6 rows, its row groups have 5"},
		{"outside the file", craft(t, 5, format.Uncompressed, nil, func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.DataPageOffset = 1 << 40 }), errs.Input, "outside the file"},
		{"a page of two gigabytes", craft(t, 5, format.Zstd, pageOf(t, dataPage(5, 1<<31-1, format.Plain), bomb[:100]), nil), errs.Limit, "2147483647 bytes unpacked"},
		{"a page that unfolds", craft(t, 5, format.Zstd, pageOf(t, dataPage(5, 100, format.Plain), bomb), nil), errs.Input, "can't be unpacked"},
		{"a page of fewer values", craft(t, 5, format.Uncompressed, pageOf(t, dataPage(5, 3, format.Plain), []byte{1, 0, 0}), nil), errs.Input, "fewer values than it claims"},
		{"more values than rows", craft(t, 5, format.Uncompressed, pageOf(t, dataPage(500, 4, format.Plain), []byte{0, 0, 0, 0}), nil), errs.Input, "more values than the 5 it claims"},
		{"a dictionary that isn't there", craft(t, 5, format.Uncompressed, pageOf(t, dataPage(5, 4, format.RLEDictionary), []byte{1, 10, 0}), nil), errs.Input, "dictionary that isn't there"},
		{"prefixes that unfold", prefixBomb(t), errs.Limit, "unfolds to more than"},
		{"unknown encoding", craft(t, 5, format.Uncompressed, pageOf(t, dataPage(5, 4, 77), []byte{0, 0, 0, 0}), nil), errs.Input, "unknown encoding 77"},
		{"unknown compression", craft(t, 5, format.LZO, pageOf(t, dataPage(5, 4, format.Plain), []byte{0, 0, 0, 0}), nil), errs.Input, "compression (lzo, code 3)"},
		{"no case", noCase(t), errs.Input, `no column is recognised as the case; there are "a", "concept:name", "ts"; name it: --map case=COLUMN`},
		{"two times", craft(t, 5, format.Uncompressed, nil, func(m *format.FileMetaData) { m.Schema[1].Name = "timestamp" }), errs.Input, `columns "timestamp", "ts" could each be the time; say which: --map time=timestamp`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := read(t, c.file, event.Options{})
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Fatal("accepted")
			}
			e := (*errs.Error)(nil)
			if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(e.In(errs.En), c.want) || e.What.Zh == "" || e.Place.File != "log.parquet" {
				t.Errorf("code %v: %v\nwant %q", errs.CodeOf(err), err, c.want)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 400<<20 {
				t.Errorf("took %d MB", used>>20)
			}
		})
	}
}

// tail makes a file that is a footer alone.
func tail(footer []byte) []byte {
	f := append([]byte("PAR1"), footer...)
	f = binary.LittleEndian.AppendUint32(f, uint32(len(footer)))
	return append(f, "PAR1"...)
}

// prefixBomb is a page of 20,000 values that each begin as the one of 1 MB
// before: 20 GB in 1 MB.
func prefixBomb(t *testing.T) []byte {
	const n, long = 20000, 1 << 20
	prefixes, lengths := make([]int32, n), make([]int32, n)
	for i := 1; i < n; i++ {
		prefixes[i] = long
	}
	lengths[0] = long
	a, _ := parquet.DeltaBinaryPacked.EncodeInt32(nil, prefixes)
	b, _ := parquet.DeltaBinaryPacked.EncodeInt32(nil, lengths)
	body := append(append(bytes.Clone(a), b...), bytes.Repeat([]byte("x"), long)...)
	return craft(t, n, format.Uncompressed, pageOf(t, dataPage(n, int32(len(body)), format.DeltaByteArray), body), nil)
}

func noCase(t *testing.T) []byte {
	return craft(t, 5, format.Uncompressed, nil, func(m *format.FileMetaData) { m.Schema[1].Name, m.Schema[2].Name = "a", "concept:name" })
}

// Our decoders of run-length and delta encodings read what another
// implementation writes.
func TestEncodings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.UintRange(0, 32).Draw(t, "width")
		runs := rapid.SliceOfN(rapid.Uint32(), 1, 30).Draw(t, "values")
		var values []int32
		for _, v := range runs {
			v &= uint32(uint64(1)<<width - 1)
			for range rapid.IntRange(1, 40).Draw(t, "times") {
				values = append(values, int32(v))
			}
		}
		enc := parquet.RLEDictionary
		packed, err := enc.EncodeInt32(nil, values)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]uint32, len(values))
		if !hybrid(got, packed[1:], uint(packed[0])) {
			t.Fatal("not read")
		}
		for i := range values {
			if got[i] != uint32(values[i]) {
				t.Fatalf("value %d: %d became %d", i, values[i], got[i])
			}
		}

		long := rapid.SliceOf(rapid.Int64()).Draw(t, "long")
		if packed, err = parquet.DeltaBinaryPacked.EncodeInt64(nil, long); err != nil {
			t.Fatal(err)
		}
		back := make([]int64, len(long))
		if _, ok := deltaInts(back, packed); !ok {
			t.Fatal("deltas not read")
		}
		for i := range long {
			if back[i] != long[i] {
				t.Fatalf("delta %d: %d became %d", i, long[i], back[i])
			}
		}
	})
}

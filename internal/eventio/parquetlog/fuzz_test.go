package parquetlog

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

func file(t testing.TB, name string) []byte {
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzRead: whatever the bytes, there is a log or an error for a person.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"a-none-1.0", "a-snappy-1.0", "a-zstd-2.0", "delta", "int96", "nested", "text"} {
		f.Add(file(f, name+".parquet"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Rome")})
		err := Read(bytes.NewReader(data), int64(len(data)), b, eventio.Read{File: "x", Bad: &eventio.Bad{Allowed: 3}})
		if err == nil {
			if _, err := b.Finish(); err != nil && !errors.As(err, new(*event.ConflictError)) {
				t.Fatal(err)
			}
			return
		}
		e := (*errs.Error)(nil)
		if !errors.As(err, &e) || e.Code == errs.Internal || e.What.Zh == "" {
			t.Fatalf("%#v", err)
		}
	})
}

// FuzzPages: whatever the bytes of a chunk, it gives values or a fault, for
// every type of column.
func FuzzPages(f *testing.F) {
	// A page header of thrift, as another implementation writes it: kind 0, 12
	// bytes unpacked and packed, 2 values, plain, levels run-length encoded.
	page := []byte{0x15, 0x00, 0x15, 0x18, 0x15, 0x18, 0x2c, 0x15, 0x04, 0x15, 0x00, 0x15, 0x06, 0x15, 0x00, 0x00, 0x00}
	page = append(page, 2, 0, 0, 0, 4, 1, 1, 0, 0, 0, 'x', 0)
	for shape := range byte(32) {
		f.Add(page, shape, uint16(2))
	}
	f.Fuzz(func(t *testing.T, raw []byte, shape byte, values uint16) {
		l := leaf{element: element{phys: int8(shape & 7), length: 5}}
		if shape&8 != 0 {
			l.maxDef = 1
		}
		if shape&16 != 0 {
			l.maxRep, l.maxDef, l.listDef = 1, 3, 2
		}
		k := &chunk{codec: int8(shape >> 5), values: int64(values)}
		rows := int(values)
		v := &vector{dict: event.NewBatchDict()}
		if err := new(decoder).decode(&l, k, rows, raw, v); err != nil {
			if fa := (*fault)(nil); !errors.As(err, &fa) {
				t.Fatalf("%#v", err)
			}
			return
		}
		if v.offs == nil && (v.n != rows || max(len(v.codes), len(v.nums), len(v.floats)) != rows) || v.has != nil && len(v.has) != v.n {
			t.Fatalf("%d values, has %d, codes %d, nums %d, floats %d; want %d", v.n, len(v.has), len(v.codes), len(v.nums), len(v.floats), rows)
		}
	})
}

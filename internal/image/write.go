// Package image keeps tables in a file as they lie in memory, so that a long
// record need not be folded anew at every start.
//
// A file is sections, each the elements of one slice without pointers, and at its
// end a directory of them with checksums. [Open] checks them all, then maps the
// file: what nobody looks at takes no memory, and what is written goes to pages of
// this process alone, never to the file. Behind each section that grows lies room
// in the address space, so that the first append to a long column copies nothing.
// Where a system can't do that, and in tests ([Read]), sections are read into
// ordinary slices; whoever uses them can't tell.
//
// An image is a cache. It is of one kind of machine and of one form; anything else
// is refused, and the record is folded anew.
package image

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"reflect"
	"unsafe"
)

const (
	magic     = 0x31474d494c504d49 // also tells the order of bytes
	footSize  = 40
	chunkSize = 8 << 20 // of a checksum
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// entry is a section in the directory.
type entry struct {
	Name  string
	Elem  int // bytes of an element
	At    int64
	Bytes int64
	Grows bool
	Sums  []uint32 // of each chunk
}

// Writer writes an image from its beginning to its end. The first error stays, and
// [Writer.Finish] gives it.
type Writer struct {
	w    io.Writer
	at   int64
	list []entry
	err  error
}

// NewWriter starts an image.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Slice writes a section of elements without pointers. One that grows gets room
// behind it when it is mapped.
func Slice[T any](w *Writer, name string, s []T, grows bool) {
	Slices(w, name, func(yield func([]T) bool) { yield(s) }, grows)
}

// Slices writes several slices as one section.
func Slices[T any](w *Writer, name string, parts iter.Seq[[]T], grows bool) {
	typ := reflect.TypeFor[T]()
	if !plain(typ) && w.err == nil {
		w.err = fmt.Errorf("image, %s: %v has pointers, which mean nothing in a file", name, typ)
	}
	w.begin(name, int(typ.Size()), grows)
	for s := range parts {
		if w.err != nil {
			return
		}
		w.add(raw(s))
	}
}

// plain says that a type has no pointers.
func plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if !plain(t.Field(i).Type) {
				return false
			}
		}
		return true
	case reflect.Array:
		return plain(t.Elem())
	}
	return t.Kind() >= reflect.Bool && t.Kind() <= reflect.Complex128 && t.Kind() != reflect.Uintptr
}

// Value writes a small section of anything that gob can write.
func Value(w *Writer, name string, v any) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(v); err != nil && w.err == nil {
		w.err = fmt.Errorf("image, %s: %w", name, err)
	}
	Slice(w, name, b.Bytes(), false)
}

// raw is the memory of a slice.
func raw[T any](s []T) []byte {
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(one)))
}

func (w *Writer) begin(name string, elem int, grows bool) {
	w.pad()
	w.list = append(w.list, entry{Name: name, Elem: elem, At: w.at, Grows: grows})
}

// pad goes on at the next page, where a section can be mapped.
func (w *Writer) pad() {
	if n := int64(os.Getpagesize()); w.at%n != 0 {
		w.write(make([]byte, n-w.at%n))
	}
}

// add writes more of the section that was begun last.
func (w *Writer) add(b []byte) {
	e := &w.list[len(w.list)-1]
	for len(b) > 0 {
		used := e.Bytes % chunkSize
		if used == 0 {
			e.Sums = append(e.Sums, 0)
		}
		n := min(int64(len(b)), chunkSize-used)
		sum := &e.Sums[len(e.Sums)-1]
		*sum = crc32.Update(*sum, castagnoli, b[:n])
		w.write(b[:n])
		e.Bytes += n
		b = b[n:]
	}
}

func (w *Writer) write(b []byte) {
	if w.err != nil {
		return
	}
	n, err := w.w.Write(b)
	w.at += int64(n)
	w.err = err
}

// Finish writes the directory.
func (w *Writer) Finish() error {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(w.list); err != nil && w.err == nil {
		w.err = err
	}
	at := w.at
	w.write(b.Bytes())
	foot := make([]byte, 0, footSize)
	foot = binary.NativeEndian.AppendUint64(foot, magic)
	foot = binary.NativeEndian.AppendUint64(foot, uint64(os.Getpagesize()))
	foot = binary.NativeEndian.AppendUint64(foot, uint64(at))
	foot = binary.NativeEndian.AppendUint64(foot, uint64(b.Len()))
	foot = binary.NativeEndian.AppendUint32(foot, crc32.Checksum(b.Bytes(), castagnoli))
	foot = binary.NativeEndian.AppendUint32(foot, crc32.Checksum(foot, castagnoli))
	w.write(foot)
	return w.err
}

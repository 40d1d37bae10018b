package image

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// File is an image that was found whole.
type File struct {
	from     io.ReaderAt
	sections map[string]*entry
	list     []entry
	mapped   mapping // empty where sections are read
	err      error
}

// Open checks a file and maps it. Where others are to go first, giveWay is called
// after each piece that was checked, and one core does it; else giveWay is nil.
func Open(name string, giveWay func()) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	im, err := check(f, info.Size(), giveWay)
	if err != nil {
		return nil, err
	}
	im.from = nil
	if err := im.mapFile(f); err != nil { // no such room in the address space, say: then sections are read
		if im.from, err = os.Open(name); err != nil {
			return nil, err
		}
	}
	return im, nil
}

// Read is an image that lies in memory. Its sections are copied out of it.
func Read(b []byte) (*File, error) { return check(bytes.NewReader(b), int64(len(b)), nil) }

func check(r io.ReaderAt, size int64, giveWay func()) (*File, error) {
	foot := make([]byte, footSize)
	if size < footSize {
		return nil, errors.New("it has no end")
	}
	if _, err := r.ReadAt(foot, size-footSize); err != nil {
		return nil, err
	}
	n := binary.NativeEndian
	switch {
	case n.Uint64(foot) != magic:
		return nil, errors.New("it is no image of this kind of machine, or has no end")
	case n.Uint32(foot[36:]) != crc32.Checksum(foot[:36], castagnoli):
		return nil, errors.New("its end is damaged")
	case n.Uint64(foot[8:])%uint64(os.Getpagesize()) != 0:
		return nil, errors.New("it is of a machine with other pages")
	}
	at, length := int64(n.Uint64(foot[16:])), int64(n.Uint64(foot[24:]))
	if at < 0 || length < 0 || at > size-footSize-length {
		return nil, errors.New("its directory lies outside of it")
	}
	dir := make([]byte, length)
	if _, err := r.ReadAt(dir, at); err != nil {
		return nil, err
	}
	if n.Uint32(foot[32:]) != crc32.Checksum(dir, castagnoli) {
		return nil, errors.New("its directory is damaged")
	}
	im := &File{from: r, sections: map[string]*entry{}}
	if err := gob.NewDecoder(bytes.NewReader(dir)).Decode(&im.list); err != nil {
		return nil, err
	}
	for i := range im.list {
		im.sections[im.list[i].Name] = &im.list[i]
	}
	return im, im.sums(r, giveWay)
}

// sums holds every chunk against its checksum, on all cores. It reads instead of
// looking at what is mapped: pages that are looked at count as this process's.
func (im *File) sums(r io.ReaderAt, giveWay func()) error {
	type chunk struct {
		e *entry
		i int
	}
	var all []chunk
	for i := range im.list {
		for c := range im.list[i].Sums {
			all = append(all, chunk{&im.list[i], c})
		}
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	if giveWay != nil {
		workers = 1
	}
	errs := make([]error, min(len(all), workers))
	for i := range errs {
		wg.Go(func() {
			buf := make([]byte, 256<<10)
			for errs[i] == nil {
				c := int(next.Add(1)) - 1
				if c >= len(all) {
					return
				}
				errs[i] = all[c].e.sum(r, all[c].i, buf)
				if giveWay != nil {
					giveWay()
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (e *entry) sum(r io.ReaderAt, i int, buf []byte) error {
	at, end := int64(i)*chunkSize, min(int64(i+1)*chunkSize, e.Bytes)
	sum := uint32(0)
	for at < end {
		b := buf[:min(int64(len(buf)), end-at)]
		if _, err := r.ReadAt(b, e.At+at); err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
		sum = crc32.Update(sum, castagnoli, b)
		at += int64(len(b))
	}
	if sum != e.Sums[i] {
		return fmt.Errorf("%s is damaged", e.Name)
	}
	return nil
}

// Err is what went wrong when sections were asked for.
func (im *File) Err() error { return im.err }

func (im *File) failed(err error) {
	if im.err == nil {
		im.err = err
	}
}

// Section is the elements of a section, nil where there is none of that name.
func Section[T any](im *File, name string) []T {
	var one T
	elem := int(unsafe.Sizeof(one))
	e := im.sections[name]
	switch {
	case e == nil:
		return nil
	case e.Elem != elem:
		im.failed(fmt.Errorf("%s has elements of %d bytes, not %d", name, e.Elem, elem))
		return nil
	}
	n := int(e.Bytes) / elem
	if p, room := im.mapped.of(name); p != nil {
		return unsafe.Slice((*T)(p), room/elem)[:n]
	}
	s := make([]T, n)
	if n > 0 {
		if _, err := im.from.ReadAt(raw(s), e.At); err != nil {
			im.failed(err)
		}
	}
	return s
}

// Get reads what [Value] wrote.
func Get(im *File, name string, v any) {
	if err := gob.NewDecoder(bytes.NewReader(Section[byte](im, name))).Decode(v); err != nil {
		im.failed(fmt.Errorf("%s: %w", name, err))
	}
}

// Close gives everything back. Nothing that came out of a section may be used
// afterwards.
func (im *File) Close() error {
	err := im.mapped.close()
	if c, ok := im.from.(io.Closer); ok {
		err = errors.Join(err, c.Close())
	}
	return err
}

// Leave gives back the memory of all sections but those of bytes: a string that was
// given out may be used for longer than the tables that it came from.
func (im *File) Leave() {
	for i := range im.list {
		if e := &im.list[i]; e.Elem > 1 {
			im.mapped.leave(e.Name)
		}
	}
}

package event

import (
	"iter"
	"sync"
	"unsafe"

	"plumbline/internal/clock"
	"plumbline/internal/hugepage"
	"plumbline/internal/image"
)

// logHead is what of a log is no table.
type logHead struct {
	Origin   string
	Repeated int
	Partial  bool
	Columns  []columnHead
}

type columnHead struct {
	Name     string
	Declared Kind
	Mistyped int
	Seen     uint8
}

// blockHead is a block of a column: how many elements it has in the tables.
type blockHead struct {
	column, at               uint32
	rows, vals, kinds, words uint32
	kind                     Kind
	sparse                   bool
}

// Save writes the log as it lies in memory, for [LoadBuilder]. It is for a log to
// which events are added one by one.
func (l *Log) Save(w *image.Writer) {
	h := logHead{Origin: l.Origin, Repeated: l.Repeated, Partial: l.Partial}
	for _, c := range l.Attrs {
		h.Columns = append(h.Columns, columnHead{c.Name, c.Declared, c.Mistyped, c.seen})
	}
	image.Value(w, "log", h)
	l.Types.save(w, "types")
	l.Strings.save(w, "strings")
	l.Objects.Types.save(w, "object types")
	l.Objects.name.save(w, "objects")
	image.Slice(w, "types of objects", l.Objects.typ, true)
	image.Slice(w, "time", l.Time, true)
	image.Slice(w, "type", l.Type, true)
	saveColumn(w, "actor", l.Actor)
	saveColumn(w, "unit", l.Unit)
	saveColumn(w, "recorded", l.Recorded)
	saveColumn(w, "received", l.Received)
	saveColumn(w, "seq", l.Seq)
	saveColumn(w, "source", l.Source)
	saveColumn(w, "single", l.single)
	saveColumn(w, "offsets", l.offsets)
	saveColumn(w, "links", l.links)
	saveColumn(w, "ends of ids", l.idOff)
	saveColumn(w, "ids", l.idBytes)
	for _, m := range []struct {
		name string
		of   *Bitmap
	}{{"on day", l.OnDay}, {"recorded on day", l.RecordedOnDay}, {"dead", l.Dead}} {
		if m.of != nil {
			image.Slice(w, m.name, m.of.words, true)
		}
	}
	image.Value(w, "alias", l.alias)
	l.saveBlocks(w)
	l.saveLists(w)
	l.saveSets(w)
}

// saveColumn writes a column that is nil where no event fills it.
func saveColumn[T any](w *image.Writer, name string, s []T) {
	if s != nil {
		image.Slice(w, name, s, true)
	}
}

// blocks are those of all columns that are there.
func (l *Log) blocks() iter.Seq2[blockHead, *block] {
	return func(yield func(blockHead, *block) bool) {
		for i, c := range l.Attrs {
			for at, b := range c.blocks {
				if b == nil {
					continue
				}
				h := blockHead{uint32(i), uint32(at), uint32(len(b.rows)), uint32(len(b.vals)), uint32(len(b.kinds)), uint32(len(b.has)), b.kind, b.rows != nil}
				if !yield(h, b) {
					return
				}
			}
		}
	}
}

func (l *Log) saveBlocks(w *image.Writer) {
	var heads []blockHead
	for h := range l.blocks() {
		heads = append(heads, h)
	}
	image.Slice(w, "blocks", heads, false)
	image.Slices(w, "block rows", parts(l, func(b *block) []uint16 { return b.rows }), false)
	image.Slices(w, "block values", parts(l, func(b *block) []uint64 { return b.vals }), false)
	image.Slices(w, "block kinds", parts(l, func(b *block) []Kind { return b.kinds }), false)
	image.Slices(w, "block bits", parts(l, func(b *block) []uint64 { return b.has }), false)
}

func parts[T any](l *Log, of func(*block) []T) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for _, b := range l.blocks() {
			if !yield(of(b)) {
				return
			}
		}
	}
}

func (l *Log) saveLists(w *image.Writer) {
	if l.Lists == nil {
		return
	}
	lengths := make([]uint32, len(l.Lists))
	var all []string
	for i, list := range l.Lists {
		lengths[i] = uint32(len(list))
		all = append(all, list...)
	}
	image.Slice(w, "lists", lengths, false)
	saveNames(w, "list items", all)
}

func (l *Log) saveSets(w *image.Writer) {
	if len(l.sets.own) == 0 && len(l.sets.all) == 0 {
		return
	}
	first := make([]uint32, 1, l.Objects.Len()+2)
	for o := range ObjectID(l.Objects.Len() + 1) {
		first = append(first, first[o]+uint32(len(l.sets.of(o))))
	}
	image.Slice(w, "set objects", first, false)
	image.Slices(w, "sets", func(yield func([]objectSet) bool) {
		for o := range ObjectID(l.Objects.Len() + 1) {
			if list := l.sets.of(o); len(list) > 0 && !yield(list) {
				return
			}
		}
	}, false)
}

// save writes the names of a dictionary. Its table is made anew: hashes are of one
// process.
func (d *Dict) save(w *image.Writer, name string) { saveNames(w, name, d.names) }

func saveNames(w *image.Writer, name string, names []string) {
	ends, end := make([]uint64, len(names)), uint64(0)
	for i, s := range names {
		end += uint64(len(s))
		ends[i] = end
	}
	image.Slice(w, name+" ends", ends, false)
	image.Slices(w, name, func(yield func([]byte) bool) {
		buf := make([]byte, 0, 1<<16)
		for _, s := range names {
			if len(buf)+len(s) > cap(buf) {
				if !yield(buf) {
					return
				}
				buf = buf[:0]
			}
			buf = append(buf, s...)
		}
		yield(buf)
	}, false)
}

// LoadBuilder goes on with the log that an image holds, under the options under
// which it was made.
func LoadBuilder(im *image.File, opt Options) *Builder {
	b := NewBuilder(opt)
	l := b.log
	var h logHead
	image.Get(im, "log", &h)
	l.Origin, l.Repeated, l.Partial = h.Origin, h.Repeated, h.Partial
	l.Types, l.Objects.Types = loadDict(im, "types"), loadDict(im, "object types")
	strings, objects := loadNames(im, "strings"), loadNames(im, "objects")
	l.Objects.typ = image.Section[uint16](im, "types of objects")
	l.Time, l.Type = image.Section[clock.Instant](im, "time"), image.Section[uint16](im, "type")
	l.Actor, l.Unit = image.Section[uint32](im, "actor"), image.Section[uint32](im, "unit")
	l.Recorded, l.Received = image.Section[clock.Instant](im, "recorded"), image.Section[clock.Instant](im, "received")
	l.Seq, l.Source = image.Section[int64](im, "seq"), image.Section[uint32](im, "source")
	l.single, l.offsets, l.links = image.Section[ObjectID](im, "single"), image.Section[uint32](im, "offsets"), image.Section[Link](im, "links")
	l.idOff, l.idBytes = image.Section[uint32](im, "ends of ids"), image.Section[byte](im, "ids")
	l.OnDay, l.RecordedOnDay, l.Dead = loadBitmap(im, "on day"), loadBitmap(im, "recorded on day"), loadBitmap(im, "dead")
	image.Get(im, "alias", &l.alias)
	loadBlocks(im, b, h.Columns)
	l.loadLists(im)
	l.sets.first, l.sets.all = image.Section[uint32](im, "set objects"), image.Section[objectSet](im, "sets")
	if im.Err() != nil {
		return b
	}
	var wg sync.WaitGroup
	wg.Go(func() { l.Strings = dictOf(strings) })
	wg.Go(func() { l.Objects.fill(objects) })
	wg.Wait()
	return b
}

func loadBitmap(im *image.File, name string) *Bitmap {
	if words := image.Section[uint64](im, name); words != nil {
		return &Bitmap{words}
	}
	return nil
}

func loadBlocks(im *image.File, b *Builder, columns []columnHead) {
	l := b.log
	for i, h := range columns {
		l.Attrs = append(l.Attrs, &Column{Name: h.Name, Declared: h.Declared, Mistyped: h.Mistyped, seen: h.Seen})
		l.attrs[h.Name] = i
	}
	heads := image.Section[blockHead](im, "blocks")
	rows, vals := image.Section[uint16](im, "block rows"), image.Section[uint64](im, "block values")
	kinds, bits := image.Section[Kind](im, "block kinds"), image.Section[uint64](im, "block bits")
	if im.Err() != nil {
		return
	}
	all := make([]block, len(heads))
	for i, h := range heads {
		c := l.Attrs[h.column]
		for uint32(len(c.blocks)) <= h.at {
			c.blocks = append(c.blocks, nil)
		}
		k := &all[i]
		k.kind = h.kind
		k.rows, rows = cut(rows, h.rows)
		k.vals, vals = cut(vals, h.vals)
		k.kinds, kinds = cut(kinds, h.kinds)
		k.has, bits = cut(bits, h.words)
		if h.sparse && k.rows == nil {
			k.rows = []uint16{}
		}
		c.blocks[h.at] = k
	}
}

// cut takes the first n of a table; none is nil.
func cut[T any](s []T, n uint32) (first, rest []T) {
	if n == 0 {
		return nil, s
	}
	return s[:n:n], s[n:]
}

func (l *Log) loadLists(im *image.File) {
	lengths := image.Section[uint32](im, "lists")
	if lengths == nil {
		return
	}
	items := loadNames(im, "list items")
	if im.Err() != nil {
		return
	}
	l.Lists = make([][]string, len(lengths))
	for i, n := range lengths {
		if l.Lists[i], items = cut(items, n); n == 0 {
			l.Lists[i] = []string{}
		}
	}
}

// withMore is for how many names there is room where there are n. A table of millions
// that gets twice as large, in the midst of a burst, takes a third of a second, in which
// nothing is judged.
func withMore(n int) int { return n + n/2 + 16 }

// loadNames gives strings that lie in the image itself.
func loadNames(im *image.File, name string) []string {
	ends, text := image.Section[uint64](im, name+" ends"), image.Section[byte](im, name)
	names := hugepage.Make[string](len(ends), withMore(len(ends)))
	at := uint64(0)
	for i, end := range ends {
		if end > at {
			names[i] = unsafe.String(&text[at], end-at)
		}
		at = end
	}
	return names
}

func loadDict(im *image.File, name string) *Dict { return dictOf(loadNames(im, name)) }

// dictOf is a dictionary with these names, the first of which stands for none.
func dictOf(names []string) *Dict {
	if len(names) == 0 {
		return NewDict()
	}
	d := &Dict{names: names, slots: slotsFor(withMore(len(names)))}
	fillSlots(d.slots, len(names), func(code uint32) uint32 { return dictHash(stringBytes(names[code])) })
	return d
}

// fill gives the objects their names.
func (o *Objects) fill(names []string) {
	o.name.names, o.slots = names, slotsFor(withMore(len(names)))
	fillSlots(o.slots, len(names), func(code uint32) uint32 { return objectHash(o.typ[code], stringBytes(names[code])) })
}

// slotsFor is an empty table, as large as one that has grown to n names.
func slotsFor(n int) []uint64 {
	size := 32
	for n*5 > size*3 {
		size *= 2
	}
	return hugepage.Make[uint64](size, size)
}

// fillSlots puts the codes under their hashes. Places are worked out for some at a
// time, so that the misses of the cache wait side by side.
func fillSlots(slots []uint64, n int, hash func(code uint32) uint32) {
	mask := uint32(len(slots) - 1)
	var seen uint64
	for from := 1; from < n; from += mergeGroup {
		to := min(from+mergeGroup, n)
		var hashes [mergeGroup]uint32
		for c := from; c < to; c++ {
			h := hash(uint32(c))
			hashes[c-from] = h
			seen += slots[h&mask]
		}
		for c := from; c < to; c++ {
			h := hashes[c-from]
			i := h & mask
			for slots[i] != 0 {
				i = (i + 1) & mask
			}
			slots[i] = uint64(h)<<32 | uint64(c)
		}
	}
	touched(seen)
}

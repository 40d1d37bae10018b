package monitor

import (
	"math/bits"
	"strings"
)

// eventIDs finds the row of an event by source and id. Sources number their
// events, so most ids are a prefix and a number; such a series keeps rows by
// number, where the next one lies beside the last. Any other id is in a table,
// whose every look is at a place in memory that no cache holds.
type eventIDs struct {
	series map[seriesName]*series
	last   *series // of the id before, most likely that of the next
	table  idTable
}

// Bounds on what ids of a hostile source can cost: how many series there may
// be, how far apart numbers may lie, and how thinly pages may be filled.
const (
	maxSeries = 1024
	pageRows  = 1024
	leastSpan = 64 // pages, made or not, that a series may reach over at once
	spanEvent = 16 // and one more for so many events
	thinnest  = 8  // a page's rows for each event
)

type seriesName struct{ source, prefix string }

// series is the rows of numbered ids, by number: pages[0] begins with the number
// first × pageRows.
type series struct {
	seriesName
	first  uint64
	pages  []*[pageRows]uint32 // row + 1
	made   int                 // pages
	events int
	strays int // ids that found no place, since their pages would be too thin; they lie in the table
}

// eventID is an id taken apart.
type eventID struct {
	source, id string
	series     *series // nil: none so far
	n          uint64
	prefix     int32 // how much of the id stands before the number; −1: it has none
}

// name is that of the series of a numbered id.
func (e *eventID) name() seriesName { return seriesName{e.source, e.id[:e.prefix]} }

// numbered cuts an id into what comes before its number, leading zeros
// included, and the number. Every event and object that comes has its id cut, so
// the last eight bytes are looked at side by side.
func numbered(id string) (prefix string, n uint64, ok bool) {
	if len(id) < 4 {
		return numberedLong(id)
	}
	t := lastEight(id) ^ 0x3030303030303030 // a digit is its value
	others := (t&0x7f7f7f7f7f7f7f7f + 0x7676767676767676 | t) & 0x8080808080808080
	digits := bits.LeadingZeros64(others) / 8
	switch digits {
	case 0:
		return "", 0, false
	case 8:
		return numberedLong(id)
	}
	t = t >> (64 - 8*digits) << (64 - 8*digits)
	lead := bits.TrailingZeros64(t|1<<63) / 8
	t = t*10 + t>>8 // pairs of digits, then all of them
	t = (t&0x000000ff000000ff*(100+1000000<<32) + t>>16&0x000000ff000000ff*(1+10000<<32)) >> 32
	return id[:len(id)-8+lead], t, true
}

// lastEight is the end of an id of four bytes at least, the last in the highest
// place; below a short one there is nothing.
func lastEight(id string) uint64 {
	n := len(id)
	if n >= 8 {
		return word(id[n-8:])
	}
	return uint64(half(id[n-4:]))<<32 | uint64(half(id))<<(64-8*n)
}

func half(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// numberedLong is numbered for what doesn't fit a word.
func numberedLong(id string) (prefix string, n uint64, ok bool) {
	i := len(id)
	for i > 0 && id[i-1]-'0' <= 9 {
		i--
	}
	for i < len(id)-1 && id[i] == '0' {
		i++
	}
	if i == len(id) || len(id)-i > 15 {
		return "", 0, false
	}
	for _, d := range []byte(id[i:]) {
		n = n*10 + uint64(d-'0')
	}
	return id[:i], n, true
}

// of takes an id apart.
func (ix *eventIDs) of(source, id string) (e eventID) {
	ix.split(&e, source, id, &ix.last)
	return e
}

// split is of for who keeps the series of the id before elsewhere.
func (ix *eventIDs) split(e *eventID, source, id string, last **series) {
	e.source, e.id, e.series, e.prefix = source, id, nil, -1
	prefix, n, ok := numbered(id)
	if !ok {
		return
	}
	e.n, e.prefix = n, int32(len(prefix))
	if s := *last; s != nil && s.prefix == prefix && s.source == source {
		e.series = s
		return
	}
	if e.series = ix.series[e.name()]; e.series != nil {
		*last = e.series
	}
}

// find is the row of an id.
func (ix *eventIDs) find(v *Live, e *eventID) (uint32, bool) {
	if e.series == nil && e.prefix >= 0 { // which may have begun since the id was taken apart
		e.series = ix.series[e.name()]
	}
	if s := e.series; s != nil {
		if row := s.row(e.n); row != 0 {
			return row - 1, true
		}
		if s.strays == 0 {
			return 0, false
		}
	}
	return ix.table.find(v, e)
}

// add gives an id that find didn't know a row.
func (ix *eventIDs) add(e *eventID, row uint32) {
	s := e.series
	if s == nil && e.prefix >= 0 && len(ix.series) < maxSeries {
		if ix.series == nil {
			ix.series = map[seriesName]*series{}
		}
		s = &series{seriesName: seriesName{strings.Clone(e.source), strings.Clone(e.name().prefix)}, first: e.n / pageRows}
		ix.series[s.seriesName], ix.last = s, s
	}
	if s == nil {
		ix.table.add(ix.table.hash(e), row)
		return
	}
	if !s.put(e.n, row) {
		ix.table.add(ix.table.hash(e), row)
	}
}

// row is 1 + the row of a number, 0 where there is none.
func (s *series) row(n uint64) uint32 {
	p := n/pageRows - s.first // wraps where n lies before the first page
	if p >= uint64(len(s.pages)) || s.pages[p] == nil {
		return 0
	}
	return s.pages[p][n%pageRows]
}

// cell is where the row of a number lies, nil where its page isn't there or others
// of the series lie elsewhere.
func (s *series) cell(n uint64) *uint32 {
	p := n/pageRows - s.first
	if p >= uint64(len(s.pages)) || s.pages[p] == nil || s.strays > 0 {
		return nil
	}
	return &s.pages[p][n%pageRows]
}

// put declines a number that would make pages too thin.
func (s *series) put(n uint64, row uint32) bool {
	p := n/pageRows - s.first
	if p >= uint64(len(s.pages)) || s.pages[p] == nil {
		if (s.made+1)*pageRows > thinnest*(s.events+s.strays+1)+4*pageRows || !s.reach(n/pageRows) {
			s.strays++
			return false
		}
		p = n/pageRows - s.first
		s.pages[p] = new([pageRows]uint32)
		s.made++
	}
	s.pages[p][n%pageRows] = row + 1
	s.events++
	return true
}

// reach makes the series reach over a page, which may lie before the first: cases
// don't begin in the order of their numbers. It declines where the page is far.
func (s *series) reach(page uint64) bool {
	to := s.first + uint64(len(s.pages))
	if page >= s.first && page < to {
		return true
	}
	if max(to, page+1)-min(s.first, page) > uint64(max(len(s.pages), leastSpan+(s.events+s.strays)/spanEvent)) {
		return false
	}
	if page < s.first {
		s.pages = append(make([]*[pageRows]uint32, s.first-page, to-page), s.pages...)
		s.first = page
		return true
	}
	s.pages = append(s.pages, make([]*[pageRows]uint32, page+1-to)...)
	return true
}

// idTable is an open-addressing table of (hash, row), 16 bytes or so an event,
// that looks the id up in the log.
type idTable struct {
	slots []uint64 // hash<<32 | row+1
	n     int
	key   hashKey
}

func (ix *idTable) hash(e *eventID) uint32 {
	return uint32(ix.key.string(e.id)) ^ uint32(ix.key.string(e.source))*0x9e3779b1
}

func (ix *idTable) find(v *Live, e *eventID) (uint32, bool) {
	if ix.n == 0 {
		return 0, false
	}
	h, mask := ix.hash(e), uint32(len(ix.slots)-1)
	for i := h & mask; ix.slots[i] != 0; i = (i + 1) & mask {
		s := ix.slots[i]
		if uint32(s>>32) != h {
			continue
		}
		row := uint32(s) - 1
		if int(row) >= v.l.Rows() { // of the run at hand: whoever must know better makes it rows first
			return row, true
		}
		if v.ownID(row) == e.id && v.l.SourceOf(row) == e.source {
			return row, true
		}
	}
	return 0, false
}

// ownID is the id an event came with, also of a correction that stands under
// its original's.
func (v *Live) ownID(row uint32) string {
	if n, ok := v.names[row]; ok {
		return n.ownID
	}
	return v.l.GivenID(row)
}

func (ix *idTable) add(h, row uint32) {
	if ix.n*5 >= len(ix.slots)*3 {
		ix.grow()
	}
	ix.put(uint64(h)<<32 | uint64(row+1))
	ix.n++
}

func (ix *idTable) put(s uint64) {
	mask := uint32(len(ix.slots) - 1)
	i := uint32(s>>32) & mask
	for ix.slots[i] != 0 {
		i = (i + 1) & mask
	}
	ix.slots[i] = s
}

func (ix *idTable) grow() {
	old := ix.slots
	ix.slots = make([]uint64, max(1024, 2*len(old)))
	for _, s := range old {
		if s != 0 {
			ix.put(s)
		}
	}
}

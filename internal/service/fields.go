package service

import (
	"slices"
	"strings"

	"plumbline/internal/event"
)

// fields are the values of the attributes that a vocabulary marks as searchable, with
// the events that they stand in. What one pack in force marks as the public's is
// searched by none.
type fields struct {
	names []string
	rows  int // of the log that were looked at
	in    map[fieldValue][]uint32
}

// fieldValue is a text in one of the fields.
type fieldValue struct {
	field int
	code  uint32 // in Strings
}

// searchable are the attributes by whose text cases are found.
func (s *Service) searchable() []string {
	var out []string
	for _, p := range s.packs {
		for _, name := range p.Vocabulary.Searchable() {
			public := slices.ContainsFunc(s.packs, func(p inForce) bool { return p.Vocabulary.Public(name) })
			if !public && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// follow takes in the events that the log has more, at most so many of them.
func (f *fields) follow(l *event.Log, most int) {
	if f.in == nil {
		f.in = map[fieldValue][]uint32{}
	}
	end := min(l.Rows(), f.rows+most)
	for i, name := range f.names {
		col := l.Attr(name)
		if col == nil {
			continue
		}
		for row := f.rows; row < end; row++ {
			if v, kind := col.Get(uint32(row)); kind == event.String {
				at := fieldValue{i, uint32(v)}
				f.in[at] = append(f.in[at], uint32(row))
			}
		}
	}
	f.rows = end
}

// search visits the events that have a text in a field, the newest first, until visit
// says no.
func (f *fields) search(l *event.Log, part string, visit func(row uint32, at fieldValue) bool) {
	type hit struct {
		row uint32
		at  fieldValue
	}
	var hits []hit
	for at, rows := range f.in {
		if strings.Contains(strings.ToLower(l.Strings.Name(at.code)), part) {
			for _, row := range rows {
				hits = append(hits, hit{row, at})
			}
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return int(b.row) - int(a.row) })
	for _, h := range hits {
		if !l.Dead.Has(h.row) && !visit(h.row, h.at) {
			return
		}
	}
}

package monitor

import (
	"slices"

	"plumbline/internal/event"
)

// ahead reads what the conditions on some traces will look up, before they do: a
// log's columns lie in the order of the file, so each look into them is a wait for
// memory, and waits that nothing depends on pass side by side.
type ahead struct {
	columns []readColumns // by type code
	pays    bool          // going over all events costs less than it saves
}

// readColumns are what conditions read of an event of a type.
type readColumns struct {
	codes [][]uint32
	attrs []*event.Column
}

// aheadTraces is how many traces are read at once: few enough that what was read is
// still near when it is looked up.
const aheadTraces = 32

func newAhead(x *runner) *ahead {
	h := &ahead{columns: make([]readColumns, len(x.dispatch))}
	types, read := 0, 0 // that concern any rule, that any condition is held against
	for code, roles := range x.dispatch {
		c := &h.columns[code]
		actor, unit := false, false
		for _, ro := range roles {
			for _, reads := range x.rules[ro.rule].reads {
				actor, unit = actor || reads.Actor, unit || reads.Unit
				for _, col := range reads.Attrs {
					if !slices.Contains(c.attrs, col) {
						c.attrs = append(c.attrs, col)
					}
				}
			}
		}
		if actor && x.log.Actor != nil {
			c.codes = append(c.codes, x.log.Actor)
		}
		if unit && x.log.Unit != nil {
			c.codes = append(c.codes, x.log.Unit)
		}
		if len(roles) > 0 {
			types++
		}
		if len(c.codes)+len(c.attrs) > 0 {
			read++
		}
	}
	h.pays = 2*read > types
	return h
}

func (h *ahead) read(recs []rec) {
	if !h.pays {
		return
	}
	seen := uint32(0)
	for i := range recs {
		r := &recs[i]
		c := &h.columns[r.typ]
		for _, col := range c.codes {
			seen += col[r.row]
		}
		for _, col := range c.attrs {
			v, _ := col.Get(r.row)
			seen += uint32(v)
		}
	}
	touched(seen)
}

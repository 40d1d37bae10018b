package monitor

import (
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// keyer gives the keys of events for one `per`: codes that are dense enough to
// index arrays. A single part that is an object, an actor or a unit uses the
// log's own code; anything else is interned.
type keyer struct {
	l     *event.Log
	parts []rule.Key
	types []uint16 // object type code by part; 0 where it isn't an object or not in the log
	quals []uint32
	attrs []*event.Column

	direct bool // the code is the part's own
	codes  keyTable

	lists [][]partVal
	link  [1]event.Link
}

// partVal is the value of one part of a key: an ObjectID, a code of Strings,
// or 8 bytes of an attribute with its kind.
type partVal struct {
	v uint64
	k event.Kind
}

func newKeyer(l *event.Log, parts []rule.Key) *keyer {
	k := &keyer{l: l, parts: parts, direct: len(parts) == 1 && parts[0].Kind != rule.KeyAttr, lists: make([][]partVal, len(parts))}
	if !k.direct {
		k.codes = newKeyTable(len(parts))
	}
	k.types, k.quals, k.attrs = make([]uint16, len(parts)), make([]uint32, len(parts)), make([]*event.Column, len(parts))
	k.resolve()
	return k
}

// resolve looks up the codes of the parts' names. They are given now where the
// log has none yet, so that they stay right while it grows.
func (k *keyer) resolve() {
	for i, p := range k.parts {
		switch p.Kind {
		case rule.KeyObject:
			k.types[i] = uint16(k.l.Objects.Types.Code(p.Name))
			if p.Qualifier != "" {
				k.quals[i] = k.l.Strings.Code(p.Qualifier)
			}
		case rule.KeyAttr:
			k.attrs[i] = k.l.Attr(p.Name)
		}
	}
}

// keys appends the row's keys to out; none where a part is absent.
func (k *keyer) keys(row uint32, out []uint32) []uint32 {
	if k.direct && k.parts[0].Kind != rule.KeyObject {
		if c := k.officer(0, row); c != 0 {
			out = append(out, c)
		}
		return out
	}
	if single := k.l.Single(); k.direct && single != nil && k.quals[0] == 0 {
		if o := single[row]; o != 0 && k.l.Objects.Type(o) == k.types[0] {
			out = append(out, uint32(o))
		}
		return out
	}
	if k.direct {
		n := len(out)
		for _, ln := range k.l.Links(row, &k.link) {
			if k.l.Objects.Type(ln.Object) == k.types[0] && (k.quals[0] == 0 || ln.Qualifier == k.quals[0]) && !contains(out[n:], uint32(ln.Object)) {
				out = append(out, uint32(ln.Object))
			}
		}
		return out
	}
	for i := range k.parts {
		k.lists[i] = k.values(i, row, k.lists[i][:0])
		if len(k.lists[i]) == 0 {
			return out
		}
	}
	return k.combine(0, make([]partVal, 0, len(k.parts)), out)
}

// sole says whether a row has one key at most, and its code needs no table: the
// one object of a classic log, an actor, a unit.
func (k *keyer) sole() bool {
	return k.direct && (k.parts[0].Kind != rule.KeyObject || k.quals[0] == 0 && k.l.Single() != nil)
}

// soleKeys gives rows their one key each, 0 where a row has none.
func (k *keyer) soleKeys(rows []placed) {
	if k.parts[0].Kind != rule.KeyObject {
		col := k.l.Actor
		if k.parts[0].Kind == rule.KeyUnit {
			col = k.l.Unit
		}
		for i := range rows {
			rows[i].code = 0
			if col != nil {
				rows[i].code = col[rows[i].row]
			}
		}
		return
	}
	single, several := k.l.Single(), k.l.Objects.Types.Len() > 1
	for i := range rows {
		o := single[rows[i].row]
		if several && k.l.Objects.Type(o) != k.types[0] {
			o = 0
		}
		rows[i].code = uint32(o)
	}
}

// officer is the code of an actor or unit part.
func (k *keyer) officer(i int, row uint32) uint32 {
	col := k.l.Actor
	if k.parts[i].Kind == rule.KeyUnit {
		col = k.l.Unit
	}
	if col == nil {
		return 0
	}
	return col[row]
}

func (k *keyer) values(i int, row uint32, out []partVal) []partVal {
	switch k.parts[i].Kind {
	case rule.KeyObject:
		for _, ln := range k.l.Links(row, &k.link) {
			if k.l.Objects.Type(ln.Object) != k.types[i] || k.quals[i] != 0 && ln.Qualifier != k.quals[i] {
				continue
			}
			if v := (partVal{v: uint64(ln.Object)}); !contains(out, v) {
				out = append(out, v)
			}
		}
	case rule.KeyAttr:
		if k.attrs[i] == nil {
			break
		}
		if v, kind := k.attrs[i].Get(row); kind != event.Absent {
			out = append(out, partVal{v, kind})
		}
	default:
		if c := k.officer(i, row); c != 0 {
			out = append(out, partVal{v: uint64(c)})
		}
	}
	return out
}

// combine appends a code for every combination of the parts' values.
func (k *keyer) combine(i int, have []partVal, out []uint32) []uint32 {
	if i == len(k.parts) {
		return append(out, k.codes.code(have))
	}
	for _, v := range k.lists[i] {
		out = k.combine(i+1, append(have, v), out)
	}
	return out
}

// size is one more than the greatest code there can be by now.
func (k *keyer) size() int {
	switch {
	case !k.direct:
		return k.codes.len()
	case k.parts[0].Kind == rule.KeyObject:
		return k.l.Objects.Len() + 1
	}
	return k.l.Strings.Len() + 1
}

// object is part i of the key as an object, 0 where it isn't one.
func (k *keyer) object(code uint32, i int) event.ObjectID {
	if i < 0 || k.parts[i].Kind != rule.KeyObject {
		return 0
	}
	if k.direct {
		return event.ObjectID(code)
	}
	return event.ObjectID(k.codes.of(code)[i].v)
}

// spell is the key in words.
func (k *keyer) spell(code uint32) []KeyPart {
	out := make([]KeyPart, len(k.parts))
	for i, p := range k.parts {
		v := partVal{v: uint64(code)}
		if !k.direct {
			v = k.codes.of(code)[i]
		}
		switch p.Kind {
		case rule.KeyObject:
			out[i] = KeyPart{p.String(), k.l.Objects.Name(event.ObjectID(v.v))}
		case rule.KeyAttr:
			out[i] = KeyPart{p.String(), k.l.Value(v.v, v.k).Text(k.l.Zone)}
		default:
			out[i] = KeyPart{p.String(), k.l.Strings.Name(uint32(v.v))}
		}
	}
	return out
}

func contains[T comparable](list []T, v T) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

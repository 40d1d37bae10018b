package event

import (
	"maps"
	"slices"
	"sync/atomic"
)

// Renaming gives event types, attributes and object types other names while a
// log is read, so that a log speaks as the rules do. It notes which names the
// log has; a Renaming serves any number of readings, from many goroutines.
type Renaming struct {
	types, attrs, objects map[string]*newName
	own                   map[string]*atomic.Bool // names to which attributes go: whether the log has one of its own
}

type newName struct {
	to   string
	used atomic.Bool
}

// NewRenaming takes the new names by the log's.
func NewRenaming(types, attributes, objects map[string]string) *Renaming {
	r := &Renaming{own: map[string]*atomic.Bool{}}
	for _, m := range []struct {
		from map[string]string
		into *map[string]*newName
	}{{types, &r.types}, {attributes, &r.attrs}, {objects, &r.objects}} {
		*m.into = map[string]*newName{}
		for name, to := range m.from {
			(*m.into)[name] = &newName{to: to}
		}
	}
	for name, to := range attributes {
		if name != to {
			r.own[to] = &atomic.Bool{}
		}
	}
	return r
}

// Unused are the names that no log had so far, by what they name.
func (r *Renaming) Unused() (types, attributes, objects []string) {
	unused := func(m map[string]*newName) (out []string) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if !m[name].used.Load() {
				out = append(out, name)
			}
		}
		return out
	}
	return unused(r.types), unused(r.attrs), unused(r.objects)
}

// Clash is an attribute that a log had under its new name already, beside the
// one that gets it: two columns would be one.
func (r *Renaming) Clash() (from, to string, ok bool) {
	for _, name := range slices.Sorted(maps.Keys(r.attrs)) {
		n := r.attrs[name]
		if own := r.own[n.to]; n.used.Load() && own != nil && own.Load() {
			return name, n.to, true
		}
	}
	return "", "", false
}

func (r *Renaming) typ(name []byte) []byte {
	if r != nil {
		if n := r.types[string(name)]; n != nil {
			n.used.Store(true)
			return stringBytes(n.to)
		}
	}
	return name
}

func (r *Renaming) object(name string) string {
	if r != nil {
		if n := r.objects[name]; n != nil {
			n.used.Store(true)
			return n.to
		}
	}
	return name
}

func (r *Renaming) attribute(name string) string {
	if r == nil {
		return name
	}
	if n := r.attrs[name]; n != nil {
		n.used.Store(true)
		return n.to
	}
	if own := r.own[name]; own != nil {
		own.Store(true)
	}
	return name
}

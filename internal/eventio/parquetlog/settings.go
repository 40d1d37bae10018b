package parquetlog

import (
	"maps"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"plumbline/internal/event"
)

// settings notes which row sets which attribute on which object. A value that
// is dated apart from the events is set by the object's next event instead, so
// that every event of the object sees what it saw; what no event sees is lost.
func (wr *writer) settings() {
	l := wr.l
	wr.sets = map[uint32][]setting{}
	apart := map[event.ObjectID][]event.ObjectSetting{}
	for o := event.ObjectID(1); int(o) <= l.Objects.Len(); o++ {
		for _, s := range l.ObjectAttrs(o) {
			if s.Row < 0 {
				apart[o] = append(apart[o], s)
				continue
			}
			wr.sets[uint32(s.Row)] = append(wr.sets[uint32(s.Row)], setting{o, s.Name, s.Value})
		}
	}
	if len(apart) == 0 {
		return
	}
	var buf [1]event.Link
	for _, r := range wr.rows {
		for _, k := range l.Links(r, &buf) {
			if list := apart[k.Object]; len(list) > 0 {
				apart[k.Object] = wr.settle(r, k.Object, list)
			}
		}
	}
	for _, list := range apart {
		wr.lost.Add(lostSetting, len(list))
	}
}

// settle sets by row r what came into force by its time, and gives the rest.
func (wr *writer) settle(r uint32, o event.ObjectID, list []event.ObjectSetting) []event.ObjectSetting {
	at := wr.l.Time[r]
	var rest []event.ObjectSetting
	latest := map[string]event.ObjectSetting{}
	for _, s := range list {
		if s.At > at {
			rest = append(rest, s)
			continue
		}
		have, twice := latest[s.Name]
		if twice {
			wr.lost.Add(lostSetting, 1)
		}
		if !twice || have.At <= s.At {
			latest[s.Name] = s
		}
	}
	for _, name := range slices.Sorted(maps.Keys(latest)) {
		if slices.ContainsFunc(wr.sets[r], func(s setting) bool { return s.object == o && s.name == name }) {
			wr.lost.Add(lostSetting, 1) // the event itself says otherwise
			continue
		}
		wr.sets[r] = append(wr.sets[r], setting{o, name, latest[name].Value})
		if a := latest[name].At; a != at && a != event.NoTime {
			wr.lost.Add(lostDate, 1)
		}
	}
	return rest
}

// objectAttr is a column of an attribute of a column's objects.
type objectAttr struct {
	object
	name string
	kind event.Kind
}

// layObjectAttrs lays a column for each attribute that a row sets on objects,
// by the objects' column and by kind.
func (wr *writer) layObjectAttrs() {
	l := wr.l
	var found []objectAttr
	have := map[objectAttr]bool{}
	var buf [1]event.Link
	for _, r := range wr.rows {
		for _, s := range wr.sets[r] {
			links := l.Links(r, &buf)
			i := slices.IndexFunc(links, func(k event.Link) bool { return k.Object == s.object })
			if i < 0 {
				wr.lost.Add(lostSetting, 1)
				continue
			}
			if s.value.Kind == event.Strings {
				wr.lost.Add(lostList, 1)
				continue
			}
			a := objectAttr{wr.objectOf(links[i]), s.name, s.value.Kind}
			if !have[a] {
				have[a] = true
				found = append(found, a)
			}
		}
	}
	slices.SortFunc(found, func(a, b objectAttr) int {
		an, _ := wr.objectName(a.object)
		bn, _ := wr.objectName(b.object)
		if c := strings.Compare(an, bn); c != 0 {
			return c
		}
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return slices.Index(kindOrder, a.kind) - slices.Index(kindOrder, b.kind)
	})
	for i, a := range found {
		first := i == 0 || found[i-1].object != a.object || found[i-1].name != a.name
		wr.add(wr.objectAttrColumn(a, first))
	}
}

func (wr *writer) objectAttrColumn(a objectAttr, first bool) outColumn {
	_, prefix := wr.objectName(a.object)
	of := &wr.cols[wr.links[a.object]]
	c := outColumn{name: kindName(prefix+escape(a.name), a.kind, first), node: nodeOf(a.kind), list: of.list}
	c.each = func(r uint32, links []event.Link) []parquet.Value {
		sets := wr.sets[r]
		var out []parquet.Value
		for i, k := range links {
			if wr.objectOf(k) != a.object {
				continue
			}
			v := parquet.NullValue()
			firstLink := slices.IndexFunc(links, func(o event.Link) bool { return o.Object == k.Object }) == i
			for _, s := range sets {
				if firstLink && s.object == k.Object && s.name == a.name && s.value.Kind == a.kind {
					v = wr.encode(s.value)
				}
			}
			out = append(out, v)
		}
		return out
	}
	return c
}

package app

import (
	"cmp"
	"maps"
	"slices"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Variant is a course that cases took: the types of their events in order.
type Variant struct {
	Types []string
	Cases int
	First string // one of them
}

// Variants are the courses of the objects of a type, the most frequent first;
// of equal ones that with the lesser types.
func Variants(l *event.Log, per string) ([]Variant, error) {
	typ := l.Objects.Types.Find(per)
	if typ == 0 {
		var types []string
		for i := range l.Objects.Types.Len() {
			types = append(types, l.Objects.Types.Name(uint32(i+1)))
		}
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("no object of type %q", "没有类型为 %q 的对象", per), Next: errs.DidYouMean(per, types)}
	}
	rows, _ := l.InOrder()
	courses := map[event.ObjectID][]byte{}
	var buf [1]event.Link
	for _, row := range rows {
		for _, ln := range l.Links(row, &buf) {
			if uint32(l.Objects.Type(ln.Object)) == typ {
				courses[ln.Object] = append(courses[ln.Object], byte(l.Type[row]), byte(l.Type[row]>>8))
			}
		}
	}
	found := map[string]*Variant{}
	for _, obj := range slices.Sorted(maps.Keys(courses)) {
		course := courses[obj]
		v := found[string(course)]
		if v == nil {
			v = &Variant{First: l.Objects.Name(obj)}
			for i := 0; i < len(course); i += 2 {
				v.Types = append(v.Types, l.Types.Name(uint32(course[i])|uint32(course[i+1])<<8))
			}
			found[string(course)] = v
		}
		v.Cases++
	}
	var out []Variant
	for _, v := range found {
		out = append(out, *v)
	}
	slices.SortFunc(out, func(a, b Variant) int { return cmp.Or(cmp.Compare(b.Cases, a.Cases), slices.Compare(a.Types, b.Types)) })
	return out, nil
}

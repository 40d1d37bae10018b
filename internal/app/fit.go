package app

import (
	"errors"
	"slices"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/pack"
	"plumbline/internal/rule"
)

// readFor reads a log as packs want it: their zone and their types of
// attributes. With choose, the packs are those of which an event type occurs in
// the log. Unless ids are wanted, only those attributes are read that a rule
// reads.
func readFor(s Source, packs []*pack.Pack, choose, ids bool) (*Read, []*pack.Pack, error) {
	s, err := s.against(packs)
	if err != nil {
		return nil, nil, err
	}
	schema, err := schemaOf(packs)
	zones := zonesOf(packs)
	switch {
	case choose && err != nil:
		// What to read is known only once it is known which packs concern the
		// log, and that only once its types are: read those first.
		look := s
		look.Want = func(string) bool { return false }
		read, err := Open(look)
		if err != nil {
			return nil, nil, err
		}
		if packs, err = concerned(read.Log, packs); err != nil {
			return nil, nil, err
		}
		return readFor(s, packs, false, ids)
	case err != nil:
		return nil, nil, err
	}
	all := s
	all.Schema = schema
	if !ids && !s.Wide && len(s.Files) == 1 {
		all.Want = wanted(packs)
	}
	if choose && s.Zone == nil && len(zones) > 1 {
		return readAndChoose(s, all, packs, ids)
	}
	read, err := openIn(all, zones)
	if err != nil {
		return nil, nil, err
	}
	if choose {
		if packs, err = concerned(read.Log, packs); err != nil {
			return nil, nil, err
		}
	}
	return read, packs, nil
}

// readAndChoose reads a log as all packs want it and then asks which of them it
// concerns. Where what those want differs from what was read (their zone, if a
// time has no offset, or the type of an attribute) it is read again; that is
// the exception.
func readAndChoose(s, all Source, packs []*pack.Pack, ids bool) (*Read, []*pack.Pack, error) {
	first := zonesOf(packs)[0]
	zone, asked := first.Watched()
	all.Zone = zone
	read, err := openWanted(all)
	if err != nil {
		return nil, nil, err
	}
	if packs, err = concerned(read.Log, packs); err != nil {
		return nil, nil, err
	}
	zones := zonesOf(packs)
	if asked() && (len(zones) > 1 || zones[0] != first) || !sameTypes(read.Log, all, packs) {
		return readFor(s, packs, false, ids)
	}
	read.Log.Zone = zones[0]
	if want := wanted(packs); all.Want != nil {
		for _, c := range read.Log.Attrs {
			if !want(c.Name) {
				c.Mistyped = 0 // read for a pack that has no part in it
			}
		}
	}
	return read, packs, nil
}

// sameTypes says whether what was read of a log's attributes has the types that
// packs declare.
func sameTypes(l *event.Log, as Source, packs []*pack.Pack) bool {
	schema, err := schemaOf(packs)
	if err != nil {
		return false
	}
	want := func(string) bool { return true }
	if as.Want != nil {
		want = wanted(packs)
	}
	for _, c := range l.Attrs {
		if want(c.Name) && as.Schema[c.Name] != schema[c.Name] {
			return false
		}
	}
	return true
}

// openIn reads a log in the zone asked for, else in that of the packs. Of two
// zones it takes either where the log doesn't depend on it.
func openIn(s Source, zones []*clock.Zone) (*Read, error) {
	if s.Zone != nil || len(zones) == 1 {
		if s.Zone == nil {
			s.Zone = zones[0]
		}
		return openWanted(s)
	}
	zone, asked := zones[0].Watched()
	s.Zone = zone
	first, err := openWanted(s)
	if err != nil {
		return nil, err
	}
	first.Log.Zone = zones[0]
	if !asked() {
		return first, nil
	}
	for _, z := range zones[1:] {
		s.Zone = z
		read, err := openWanted(s)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(first.Log.Time, read.Log.Time) || !slices.Equal(first.Log.Recorded, read.Log.Recorded) {
			return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: s.Files[0]},
				What: errs.Tf("the log has times without offset, and the packs have different zones (%s, %s)", "日志的时间没有时差，而各规则包的时区不同（%s、%s）", zones[0].Name(), z.Name()),
				Next: errs.Tf("say where the log's clock stood: --zone %s", "请说明日志所用的时区：--zone %s", zones[0].Name())}
		}
	}
	return first, nil
}

// openWanted reads a log with the wanted attributes only, and again with all
// of them where an answer could depend on those left out: where events repeat
// or correct each other, or where only an id from its content orders two.
func openWanted(s Source) (*Read, error) {
	if s.Want == nil {
		return Open(s)
	}
	read, err := Open(s)
	if conflict := (*event.ConflictError)(nil); err != nil && !errors.As(err, &conflict) {
		return nil, err
	}
	if err == nil && read.Log.Dead.Count() == 0 && len(read.Log.Waiting) == 0 && ordered(read.Log.Seq) {
		return read, nil
	}
	s.Want = nil
	return Open(s)
}

// ordered says that no two places in a log are the same.
func ordered(seq []int64) bool {
	for i := 1; i < len(seq); i++ {
		if seq[i] <= seq[i-1] {
			return false
		}
	}
	return true
}

// wanted are the attributes that the packs' rules read.
func wanted(packs []*pack.Pack) func(string) bool {
	names := map[string]bool{}
	for _, r := range rulesOf(packs) {
		for _, a := range r.Attributes() {
			names[a.Name] = true
		}
	}
	return func(attr string) bool { return names[attr] }
}

// schemaOf is what the packs declare of attributes; two that declare one
// differently can't be checked together.
func schemaOf(packs []*pack.Pack) (map[string]event.Kind, error) {
	schema, by := map[string]event.Kind{}, map[string]*pack.Pack{}
	for _, p := range packs {
		for name, kind := range p.Log.Attributes {
			if was, ok := schema[name]; ok && was != kind {
				return nil, &errs.Error{Code: errs.Rules, Place: errs.Place{File: p.File},
					What: errs.Tf("attribute %q is a %s here and a %s in pack %s", "属性 %q 在此声明为 %s，而在规则包 %[4]s 中为 %[3]s", name, kind, was, by[name].Name),
					Next: errs.T("check the packs one after the other", "请分别检查这些规则包")}
			}
			schema[name], by[name] = kind, p
		}
	}
	return schema, nil
}

func zonesOf(packs []*pack.Pack) []*clock.Zone {
	var out []*clock.Zone
	for _, p := range packs {
		if !slices.Contains(out, p.Log.Zone) {
			out = append(out, p.Log.Zone)
		}
	}
	return out
}

// concerned are the packs of which an event type occurs in the log.
func concerned(l *event.Log, packs []*pack.Pack) ([]*pack.Pack, error) {
	var out []*pack.Pack
	for _, p := range packs {
		if slices.ContainsFunc(p.Rules, func(r *rule.Rule) bool {
			return slices.ContainsFunc(r.Types(), func(t rule.TypeUse) bool { return l.Types.Find(t.Name) != 0 })
		}) {
			out = append(out, p)
		}
	}
	if out == nil {
		types := typesOf(l)
		more := ""
		if len(types) > 8 {
			types, more = types[:8], " …"
		}
		return nil, &errs.Error{Code: errs.Usage,
			What: errs.Tf("no built-in pack (%s) knows an event type of this log; it has: %s", "内置规则包（%s）都不认识此日志的事件类型；日志中有：%s", strings.Join(pack.BuiltIn(), ", "), strings.Join(types, ", ")+more),
			Next: errs.T("choose the rules: --rules PACK, FILE or FOLDER; if the types above are no activities, say which column holds them: --map type=COLUMN", "请用 --rules 指定规则包、文件或文件夹；若以上不是活动名称，请用 --map type=列名 指明所在列")}
	}
	return out, nil
}

// OpenTyped reads a log in the zone and with the types of attributes that packs
// declare; there may be none.
func OpenTyped(s Source, packs []*pack.Pack) (*Read, error) {
	if len(packs) == 0 {
		return Open(s)
	}
	read, _, err := readFor(s, packs, false, true)
	return read, err
}

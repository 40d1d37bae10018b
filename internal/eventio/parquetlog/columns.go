package parquetlog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table"
)

// part is what a column is for.
type part uint8

const (
	partAttr part = iota
	partCase
	partType
	partTime
	partActor
	partUnit
	partRecorded
	partSeq
	partID
	partObject     // objType, qualifier
	partObjectAttr // attribute attr of the objects of column of
)

// roles are the parts that have a column of their own, by the words for --map.
// They are recognised by the names that the columns of all tables have
// ([table.Recognise]); the rest are attributes.
var roles = []struct {
	part part
	role string
}{{partCase, "case"}, {partType, "type"}, {partTime, "time"}, {partActor, "actor"}, {partUnit, "unit"}, {partRecorded, "recorded"}, {partSeq, "seq"}, {partID, "id"}}

// column is a leaf that is read and what it is for.
type column struct {
	leaf
	part               part
	objType, qualifier string
	attr               string
	kind               event.Kind // Absent: as the file types it; else the kind that its name asks for
	of                 int        // partObjectAttr: the column of the objects, an index of plan.columns
	vec                int        // its place among the columns that are read
}

// plan is the columns that are read, in the order of the file.
type plan struct {
	file    string
	columns []column
	byPart  [partObject]int // place in columns + 1 of the parts that have one column
	days    [partObject]int // of their #day column
}

// newPlan decides which columns play which part.
func newPlan(leaves []leaf, wants func(string) bool, declared func(string) event.Kind, opt eventio.Read) (*plan, error) {
	p := &plan{file: opt.File}
	taken := map[string]part{}
	object := map[string][2]string{}
	if err := p.mapped(leaves, opt.Map, taken, object); err != nil {
		return nil, err
	}
	if err := p.recognise(leaves, opt.Map, taken); err != nil {
		return nil, err
	}
	names, left := map[string]bool{}, map[string]bool{}
	for _, l := range leaves {
		names[l.column] = true
	}
	for _, l := range leaves {
		c := column{leaf: l}
		if part, ok := taken[l.column]; ok {
			c.part = part
			switch part {
			case partCase:
				c.part, c.objType = partObject, "case"
			case partObject:
				c.objType, c.qualifier = object[l.column][0], object[l.column][1]
			}
		} else if stem, kind, ok := kindSuffix(l.column); ok && names[stem] {
			part, taken := taken[stem]
			if taken && kind == event.Day && (part == partTime || part == partRecorded) {
				c.part, c.kind = part, kind
			} else {
				c.fromName(stem)
				c.kind = kind
			}
		} else {
			c.fromName(l.column)
		}
		if (c.part == partAttr || c.part == partObjectAttr) && !wants(c.attr) {
			continue
		}
		if fault := c.unfit(opt.File); fault != nil {
			if c.part != partAttr && c.part != partObjectAttr || declared(c.attr) != event.Absent {
				return nil, fault
			}
			if opt.Lost != nil && !left[l.column] { // nobody asked for it by name
				opt.Lost.Add(fault.What, 1)
			}
			left[l.column] = true
			continue
		}
		p.add(c)
	}
	return p, p.settle(leaves)
}

// unfit says why a column can't be read, or can't play its part.
func (c *column) unfit(file string) *errs.Error {
	if c.nested || c.maps || c.maxRep > 0 && c.part != partAttr && c.part < partObject {
		return c.refuse(file)
	}
	if c.means == unknown || c.means == decimal && c.phys == physBytes {
		return &errs.Error{Code: errs.Input, Place: errs.Place{File: file},
			What: errs.Tf("column %q is of a type that isn't read (BSON, interval, geometry, variant, decimal of any length)", "列 %q 的类型不受支持（BSON、interval、geometry、variant 或不定长 decimal）", c.column),
			Next: errs.T("write it as text or as a number, or leave it out", "请将其导出为文本或数字，或去掉该列")}
	}
	refuse := func(part string, expected errs.Text) *errs.Error {
		none := errs.Text{}
		if part != "time" { // no event does without
			none = errs.Tf(", or read the file without: --map %s=-", "，或不读该列：--map %s=-", part)
		}
		return &errs.Error{Code: errs.Input, Place: errs.Place{File: file},
			What: errs.Text{
				En: fmt.Sprintf("column %q can't be the %s; expected %s", c.column, part, expected.En),
				Zh: fmt.Sprintf("列 %q 不能作为 %s；应为%s", c.column, part, expected.Zh)},
			Next: errs.Tf("name another column: --map %[1]s=COLUMN%[2]s", "请指定其他列：--map %[1]s=列名%[3]s", part, none.En, none.Zh)}
	}
	whole := (c.phys == physInt32 || c.phys == physInt64) && (c.means == plain || c.means == unsigned)
	moment := c.phys == physBytes || c.phys == physInt96 || c.means == date || c.means == timestamp
	switch {
	case c.part == partSeq && !whole:
		return refuse("seq", errs.T("whole numbers", "整数"))
	case c.part == partTime && !moment:
		return refuse("time", errs.T("times, dates or text (numbers since 1970 are to be written as timestamps)", "时间、日期或文本（自 1970 年起的数字请导出为 timestamp）"))
	case c.part == partRecorded && !moment:
		return refuse("recorded", errs.T("times, dates or text (numbers since 1970 are to be written as timestamps)", "时间、日期或文本（自 1970 年起的数字请导出为 timestamp）"))
	case c.part == partAttr && c.maxRep > 0 && c.phys != physBytes:
		return c.refuse(file)
	}
	return nil
}

func (p *plan) add(c column) {
	if c.part != partAttr && c.part < partObject {
		at := &p.byPart
		if c.kind == event.Day {
			at = &p.days
		}
		at[c.part] = len(p.columns) + 1
	}
	c.vec = len(p.columns)
	p.columns = append(p.columns, c)
}

// mapped takes the parts that the caller named.
func (p *plan) mapped(leaves []leaf, m eventio.Mapping, taken map[string]part, object map[string][2]string) error {
	var have []string
	for _, l := range leaves {
		have = append(have, l.column)
	}
	for _, role := range slices.Sorted(maps.Keys(m)) {
		name := m[role]
		if name == "-" {
			continue // said to be absent
		}
		if !slices.Contains(have, name) {
			return &errs.Error{Code: errs.Usage, Place: errs.Place{File: p.file},
				What: errs.Tf("--map %s=%s: the file has no column %q", "--map %s=%s：文件中没有列 %q", role, name, name),
				Next: errs.DidYouMean(name, have)}
		}
		part := partAttr
		for _, k := range roles {
			if k.role == role {
				part = k.part
			}
		}
		if typ, ok := strings.CutPrefix(role, "object."); ok && typ != "" {
			t, q, _ := strings.Cut(typ, "/")
			part, object[name] = partObject, [2]string{t, q}
		}
		if part == partAttr {
			words := []string{"object.TYPE"}
			for _, k := range roles {
				words = append(words, k.role)
			}
			return &errs.Error{Code: errs.Usage, Place: errs.Place{File: p.file},
				What: errs.Tf("--map %s=%s: a Parquet file has no part %q", "--map %s=%s：Parquet 文件没有 %q 这一项", role, name, role),
				Next: errs.DidYouMean(role, words)}
		}
		if _, twice := taken[name]; twice {
			return &errs.Error{Code: errs.Usage, Place: errs.Place{File: p.file},
				What: errs.Tf("--map gives column %q two parts", "--map 为列 %q 指定了两项", name)}
		}
		taken[name] = part
	}
	return nil
}

// recognise finds by their names the columns of parts that weren't mapped.
func (p *plan) recognise(leaves []leaf, m eventio.Mapping, taken map[string]part) error {
	var header []string
	for _, l := range leaves {
		if !slices.Contains(header, l.column) { // the parts of a nested column share its name
			header = append(header, l.column)
		}
	}
	for _, k := range roles {
		if m[k.role] != "" {
			continue
		}
		found := table.Recognise(k.role, header, func(i int) bool { _, used := taken[header[i]]; return used })
		switch len(found) {
		case 0:
		case 1:
			taken[header[found[0]]] = k.part
		default:
			var names []string
			for _, i := range found {
				names = append(names, header[i])
			}
			return &errs.Error{Code: errs.Input, Place: errs.Place{File: p.file},
				What: errs.Tf("columns %s could each be the %s", "列 %s 都可能是 %s", quoted(names), k.role),
				Next: errs.Tf("say which: --map %[1]s=%[2]s, or %[1]s=- for none", "请指明：--map %[1]s=%[2]s，若都不是则写 %[1]s=-", k.role, names[0])}
		}
	}
	return nil
}

// fromName reads the names that the writer gives to what has no common name.
func (c *column) fromName(name string) {
	switch {
	case strings.HasPrefix(name, "attribute:"):
		c.attr = unescape(name[len("attribute:"):])
	case strings.HasPrefix(name, "case:"):
		c.part, c.objType, c.attr = partObjectAttr, "case", unescape(name[len("case:"):])
	case strings.HasPrefix(name, "object:"):
		ref, attr, isAttr := strings.Cut(name[len("object:"):], ":")
		t, q, _ := strings.Cut(ref, "/")
		c.part, c.objType, c.qualifier = partObject, unescape(t), unescape(q)
		if isAttr {
			c.part, c.attr = partObjectAttr, unescape(attr)
		}
	default:
		c.attr = name
	}
}

var kindsByName = map[string]event.Kind{"number": event.Number, "string": event.String, "bool": event.Bool,
	"time": event.Time, "day": event.Day, "strings": event.Strings}

// kindSuffix cuts #number, #day … off a name.
func kindSuffix(name string) (stem string, k event.Kind, ok bool) {
	i := strings.LastIndexByte(name, '#')
	if i < 0 {
		return name, 0, false
	}
	k, ok = kindsByName[name[i+1:]]
	return name[:i], k, ok
}

var (
	escaper   = strings.NewReplacer("%", "%25", "/", "%2F", ":", "%3A", "#", "%23")
	unescaper = strings.NewReplacer("%25", "%", "%2F", "/", "%3A", ":", "%23", "#")
)

func escape(s string) string   { return escaper.Replace(s) }
func unescape(s string) string { return unescaper.Replace(s) }

// settle checks that the parts are there that no event can do without, and
// ties the attributes of objects to the objects' columns.
func (p *plan) settle(leaves []leaf) error {
	var objects []string
	for i := range p.columns {
		c := &p.columns[i]
		if c.part == partObject {
			objects = append(objects, c.column)
		}
		if c.part != partObjectAttr {
			continue
		}
		c.of = slices.IndexFunc(p.columns, func(o column) bool {
			return o.part == partObject && o.objType == c.objType && o.qualifier == c.qualifier
		})
		if c.of < 0 { // an attribute of nothing is the event's
			c.part, c.attr = partAttr, c.column
		} else if p.columns[c.of].maxRep != c.maxRep {
			return &errs.Error{Code: errs.Input, Place: errs.Place{File: p.file},
				What: errs.Tf("columns %q and %q must both be lists, or neither", "列 %q 与 %q 必须同为列表或同为单值", c.column, p.columns[c.of].column),
				Next: errs.T("write the file again with one shape for both", "请以同一形式重新导出")}
		}
	}
	missing := ""
	switch {
	case len(objects) == 0:
		missing = "case"
	case p.byPart[partType] == 0:
		missing = "type"
	case p.byPart[partTime] == 0:
		missing = "time"
	}
	if missing == "" {
		return nil
	}
	var have []string
	for _, l := range leaves {
		have = append(have, l.column)
	}
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: p.file},
		What: errs.Tf("no column is recognised as the %s; there are %s", "没有可识别为 %s 的列；现有列为 %s", missing, quoted(have)),
		Next: errs.Tf("name it: --map %s=COLUMN", "请指明：--map %s=列名", missing)}
}

func quoted(names []string) string {
	more := ""
	if len(names) > 20 {
		names, more = names[:20], " …"
	}
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = `"` + n + `"`
	}
	return strings.Join(q, ", ") + more
}

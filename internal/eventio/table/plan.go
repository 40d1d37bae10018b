package table

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// Column is one use of a column of the table; a column may have two.
type Column struct {
	Header    string
	Index     int
	Role      Role
	Object    string // its object type, with Object and ObjectAttr
	Qualifier string
	Name      string     // of the attribute, with Attr and ObjectAttr
	Kind      event.Kind // as declared; String where nothing is
	Time      TimeFormat // with Time, Recorded and attributes declared as times
	clock     int        // with Time and Recorded: the column of the time of day + 1, 0 where it stands in the same cell
	of        int        // with ObjectAttr: which of the plan's object columns
}

// Plan says what to do with the cells of a table's rows.
type Plan struct {
	Header  []string
	Columns []Column
	Needed  []bool // by index: whether any use is made of the column
	comma   bool   // numbers have a decimal comma
	file    string
	wants   func(string) bool
	kind    func(string) event.Kind
}

// settings are the keys of a mapping that don't name a column: they tell the
// readers of files what they would otherwise find out.
var settings = []string{"decimal", "delimiter", "encoding", "header", "sheet"}

// NewPlan finds out which part each column of a header plays. Columns that
// play none are attributes named as in the header (case:NAME an attribute of
// the case), read where the builder wants them. Errors say the columns there
// are and the --map to write.
func NewPlan(header []string, opt eventio.Read, b *event.Builder) (*Plan, error) {
	p := newPlan(header, opt, b)
	switch d := opt.Map["decimal"]; d {
	case "comma":
		p.comma = true
	case "", "point":
	default:
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: p.file},
			What: errs.Tf("--map decimal=%s: expected comma or point", "--map decimal=%s：应为 comma（逗号）或 point（句点）", d)}
	}
	used, err := p.mapped(opt.Map)
	if err != nil {
		return nil, err
	}
	if err := p.distinct(); err != nil {
		return nil, err
	}
	if err := p.recognise(opt.Map, used); err != nil {
		return nil, err
	}
	p.rest(used)
	if err := p.complete(); err != nil {
		return nil, err
	}
	p.need()
	return p, nil
}

func newPlan(header []string, opt eventio.Read, b *event.Builder) *Plan {
	p := &Plan{file: opt.File, wants: b.Wants, kind: b.Declared, Needed: make([]bool, len(header))}
	for _, h := range header {
		if !slices.ContainsFunc([]string{attrPrefix, casePrefix, objectPrefix}, func(p string) bool { return strings.HasPrefix(h, p) }) {
			h = strings.TrimSpace(h)
		}
		p.Header = append(p.Header, h)
	}
	return p
}

func (p *Plan) need() {
	for _, c := range p.Columns {
		p.Needed[c.Index] = true
		if c.clock > 0 {
			p.Needed[c.clock-1] = true
		}
	}
}

// mapped takes the columns that the mapping names.
func (p *Plan) mapped(m eventio.Mapping) (used map[int]bool, err error) {
	used = map[int]bool{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		value := m[key]
		if value == "" || slices.Contains(settings, key) {
			continue
		}
		c, err := p.role(key)
		if err != nil {
			return nil, err
		}
		if value == "-" {
			continue // said to be absent
		}
		if err := p.find(&c, key, value); err != nil {
			return nil, err
		}
		used[c.Index] = true
		if c.clock > 0 {
			used[c.clock-1] = true
		}
		p.Columns = append(p.Columns, c)
	}
	return used, nil
}

// role reads the key of a mapping.
func (p *Plan) role(key string) (Column, error) {
	if rest, ok := strings.CutPrefix(key, "object."); ok && rest != "" {
		typ, qualifier := splitObject(rest)
		return Column{Role: Object, Object: typ, Qualifier: qualifier}, nil
	}
	keys := append([]string{"object.TYPE", "object.TYPE/QUALIFIER"}, settings...)
	for _, r := range recognised {
		if r.key == key {
			c := Column{Role: r.role}
			if r.role == Object {
				c.Object = CaseType
			}
			return c, nil
		}
		keys = append(keys, r.key)
	}
	return Column{}, &errs.Error{Code: errs.Usage, Place: errs.Place{File: p.file},
		What: errs.Tf("--map: unknown part %q; expected case, type, time, actor, unit, recorded, seq, id or object.TYPE", "--map：未知的部分 %q；应为 case、type、time、actor、unit、recorded、seq、id 或 object.类型", key),
		Next: errs.DidYouMean(key, keys)}
}

// find looks up COLUMN or COLUMN@LAYOUT, of times also DATE+TIME.
func (p *Plan) find(c *Column, key, value string) error {
	if p.columns(c, value) {
		return nil
	}
	for i := range len(value) {
		if value[i] != '@' || !p.columns(c, value[:i]) {
			continue
		}
		f, err := parseLayout(value[i+1:])
		if err != nil {
			return &errs.Error{Code: errs.Usage, Place: errs.Place{File: p.file}, Err: err,
				What: errs.Tf("--map %s=%s: the layout of a time is unix, unixms, excel (days since 1900), or the moment 2006-01-02 15:04:05 as the column would write it: 02.01.2006 15:04", "--map %s=%s：时间格式应为 unix、unixms、excel（自 1900 年起的天数），或按该列写法表示 2006-01-02 15:04:05 这一时刻：02.01.2006 15:04", key, value)}
		}
		c.Time = f
		return nil
	}
	return &errs.Error{Code: errs.Usage, Place: errs.Place{File: p.file, Line: 1},
		What: errs.Tf("--map %s=%s: there is no column %q", "--map %s=%s：没有名为 %q 的列", key, value, value),
		Next: errs.DidYouMean(value, p.Header)}
}

// columns finds a column, or the two of a date and its time of day.
func (p *Plan) columns(c *Column, name string) bool {
	if p.column(c, name) {
		return true
	}
	if c.Role != Time && c.Role != Recorded {
		return false
	}
	for i := range len(name) {
		date, clock := *c, Column{}
		if name[i] == '+' && p.column(&date, name[:i]) && p.column(&clock, name[i+1:]) && date.Index != clock.Index {
			date.Header, date.clock = date.Header+"+"+clock.Header, clock.Index+1
			*c = date
			return true
		}
	}
	return false
}

// column finds a column by its exact name, else by its folded one where that
// is one column's alone.
func (p *Plan) column(c *Column, name string) bool {
	i := slices.Index(p.Header, name)
	if i < 0 && fold(name) != "" {
		for j, h := range p.Header {
			if fold(h) == fold(name) {
				if i >= 0 {
					return false
				}
				i = j
			}
		}
	}
	if i < 0 {
		return false
	}
	c.Index, c.Header = i, p.Header[i]
	return true
}

// distinct refuses a header in which a name stands twice: nobody could say
// which of the two is meant.
func (p *Plan) distinct() error {
	seen := map[string]int{}
	for i, h := range p.Header {
		if j, twice := seen[h]; twice && h != "" {
			return &errs.Error{Code: errs.Input, Place: errs.Place{File: p.file, Line: 1},
				What: errs.Tf("columns %[2]s and %[3]s are both named %[1]q; expected each name once", "第 %[2]s 列和第 %[3]s 列都名为 %[1]q；列名不应重复", h, strconv.Itoa(j+1), strconv.Itoa(i+1)),
				Next: errs.T("rename one of them", "请改掉其中一个")}
		}
		seen[h] = i
	}
	return nil
}

// recognise takes columns by their common names for the parts not mapped.
func (p *Plan) recognise(m eventio.Mapping, used map[int]bool) error {
	for _, r := range recognised {
		if m[r.key] != "" {
			continue
		}
		found := Recognise(r.key, p.Header, func(i int) bool { return used[i] })
		switch len(found) {
		case 0:
			continue
		case 1:
		default:
			return p.ambiguous(r.key, found)
		}
		c := Column{Role: r.role, Index: found[0], Header: p.Header[found[0]]}
		if r.role == Object {
			c.Object = CaseType
		}
		used[c.Index] = true
		p.Columns = append(p.Columns, c)
	}
	return nil
}

func (p *Plan) ambiguous(key string, found []int) error {
	var names []string
	for _, i := range found {
		names = append(names, strconv.Quote(p.Header[i]))
	}
	if key == "time" && len(found) == 2 { // a date in the one and the time of day in the other
		return &errs.Error{Code: errs.Input, Place: errs.Place{File: p.file, Line: 1},
			What: errs.Tf("columns %s could each be the time; expected one", "列 %s 都可能是时间；应只有一列", strings.Join(names, ", ")),
			Next: errs.Tf("say which: --map time=COLUMN; where the one has the date and the other the time of day: --map 'time=%s+%s' (the columns are %s)", "请指明：--map time=列名；若一列为日期、另一列为时刻：--map 'time=%s+%s'（现有列：%s）", p.Header[found[0]], p.Header[found[1]], p.list())}
	}
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: p.file, Line: 1},
		What: errs.Tf("columns %s could each be the %s; expected one", "列 %s 都可能是 %s；应只有一列", strings.Join(names, ", "), key),
		Next: errs.Tf("say which: --map %[1]s=COLUMN, or %[1]s=- for none (the columns are %[2]s)", "请指明：--map %[1]s=列名，若都不是则写 %[1]s=-（现有列：%[2]s）", key, p.list())}
}

// list is the columns for a message.
func (p *Plan) list() string {
	const most = 40
	names := make([]string, 0, most)
	for i, h := range p.Header {
		if i == most {
			return strings.Join(names, ", ") + " …"
		}
		if len(h) > 60 {
			h = strings.ToValidUTF8(h[:60], "") + "…"
		}
		names = append(names, strconv.Quote(h))
	}
	return strings.Join(names, ", ")
}

// rest makes the other columns objects and attributes.
func (p *Plan) rest(used map[int]bool) {
	for i, h := range p.Header {
		if used[i] || h == "" {
			continue // an index column has no name
		}
		p.Columns = append(p.Columns, p.byPrefix(h, i))
	}
	p.Columns = slices.DeleteFunc(p.Columns, func(c Column) bool {
		return (c.Role == Attr || c.Role == ObjectAttr) && !p.wants(c.Name)
	})
	p.tieObjectAttrs()
}

// byPrefix reads a header that says itself what it is; all others are
// attributes.
func (p *Plan) byPrefix(h string, i int) Column {
	c := Column{Header: h, Index: i, Role: Attr, Name: h}
	if name, ok := strings.CutPrefix(h, attrPrefix); ok {
		c.Name = name
	} else if name, ok := strings.CutPrefix(h, casePrefix); ok && name != "" {
		c.Role, c.Name, c.Object = ObjectAttr, name, CaseType
	} else if rest, ok := strings.CutPrefix(h, objectPrefix); ok && rest != "" {
		part, name, attr := strings.Cut(rest, ":")
		c.Object, c.Qualifier = splitObject(part)
		c.Role, c.Name = Object, ""
		if attr {
			c.Role, c.Name = ObjectAttr, name
		}
	}
	if c.Role != Object {
		if c.Kind = p.kind(c.Name); c.Kind == event.Absent {
			c.Kind = event.String
		}
	}
	return c
}

// tieObjectAttrs puts objects first, in the order of the table, and ties each
// attribute of an object to its column; one whose object has no column is an
// attribute of the event under its whole header.
func (p *Plan) tieObjectAttrs() {
	slices.SortStableFunc(p.Columns, func(a, b Column) int {
		if (a.Role == Object) != (b.Role == Object) {
			if a.Role == Object {
				return -1
			}
			return 1
		}
		return a.Index - b.Index
	})
	for i := range p.Columns {
		c := &p.Columns[i]
		if c.Role != ObjectAttr {
			continue
		}
		c.of = slices.IndexFunc(p.Columns, func(o Column) bool {
			return o.Role == Object && o.Object == c.Object && o.Qualifier == c.Qualifier
		})
		if c.of < 0 {
			c.Role, c.Name = Attr, c.Header
		}
	}
}

// complete refuses a table that lacks what no event may lack.
func (p *Plan) complete() error {
	has := map[Role]bool{}
	for _, c := range p.Columns {
		has[c.Role] = true
	}
	var en, zh, write []string
	lack := func(r Role, e, z, key string) {
		if !has[r] {
			en, zh, write = append(en, e), append(zh, z), append(write, key+"=COLUMN")
		}
	}
	lack(Object, "case", "案件", "case")
	lack(Type, "event type (activity)", "事件类型（活动）", "type")
	lack(Time, "time", "时间", "time")
	if len(en) == 0 {
		return nil
	}
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: p.file, Line: 1},
		What: errs.T("no column is recognised as the "+strings.Join(en, ", nor as the ")+"; the columns are "+p.list(),
			"认不出哪一列是"+strings.Join(zh, "、")+"；现有列："+p.list()),
		Next: errs.T("name them: --map "+strings.Join(write, ",")+"; if the names stand in a row further down: --map header=ROW",
			"请指明：--map "+strings.ReplaceAll(strings.Join(write, ","), "COLUMN", "列名")+"；若列名在下面某一行：--map header=行号")}
}

package org

import (
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Sheet is a sheet of a workbook: the first row names the columns.
type Sheet struct {
	Name string
	Rows []Row
}

// Row is a row with its number in the sheet, from 1. A date is written as
// 2024-03-01.
type Row struct {
	Number int
	Cells  []string
}

// The sheets and columns, by the names that they may have; the first is the key of
// the same thing in YAML.
var (
	sheetNames = [][]string{{"units", "单位"}, {"posts", "岗位"}, {"officers", "人员", "任职"}, {"conflicts", "回避"}}

	columnNames = map[string][]string{
		"id": {"编号", "代码", "警号"}, "en": {"英文名称", "english"}, "zh": {"名称", "中文名称", "chinese"},
		"parent": {"上级", "上级单位"}, "territory": {"辖区"}, "from": {"开始", "开始日期", "起"}, "to": {"终止", "终止日期", "止"},
		"unit": {"单位", "所属单位"}, "post": {"岗位", "职务"}, "rank": {"警衔", "职级"}, "as": {"任职方式"},
		"successor": {"承接单位"}, "a": {"人员甲", "甲"}, "b": {"人员乙", "乙"}, "kind": {"关系", "类别"},
	}
	relationNames = map[string]Relation{"": Interest, "interest": Interest, "利害关系": Interest, "kinship": Kinship, "亲属": Kinship}

	tenureNames = map[string]Tenure{"": Primary, "primary": Primary, "主职": Primary, "acting": Acting, "代理": Acting, "second": Second, "兼任": Second}
)

// fromSheets reads the sheets of a workbook: units (单位), posts (岗位), officers
// (人员) and conflicts (回避), with the keys of [Parse] as headers, or their Chinese
// words; and says which there are. Other sheets and columns are read past.
func fromSheets(file string, sheets []Sheet) (*draft, map[string]bool) {
	d := &draft{}
	found := map[string]bool{}
	for i := range sheets {
		kind := named(sheets[i].Name, sheetNames)
		if kind == "" {
			kind = d.table(file, &sheets[i]).kind()
		}
		if kind == "" || len(sheets[i].Rows) == 0 {
			continue
		}
		found[kind] = true
		t := d.table(file, &sheets[i])
		for _, row := range sheets[i].Rows[1:] {
			switch kind {
			case "units":
				t.unit(row)
			case "posts":
				t.post(row)
			case "conflicts":
				t.conflict(row)
			default:
				t.officer(row)
			}
		}
	}
	return d, found
}

// kind is what a sheet without a telling name is of, by its columns; "" for what
// can't be told.
func (t *table) kind() string {
	has := func(names ...string) bool {
		for _, n := range names {
			if _, ok := t.columns[n]; !ok {
				return false
			}
		}
		return true
	}
	switch {
	case has("id", "unit", "post"):
		return "officers"
	case has("a", "b"):
		return "conflicts"
	case has("id", "parent"):
		return "units"
	}
	return ""
}

func named(name string, lists [][]string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, list := range lists {
		for _, n := range list {
			if n == name {
				return list[0]
			}
		}
	}
	return ""
}

// table is a sheet on its way: which column is which.
type table struct {
	d       *draft
	at      errs.Place
	columns map[string]int
}

func (d *draft) table(file string, s *Sheet) *table {
	t := &table{d: d, at: errs.Place{File: file, Sheet: s.Name}, columns: map[string]int{}}
	if len(s.Rows) == 0 {
		return t
	}
	for i, cell := range s.Rows[0].Cells {
		head := strings.ToLower(strings.TrimSpace(cell))
		for key, others := range columnNames {
			if named(head, [][]string{append([]string{key}, others...)}) == "" {
				continue
			}
			if _, twice := t.columns[key]; !twice {
				t.columns[key] = i
			}
		}
	}
	return t
}

// get is a cell; needed says so where it is empty.
func (t *table) get(row Row, key string, needed bool) string {
	v := ""
	if i, ok := t.columns[key]; ok && i < len(row.Cells) {
		v = strings.TrimSpace(row.Cells[i])
	}
	if v == "" && needed {
		t.d.fail(t.place(row), errs.Tf("%[1]s is missing", "缺少 %[2]s（%[1]s）", key, columnNames[key][0]), errs.Tf("fill in the column %[1]q", "请填写“%[2]s”一列（%[1]s）", key, columnNames[key][0]))
	}
	return v
}

func (t *table) place(row Row) errs.Place {
	at := t.at
	at.Row = row.Number
	return at
}

func (t *table) title(row Row, otherwise string) errs.Text {
	title := errs.T(t.get(row, "en", false), t.get(row, "zh", false))
	if title.En == "" {
		title.En = title.Zh
	}
	if title.En == "" {
		title.En = otherwise
	}
	if title.Zh == "" {
		title.Zh = title.En
	}
	return title
}

func (t *table) span(row Row) Span {
	s := Span{always, never}
	for _, end := range []struct {
		key string
		day *clock.Day
	}{{"from", &s.From}, {"to", &s.To}} {
		if v := t.get(row, end.key, false); v != "" {
			day, err := clock.ParseDay(v)
			if err != nil {
				t.d.fail(t.place(row), errs.Tf("%[1]s: %[2]q is no day", "%[3]s（%[1]s）：%[2]q 不是日期", end.key, v, columnNames[end.key][0]), errs.T("write it as 2024-03-01, or as a date of the workbook", "请写成 2024-03-01，或用工作簿的日期格式"))
				continue
			}
			*end.day = day
		}
	}
	if s.To <= s.From {
		t.d.fail(t.place(row), errs.Tf("it ends on %s, not after it begins on %s", "结束日 %s 不晚于开始日 %s", s.To, s.From),
			errs.T("to is the first day on which it no longer holds", "“终止”为不再有效的第一天"))
	}
	return s
}

func (t *table) unit(row Row) {
	if id := t.get(row, "id", true); id != "" {
		t.d.units = append(t.d.units, &Unit{ID: UnitID(id), Title: t.title(row, id), Parent: UnitID(t.get(row, "parent", false)),
			Territory: t.get(row, "territory", false), Successor: UnitID(t.get(row, "successor", false)), Span: t.span(row), at: t.place(row)})
	}
}

func (t *table) post(row Row) {
	if id := t.get(row, "id", true); id != "" {
		t.d.posts = append(t.d.posts, &Post{ID: PostID(id), Title: t.title(row, id), at: t.place(row)})
	}
}

func (t *table) conflict(row Row) {
	a, b := t.get(row, "a", true), t.get(row, "b", true)
	if a == "" || b == "" {
		return
	}
	said := t.get(row, "kind", false)
	kind, ok := relationNames[strings.ToLower(said)]
	if !ok {
		t.d.fail(t.place(row), errs.Tf("kind: %q; expected kinship or interest", "关系（kind）：%q；应为亲属或利害关系", said), errs.Text{})
		return
	}
	t.d.conflicts = append(t.d.conflicts, &Conflict{A: PersonID(a), B: PersonID(b), Kind: kind, Span: t.span(row), at: t.place(row)})
}

func (t *table) officer(row Row) {
	id, unit, post := t.get(row, "id", true), t.get(row, "unit", true), t.get(row, "post", true)
	if id == "" || unit == "" || post == "" {
		return
	}
	said := t.get(row, "as", false)
	as, ok := tenureNames[strings.ToLower(said)]
	if !ok {
		t.d.fail(t.place(row), errs.Tf("as: %q; expected primary, acting or second", "任职方式（as）：%q；应为主职、代理或兼任", said), errs.Text{})
		return
	}
	t.d.holdings = append(t.d.holdings, &Holding{Person: PersonID(id), Unit: UnitID(unit), Post: PostID(post), Rank: t.get(row, "rank", false),
		As: as, Span: t.span(row), at: t.place(row)})
}

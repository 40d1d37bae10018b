package table

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// Row is a row of a wide table: its line (CSV) or row (workbook), its cells,
// and the row as it stood, for those that are set aside.
type Row struct {
	Place errs.Place
	Cells [][]byte
	Raw   string
}

// Sheet is what a wide table said, to compare the next one with.
type Sheet struct {
	n     int              // which sheet it is, from 1
	seq   map[string]int64 // the place of each type among events of one instant
	cases map[string]map[string]said
}

// said is what the sheets so far say of one event: its content, "" where the
// cell was emptied.
type said struct{ content string }

// wide is one reading of a wide table.
type wide struct {
	plan    *Plan
	b       *event.Builder
	opt     eventio.Read
	sheet   *Sheet
	caseCol Column
	events  []Column // Name is the event type
	extra   []Column // objects, actor, unit, recorded: the same for all events of a row
	attrs   []Column
	seen    map[string]errs.Place // cases of this sheet
	idle    int                   // of them without any date
	spaces  spaces
}

// ReadWide adds the rows of a wide table to a log: each row is a case, each
// column of dates a type of event that happened to it then, all other columns
// are attributes of the case, in force from its first event. The mapping names
// the columns of events, TYPE=COLUMN (or event.TYPE=COLUMN), with a layout
// behind @ where needed; without any, those are taken in which most cells are
// times and which no pack declares as attributes. case= is recognised by its
// common names; actor=, unit=, recorded= and object.TYPE= hold for all events of
// the row, and only where given.
//
// The id of an event is CASE|TYPE, with % and | in the parts as %25 and %7C.
// With the sheet that was read before, only what changed is added, as
// corrections: another date, or another attribute, corrects; an emptied cell
// voids; and what remains is what this sheet says. A row or a column that is no longer there says nothing: whoever
// deletes a row doesn't undo what happened. Cases without any date, and those
// that are no longer there, are counted in opt.Lost.
func ReadWide(header []string, rows []Row, b *event.Builder, opt eventio.Read, previous *Sheet) (*Sheet, error) {
	w := &wide{plan: newPlan(header, opt, b), b: b, opt: opt, seen: map[string]errs.Place{}}
	w.sheet = next(previous)
	if err := w.columns(rows); err != nil {
		return nil, err
	}
	for _, c := range w.events {
		if w.sheet.seq[c.Name] == 0 {
			w.sheet.seq[c.Name] = int64(len(w.sheet.seq)) + 1
		}
	}
	w.spaces = newSpaces(len(header))
	for _, r := range rows {
		if err := w.row(r); err != nil {
			return nil, err
		}
	}
	w.spaces.tell(w.plan.Header, opt)
	if opt.Lost != nil {
		opt.Lost.Add(errs.T("case without any date, so that nothing of it is in the log", "没有任何日期的案件，日志中没有其内容"), w.idle)
		opt.Lost.Add(errs.T("case of the sheets before that this one lacks; its events stand", "此前表中有而此表没有的案件；其事件保留"), len(w.sheet.cases)-len(w.seen))
	}
	return w.sheet, nil
}

// next is a sheet that goes on from the one before; that one stays as it is.
func next(previous *Sheet) *Sheet {
	s := &Sheet{n: 1, seq: map[string]int64{}, cases: map[string]map[string]said{}}
	if previous != nil {
		s.n = previous.n + 1
		s.seq = maps.Clone(previous.seq)
		for id, events := range previous.cases {
			s.cases[id] = maps.Clone(events)
		}
	}
	return s
}

// columns finds out which part each column plays.
func (w *wide) columns(rows []Row) error {
	used, err := w.mapped()
	if err != nil {
		return err
	}
	if w.caseCol.Object == "" {
		if err := w.findCase(used); err != nil {
			return err
		}
	}
	if len(w.events) == 0 {
		w.findEvents(rows, used)
	}
	if len(w.events) == 0 {
		return &errs.Error{Code: errs.Input, Place: errs.Place{File: w.opt.File, Line: 1},
			What: errs.Tf("no column holds times, so that the table has no events; the columns are %s", "没有任何列是时间，表中没有事件；现有列：%s", w.plan.list()),
			Next: errs.T("name them: --map 'TYPE=COLUMN,…', with TYPE=COLUMN@02.01.2006 for a layout of your own", "请指明：--map '事件类型=列名,…'，自定时间格式写作 事件类型=列名@02.01.2006")}
	}
	w.findAttrs(used)
	return w.learn(rows)
}

func (w *wide) mapped() (used map[int]bool, err error) {
	used = map[int]bool{}
	for _, key := range slices.Sorted(maps.Keys(w.opt.Map)) {
		value := w.opt.Map[key]
		if value == "" || value == "-" || slices.Contains(settings, key) {
			continue
		}
		c := Column{Role: Type, Name: strings.TrimPrefix(key, "event.")}
		switch isRole := slices.Contains([]string{"case", "actor", "unit", "recorded"}, key) || strings.HasPrefix(key, "object."); {
		case isRole:
			if c, err = w.plan.role(key); err != nil {
				return nil, err
			}
		case slices.Contains([]string{"type", "time", "id", "seq"}, key):
			return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: w.opt.File},
				What: errs.Tf("--map %[1]s=…: a wide table has no column of that part: each column of dates is an event type, and gives time and id", "--map %[1]s=…：宽表没有这样的列：每个日期列即一种事件类型，并给出时间和编号", key),
				Next: errs.Tf("for an event type of that name write event.%s=COLUMN", "若事件类型就叫这个名字，请写 event.%s=列名", key)}
		}
		if err := w.plan.find(&c, key, value); err != nil {
			return nil, err
		}
		used[c.Index] = true
		switch {
		case key == "case":
			w.caseCol = c
		case c.Role == Type:
			w.events = append(w.events, c)
		default:
			w.extra = append(w.extra, c)
		}
	}
	slices.SortFunc(w.events, func(a, b Column) int { return cmp.Compare(a.Index, b.Index) })
	return used, nil
}

func (w *wide) findCase(used map[int]bool) error {
	found := Recognise("case", w.plan.Header, func(i int) bool { return used[i] })
	switch len(found) {
	case 0:
		return &errs.Error{Code: errs.Input, Place: errs.Place{File: w.opt.File, Line: 1},
			What: errs.Tf("no column is recognised as the case; the columns are %s", "认不出哪一列是案件；现有列：%s", w.plan.list()),
			Next: errs.T("name it: --map case=COLUMN", "请指明：--map case=列名")}
	case 1:
		w.caseCol = Column{Role: Object, Object: CaseType, Index: found[0], Header: w.plan.Header[found[0]]}
		used[found[0]] = true
		return nil
	}
	return w.plan.ambiguous("case", found)
}

// findEvents takes the columns in which most cells are times.
func (w *wide) findEvents(rows []Row, used map[int]bool) {
	for i, h := range w.plan.Header {
		if used[i] || h == "" || w.b.Declared(h) != event.Absent {
			continue
		}
		full, times := 0, 0
		for _, r := range rows {
			if i < len(r.Cells) && len(r.Cells[i]) > 0 {
				full++
				if looksLikeTime(r.Cells[i], w.b.Zone()) {
					times++
				}
			}
		}
		if times*2 > full || w.sheet.seq[h] > 0 { // a column that was of dates before still is, were all of them emptied
			used[i] = true
			w.events = append(w.events, Column{Role: Type, Header: h, Index: i, Name: h})
		}
	}
}

func (w *wide) findAttrs(used map[int]bool) {
	for i, h := range w.plan.Header {
		if used[i] || h == "" {
			continue
		}
		c := w.plan.byPrefix(h, i)
		if c.Role == Object {
			continue // objects of a wide table are mapped
		}
		c.Role = ObjectAttr
		if w.plan.wants(c.Name) {
			w.attrs = append(w.attrs, c)
		}
	}
}

// learn settles the order of day and month of all columns of times.
func (w *wide) learn(rows []Row) error {
	p := &Plan{file: w.opt.File}
	for _, list := range [][]Column{w.events, w.extra, w.attrs} {
		for _, c := range list {
			if c.Role == Type {
				c.Role = Time
			}
			p.Columns = append(p.Columns, c)
		}
	}
	if err := p.Learn(func(yield func([][]byte) bool) {
		for _, r := range rows {
			if !yield(r.Cells) {
				return
			}
		}
	}); err != nil {
		return err
	}
	n := 0
	for _, list := range [][]Column{w.events, w.extra, w.attrs} {
		for i := range list {
			list[i].Time = p.Columns[n].Time
			n++
		}
	}
	return nil
}

// row compares one case with what the sheet before said of it.
func (w *wide) row(r Row) error {
	w.names(r.Cells)
	id := string(r.Cells[w.caseCol.Index])
	first, twice := w.seen[id]
	switch {
	case id == "":
		return w.bad(r, &Fault{What: errs.Tf("column %q is empty; expected the case", "列 %q 为空；应为案件", w.caseCol.Header)})
	case twice:
		return w.bad(r, &Fault{What: errs.Tf("case %[1]q has a row already (%[2]s); expected one row a case", "案件 %[1]q 已有一行（%[2]s）；应每案一行", id, first),
			Next: errs.T("merge the two rows; a table with a row for each event isn't wide: read it without --wide", "请合并两行；若每行是一个事件，则不是宽表，请去掉 --wide")})
	}
	events, fault := w.eventsOf(id, r)
	if fault != nil {
		return w.bad(r, fault)
	}
	w.seen[id] = r.Place
	if len(events) == 0 {
		w.idle++
	}
	was := w.sheet.cases[id]
	if was == nil {
		was = map[string]said{}
		w.sheet.cases[id] = was
	}
	for _, c := range w.events {
		if err := w.change(id, c.Name, events[c.Name], was); err != nil {
			return w.bad(r, &Fault{What: errs.T(err.Error(), "该事件无法记入日志")})
		}
	}
	return nil
}

// names takes the space off the names of a row.
func (w *wide) names(cells [][]byte) {
	cells[w.caseCol.Index] = w.spaces.name(w.caseCol.Index, cells[w.caseCol.Index])
	for _, c := range w.extra {
		if c.Role != Recorded {
			cells[c.Index] = w.spaces.name(c.Index, cells[c.Index])
		}
	}
}

func (w *wide) bad(r Row, f *Fault) error {
	return w.opt.Bad.Add(&errs.Error{Code: errs.Input, Place: r.Place, What: f.What, Next: f.Next}, r.Raw)
}

// eventsOf are the events of a row by type, the case's attributes on the first.
func (w *wide) eventsOf(id string, r Row) (map[string]*event.Event, *Fault) {
	base := event.Event{Objects: []event.Object{{Type: CaseType, ID: id}}}
	for _, c := range w.extra {
		if fault := w.common(&base, c, c.Moment(r.Cells)); fault != nil {
			return nil, fault
		}
	}
	events := map[string]*event.Event{}
	var first *event.Event
	for _, c := range w.events {
		cell := r.Cells[c.Index]
		if len(cell) == 0 {
			continue
		}
		t, day, ok := c.Time.Parse(cell, w.b.Zone())
		if !ok {
			return nil, (&Filler{plan: w.plan}).badTime(c.Name, c.Index, 0, cell, &c.Time)
		}
		e := base
		e.Objects = slices.Clone(base.Objects)
		e.Type, e.Time = c.Name, stamp(t, day)
		e.ID = escapeID(id) + "|" + escapeID(c.Name)
		e.Seq, e.HasSeq = w.sheet.seq[c.Name], true
		events[c.Name] = &e
		if first == nil || cmp.Or(cmp.Compare(e.Time.At, first.Time.At), cmp.Compare(e.Seq, first.Seq)) < 0 {
			first = &e
		}
	}
	if first != nil {
		first.Objects[0].Attrs = w.attrsOf(r)
	}
	return events, nil
}

// common sets what holds for all events of a row.
func (w *wide) common(e *event.Event, c Column, cell []byte) *Fault {
	if len(cell) == 0 {
		return nil
	}
	switch c.Role {
	case Actor:
		e.Actor = event.Some(string(cell))
	case Unit:
		e.Unit = event.Some(string(cell))
	case Recorded:
		t, day, ok := c.Time.Parse(cell, w.b.Zone())
		if !ok {
			return (&Filler{plan: w.plan}).badTime("recorded", c.Index, c.clock, cell, &c.Time)
		}
		e.Recorded = stamp(t, day)
	default:
		e.Objects = append(e.Objects, event.Object{Type: c.Object, ID: string(cell), Qualifier: c.Qualifier})
	}
	return nil
}

func (w *wide) attrsOf(r Row) (list []event.Attr) {
	for _, c := range w.attrs {
		cell := r.Cells[c.Index]
		if len(cell) == 0 {
			continue
		}
		if c.timed() {
			if t, day, ok := c.Time.Parse(cell, w.b.Zone()); ok {
				s := stamp(t, day)
				list = append(list, event.Attr{Name: c.Name, Value: event.Value{Kind: s.Kind, At: s.At}})
				continue
			}
		}
		if c.Kind == event.String {
			w.spaces.text(c.Index, cell)
		}
		if v, ok := w.b.FromText(w.b.Column(c.Name), cell); ok { // what isn't of its type is counted there
			list = append(list, event.Attr{Name: c.Name, Value: v})
		}
	}
	return list
}

// change adds what this sheet says otherwise than the one before.
func (w *wide) change(id, typ string, now *event.Event, was map[string]said) error {
	before, known := was[typ]
	content := ""
	if now != nil {
		content = event.ContentID(now)
	}
	if content == before.content {
		return nil // unchanged, or never there
	}
	was[typ] = said{content}
	if known {
		original := escapeID(id) + "|" + escapeID(typ)
		if now == nil {
			now = &event.Event{Voids: original}
		} else {
			now.Corrects = original
		}
		now.ID = original + "|" + strconv.Itoa(w.sheet.n)
		now.Seq, now.HasSeq = int64(w.sheet.n), true // of several corrections the latest sheet's stands
	}
	_, err := w.b.Add(now)
	return event.AtPlace(err, errs.Place{File: w.opt.File})
}

var idEscaper = strings.NewReplacer("%", "%25", "|", "%7C")

func escapeID(s string) string { return idEscaper.Replace(s) }

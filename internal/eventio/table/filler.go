package table

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unsafe"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// Filler turns rows into a batch of events: [Filler.Add] for each, then
// [Filler.Done]; [Filler.Reset] begins the next. It is for one goroutine;
// several may follow one [Plan].
type Filler struct {
	batch event.Batch
	days  dayCache

	plan                                  *Plan
	zone                                  *clock.Zone
	objects                               []int // columns of the table
	typ, time, actor, unit, rec, seq, id_ int   // columns of the table, −1 without
	timeFmt, recFmt                       TimeFormat
	timeClock, recClock                   int      // columns of their times of day + 1, 0 without
	iso                                   bool     // the time has no layout of its own, and stands in one cell
	room                                  []byte   // for a date and its time of day
	attrs                                 []Column // by Batch.Attrs
	objAttrs                              []Column // by Batch.ObjectAttrs
	names                                 []int    // columns of ids, types, actors and units
	spaces                                spaces
}

// Fault is what is wrong with a row: in which column (of the table, −1 for the
// row as a whole), and what to do.
type Fault struct {
	Column     int
	What, Next errs.Text
}

// NewFiller makes a filler; z is where times without offset are read.
func NewFiller(p *Plan, z *clock.Zone) *Filler {
	f := &Filler{plan: p, zone: z, typ: -1, time: -1, actor: -1, unit: -1, rec: -1, seq: -1, id_: -1, spaces: newSpaces(len(p.Header))}
	w := &f.batch
	w.Type.Dict = event.NewBatchDict()
	for _, c := range p.Columns {
		switch c.Role {
		case Object, Type, Actor, Unit, ID:
			f.names = append(f.names, c.Index)
		}
		switch c.Role {
		case Object:
			f.objects = append(f.objects, c.Index)
			w.Objects = append(w.Objects, event.BatchObjects{Type: c.Object, Qualifier: c.Qualifier, Coded: event.Coded{Dict: event.NewBatchDict()}})
		case Type:
			f.typ = c.Index
		case Time:
			f.time, f.timeFmt, f.timeClock = c.Index, c.Time, c.clock
			f.iso = c.Time.free() && c.clock == 0
		case Actor:
			f.actor, w.Actor.Dict = c.Index, event.NewBatchDict()
		case Unit:
			f.unit, w.Unit.Dict = c.Index, event.NewBatchDict()
		case Recorded:
			f.rec, f.recFmt, f.recClock = c.Index, c.Time, c.clock
		case Seq:
			f.seq = c.Index
		case ID:
			f.id_, w.IDs.Dict = c.Index, event.NewBatchDict()
		case Attr:
			f.attrs = append(f.attrs, c)
			w.Attrs = append(w.Attrs, newAttr(c))
		case ObjectAttr:
			f.objAttrs = append(f.objAttrs, c)
			w.ObjectAttrs = append(w.ObjectAttrs, event.BatchObjectAttr{Of: c.of, BatchAttr: newAttr(c)})
		}
	}
	return f
}

func newAttr(c Column) event.BatchAttr {
	a := event.BatchAttr{Name: c.Name, Kind: c.Kind}
	if c.Kind == event.String {
		a.Strings.Dict = event.NewBatchDict()
	}
	return a
}

// Rows is how many rows the batch has so far.
func (f *Filler) Rows() int { return f.batch.Rows }

// Reset empties the batch and keeps its room.
func (f *Filler) Reset() {
	w := &f.batch
	w.Rows, w.Time, w.OnDay, w.Recorded, w.RecordedOnDay = 0, w.Time[:0], w.OnDay[:0], w.Recorded[:0], w.RecordedOnDay[:0]
	w.Seq, w.HasSeq = w.Seq[:0], w.HasSeq[:0]
	for _, c := range []*event.Coded{&w.Type, &w.Actor, &w.Unit, &w.IDs} {
		resetCoded(c)
	}
	for i := range w.Objects {
		resetCoded(&w.Objects[i].Coded)
	}
	for i := range w.Attrs {
		resetAttr(&w.Attrs[i])
	}
	for i := range w.ObjectAttrs {
		resetAttr(&w.ObjectAttrs[i].BatchAttr)
	}
}

func resetCoded(c *event.Coded) {
	c.Codes = c.Codes[:0]
	if c.Dict != nil {
		c.Dict.Reset()
	}
}

func resetAttr(a *event.BatchAttr) {
	a.Has, a.Nums, a.Times, a.OnDay, a.Lists, a.Mistyped = a.Has[:0], a.Nums[:0], a.Times[:0], a.OnDay[:0], a.Lists[:0], 0
	resetCoded(&a.Strings)
}

// Add appends a row, whose cells the filler doesn't keep, or says what is
// wrong with it and leaves the batch as it was. Cells of columns that the plan
// doesn't need may be nil; an empty cell is absent.
func (f *Filler) Add(cells [][]byte) *Fault {
	w := &f.batch
	at, day := clock.Instant(0), false
	ok := f.iso && f.days.parse(cells[f.time], f.zone, &at)
	if !ok {
		cell := f.moment(cells, f.time, f.timeClock)
		if at, day, ok = f.timeFmt.Parse(cell, f.zone); !ok {
			return f.badTime("time", f.time, f.timeClock, cell, &f.timeFmt)
		}
	}
	for _, c := range f.names {
		cells[c] = f.spaces.name(c, cells[c])
	}
	if len(cells[f.typ]) == 0 {
		return &Fault{f.typ, errs.Tf("column %q is empty; expected the event's type", "列 %q 为空；应为事件类型", f.plan.Header[f.typ]), errs.Text{}}
	}
	if !f.anyObject(cells) {
		return f.noObject()
	}
	rec := event.Stamp{}
	if f.rec >= 0 && len(cells[f.rec]) > 0 {
		cell := f.moment(cells, f.rec, f.recClock)
		t, d, ok := f.recFmt.Parse(cell, f.zone)
		if !ok {
			return f.badTime("recorded", f.rec, f.recClock, cell, &f.recFmt)
		}
		rec = stamp(t, d)
	}
	if f.seq >= 0 {
		if fault := f.addSeq(cells[f.seq]); fault != nil {
			return fault
		}
	}
	w.Time = append(w.Time, at)
	flag(&w.OnDay, w.Rows, day)
	if f.rec >= 0 {
		f.addRecorded(rec)
	}
	w.Type.Codes = append(w.Type.Codes, w.Type.Dict.CodeBytes(cells[f.typ]))
	for i, c := range f.objects {
		addCode(&w.Objects[i].Coded, cells[c])
	}
	if f.actor >= 0 {
		addFew(&w.Actor, cells[f.actor])
	}
	if f.unit >= 0 {
		addFew(&w.Unit, cells[f.unit])
	}
	if f.id_ >= 0 {
		addCode(&w.IDs, cells[f.id_])
	}
	for i := range f.attrs {
		f.addAttr(&w.Attrs[i], &f.attrs[i], cells[f.attrs[i].Index])
	}
	for i := range f.objAttrs {
		f.addAttr(&w.ObjectAttrs[i].BatchAttr, &f.objAttrs[i], cells[f.objAttrs[i].Index])
	}
	w.Rows++
	return nil
}

func addCode(c *event.Coded, cell []byte) { c.Codes = c.Dict.AppendCode(c.Codes, cell) }

// addFew is addCode for columns of few different names, which lie near anyway.
func addFew(c *event.Coded, cell []byte) {
	code := uint32(0)
	if len(cell) > 0 {
		code = c.Dict.CodeBytes(cell)
	}
	c.Codes = append(c.Codes, code)
}

// Done is the batch, ready to be merged.
func (f *Filler) Done() *event.Batch {
	w := &f.batch
	settle(&w.IDs)
	for i := range w.Objects {
		settle(&w.Objects[i].Coded)
	}
	for i := range w.Attrs {
		settle(&w.Attrs[i].Strings)
	}
	for i := range w.ObjectAttrs {
		settle(&w.ObjectAttrs[i].Strings)
	}
	return w
}

// Tell counts what of the rows so far isn't, or may not be, as it was meant.
func (f *Filler) Tell(opt eventio.Read) { f.spaces.tell(f.plan.Header, opt) }

func settle(c *event.Coded) {
	if c.Dict != nil {
		c.Dict.Settle(c.Codes)
	}
}

func stamp(t clock.Instant, day bool) event.Stamp {
	if day {
		return event.Stamp{At: t, Kind: event.Day}
	}
	return event.Stamp{At: t, Kind: event.Time}
}

// flag appends to a column of marks, which begins with the first mark.
func flag(col *[]bool, row int, v bool) {
	if len(*col) == 0 {
		if !v {
			return
		}
		*col = append(*col, make([]bool, row)...)
	}
	*col = append(*col, v)
}

func (f *Filler) addRecorded(s event.Stamp) {
	w := &f.batch
	if s.Kind == event.Absent {
		s.At = event.NoTime
	}
	w.Recorded = append(w.Recorded, s.At)
	w.RecordedOnDay = append(w.RecordedOnDay, s.Kind == event.Day)
}

func (f *Filler) addSeq(cell []byte) *Fault {
	w := &f.batch
	n, err := int64(0), error(nil)
	if cell = bytes.TrimSpace(cell); len(cell) > 0 {
		if n, err = strconv.ParseInt(string(cell), 10, 64); err != nil {
			return &Fault{f.seq, errs.Tf("column %q: %s is not a place in an order; expected a whole number", "列 %q：%s 不是顺序号；应为整数", f.plan.Header[f.seq], quote(cell)),
				errs.T("correct it, leave it empty, or read the table without it: --map seq=-", "请改正或留空，或不读该列：--map seq=-")}
		}
	}
	w.Seq, w.HasSeq = append(w.Seq, n), append(w.HasSeq, len(cell) > 0)
	return nil
}

func (f *Filler) anyObject(cells [][]byte) bool {
	for _, c := range f.objects {
		if len(cells[c]) > 0 {
			return true
		}
	}
	return false
}

func (f *Filler) noObject() *Fault {
	c := f.objects[0]
	return &Fault{c, errs.Tf("column %q is empty; expected the case or object that the event is about", "列 %q 为空；应为事件所涉的案件或对象", f.plan.Header[c]), errs.Text{}}
}

// moment is the cell of a time, with the time of day from its own column.
func (f *Filler) moment(cells [][]byte, col, clock int) []byte {
	if clock == 0 {
		return cells[col]
	}
	f.room = joined(f.room[:0], cells[col], cells[clock-1])
	return f.room
}

func (f *Filler) badTime(key string, col, clock int, cell []byte, how *TimeFormat) *Fault {
	h := f.plan.Header[col]
	if clock > 0 {
		h += "+" + f.plan.Header[clock-1]
	}
	if len(cell) == 0 {
		return &Fault{col, errs.Tf("column %q is empty; expected when it happened", "列 %q 为空；应为发生时间", h), errs.Text{}}
	}
	fault := &Fault{Column: col, What: errs.Tf("column %q: %s is not a time; expected one as 2026-03-01T09:10:00+01:00 or 2026-03-01", "列 %q：%s 不是时间；应如 2026-03-01T09:10:00+01:00 或 2026-03-01", h, quote(cell))}
	c, civil := parseCivil(bytes.TrimSpace(cell), unknownOrder)
	switch {
	case !how.free():
		fault.What = errs.Tf("column %q: %s is not a time in the layout that --map gives", "列 %q：%s 不符合 --map 给出的时间格式", h, quote(cell))
		fault.Next = errs.T("correct the cell or the layout", "请改正单元格或时间格式")
	case civil && c.ambiguous && how.order == unknownOrder:
		fault.Next = errs.Tf("is the day or the month first? say it: --map '%s=%s@%s'", "日在前还是月在前？请指明：--map '%s=%s@%s'", key, h, layoutOf(strings.TrimSpace(string(cell)), "2", "1"))
	case twoDigitYear.Match(bytes.TrimSpace(cell)):
		short := func(first, second string) string {
			return strings.Replace(layoutOf(strings.TrimSpace(string(cell)), first, second), "2006", "06", 1)
		}
		fault.Next = errs.Tf("a year of two digits isn't guessed; say what it is: --map '%[1]s=%[2]s@%[3]s' (day first) or '%[1]s=%[2]s@%[4]s' (month first)", "两位数的年份不作推测；请指明：--map '%[1]s=%[2]s@%[3]s'（日在前）或 '%[1]s=%[2]s@%[4]s'（月在前）", key, h, short("2", "1"), short("1", "2"))
	case serialDay.Match(bytes.TrimSpace(cell)):
		fault.Next = errs.Tf("if this is how a spreadsheet counts days, say it: --map %s=%s@excel; where others of the column are dates, format this cell as a date, too", "若为电子表格的日期序号，请指明：--map %s=%s@excel；若该列其他单元格是日期，请把此单元格也设为日期格式", key, h)
	case strings.Trim(string(cell), "0123456789") == "":
		fault.Next = errs.Tf("if these are seconds or milliseconds since 1970, say it: --map %[1]s=%[2]s@unix or @unixms", "若为 1970 年以来的秒或毫秒，请指明：--map %[1]s=%[2]s@unix 或 @unixms", key, h)
	default:
		fault.Next = errs.Tf("correct it, or give the column's layout: --map '%s=%s@02.01.2006 15:04'", "请改正，或给出该列的时间格式：--map '%s=%s@02.01.2006 15:04'", key, h)
	}
	return fault
}

var (
	twoDigitYear = regexp.MustCompile(`^\d{1,2}([/.-])\d{1,2}[/.-]\d{2}($| )`)
	serialDay    = regexp.MustCompile(`^[2-7]\d{4}([.,]\d+)?($| )`) // of the years 1954 to 2119
)

// quote is a cell for a message, cut short.
func quote(b []byte) string {
	if len(b) > 60 {
		return strconv.Quote(strings.ToValidUTF8(string(b[:60]), "")) + "…"
	}
	return strconv.Quote(string(b))
}

// addAttr appends a cell to a column of an attribute: of its declared type,
// else absent and counted.
func (f *Filler) addAttr(a *event.BatchAttr, c *Column, cell []byte) {
	if c.Kind == event.String {
		f.spaces.text(c.Index, cell)
		addCode(&a.Strings, cell)
		return
	}
	var v event.Value
	ok := false
	if len(cell) > 0 {
		if c.timed() {
			t, day, readable := c.Time.Parse(cell, f.zone)
			s := stamp(t, day)
			v, ok = event.Value{Kind: s.Kind, At: s.At}, readable
		} else {
			if f.plan.comma && c.Kind == event.Number {
				cell = f.pointed(cell)
			}
			v, ok = event.ParseText(c.Kind, view(cell), f.zone)
			ok = ok && !(v.Kind == event.Number && (v.Num-v.Num != 0)) // neither infinite nor not a number
		}
		if !ok {
			a.Mistyped++
		}
	}
	a.Has = append(a.Has, ok)
	switch c.Kind {
	case event.Number, event.Bool:
		a.Nums = append(a.Nums, v.Num)
	case event.Strings:
		for i, s := range v.List {
			v.List[i] = strings.Clone(s) // the cell's bytes are used again
		}
		a.Lists = append(a.Lists, v.List)
	default:
		a.Times = append(a.Times, v.At)
		a.OnDay = append(a.OnDay, v.Kind == event.Day)
	}
}

// pointed is a number with a decimal comma, and points between thousands, as
// one with a decimal point; nothing where it isn't one.
func (f *Filler) pointed(cell []byte) []byte {
	if !withComma.Match(cell) {
		return nil
	}
	f.room = f.room[:0]
	for _, b := range cell {
		switch b {
		case '.', ' ':
		case ',':
			f.room = append(f.room, '.')
		default:
			f.room = append(f.room, b)
		}
	}
	return f.room
}

var withComma = regexp.MustCompile(`^[+-]?(\d+|\d{1,3}([. ]\d{3})+)(,\d+)?$`)

// view is a cell as a string that must not outlive it.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

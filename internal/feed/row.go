package feed

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// column is what a column of an answer becomes.
type column struct {
	name string
	part string // of an event; "": an attribute; "-": nothing
	typ  string // the database's word for its type, in capitals
	kind event.Kind
}

// plan says what each column becomes. A part that no column plays is refused by
// name: the query was changed and the definition wasn't, or the other way round.
func (d *Definition) plan(names, types []string, schema map[string]event.Kind) ([]column, error) {
	out := make([]column, len(names))
	for i, name := range names {
		out[i] = column{name: name, typ: strings.ToUpper(types[i]), kind: schema[name]}
		if slices.Contains(d.Ignored, name) || name == d.Mark.Column {
			out[i].part = "-"
		}
		if slices.Contains(parts, name) || strings.HasPrefix(name, "object.") {
			if _, other := d.Columns[name]; !other {
				out[i].part = name
			}
		}
	}
	has := func(name string) int { return slices.Index(names, name) }
	for part, name := range d.Columns {
		i := has(name)
		if i < 0 {
			return nil, d.wrong(errs.Tf("the answer has no column %q, which is to be the part %q", "查询结果没有列 %q（对应 %q）", name, part), errs.DidYouMean(name, names))
		}
		out[i].part = part
	}
	if has(d.Mark.Column) < 0 {
		return nil, d.wrong(errs.Tf("the answer has no column %q, by which the mark goes", "查询结果没有读取位置列 %q", d.Mark.Column), errs.DidYouMean(d.Mark.Column, names))
	}
	played := func(part string) bool { return slices.ContainsFunc(out, func(c column) bool { return c.part == part }) }
	for _, part := range []string{"type", "time"} {
		if !played(part) {
			return nil, d.wrong(errs.Tf("no column is the part %q", "没有列对应 %q", part), errs.Tf("name it under columns, or select it AS %s", "请在 columns 中指明，或在查询中写 AS %s", part))
		}
	}
	return out, nil
}

func (d *Definition) wrong(what, next errs.Text) error {
	return &errs.Error{Code: errs.Usage, What: errs.T(fmt.Sprintf("query %q: %s", d.Name, what.En), fmt.Sprintf("查询 %q：%s", d.Name, what.Zh)), Next: next}
}

// makeEvent makes an event of a row; nulls are absent.
func makeEvent(columns []column, row []any, zone *clock.Zone) (event.Event, *errs.Error) {
	e := event.Event{}
	for i := range columns {
		c := &columns[i]
		if row[i] == nil || c.part == "-" {
			continue
		}
		if err := c.put(&e, c.readable(row[i]), zone); err != nil {
			return e, err
		}
	}
	return e, nil
}

// binary are the types whose cells are bytes and no text.
var binary = []string{"BYTEA", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "BINARY", "VARBINARY", "GEOMETRY"}

// readable is a cell that holds bytes as text: as \x and hexadecimal digits, bits as
// their number.
func (c *column) readable(v any) any {
	b, ok := v.([]byte)
	switch {
	case !ok:
		return v
	case c.typ == "BIT" && len(b) <= 8: // MySQL's
		n := uint64(0)
		for _, x := range b {
			n = n<<8 | uint64(x)
		}
		return strconv.FormatUint(n, 10)
	case slices.Contains(binary, c.typ):
		return `\x` + hex.EncodeToString(b)
	}
	return v
}

// put gives an event what a cell says.
func (c *column) put(e *event.Event, v any, zone *clock.Zone) *errs.Error {
	text := textOf(v)
	switch c.part {
	case "":
		if value, ok := c.value(v, zone); ok {
			e.Attrs = append(e.Attrs, event.Attr{Name: c.name, Value: value})
		}
	case "id":
		e.ID = text
	case "type":
		e.Type = text
	case "actor":
		e.Actor = event.Some(text)
	case "unit":
		e.Unit = event.Some(text)
	case "corrects":
		e.Corrects = text
	case "voids":
		e.Voids = text
	case "case":
		e.Objects = append(e.Objects, event.Object{Type: "case", ID: text})
	case "seq":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return c.unread("expected a whole number", "应为整数", text)
		}
		e.Seq, e.HasSeq = n, true
	case "time", "recorded":
		s, ok := c.stamp(v, zone)
		if !ok {
			return c.unread("expected a time", "应为时间", text)
		}
		if c.part == "time" {
			e.Time = s
		} else {
			e.Recorded = s
		}
	default:
		typ, qualifier, _ := strings.Cut(strings.TrimPrefix(c.part, "object."), "/")
		e.Objects = append(e.Objects, event.Object{Type: typ, ID: text, Qualifier: qualifier})
	}
	return nil
}

func (c *column) unread(en, zh, text string) *errs.Error {
	return &errs.Error{Code: errs.Input, What: errs.Tf("column %[1]s: %[2]q; "+en, "列 %[1]s：%[2]q；"+zh, c.name, text)}
}

// textOf is a cell as a name or number is written.
func textOf(v any) string {
	switch v := v.(type) {
	case []byte:
		return string(v)
	case string:
		return v
	case float64:
		return event.FormatNumber(v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// stamp is a cell as a time. The zone of a time that has none is the agency's; only
// the type of the column says whether it has one, since drivers give both alike.
func (c *column) stamp(v any, zone *clock.Zone) (event.Stamp, bool) {
	t, isTime := v.(time.Time)
	switch {
	case isTime && c.typ == "DATE":
		y, m, d := t.Date()
		return event.Stamp{At: zone.First(clock.NewDay(y, m, d)), Kind: event.Day}, true
	case isTime && c.typ == "TIMESTAMPTZ":
		return event.Stamp{At: clock.InstantOf(t), Kind: event.Time}, true
	case isTime:
		at, _, err := clock.ParseInstant(t.Format("2006-01-02T15:04:05.999999"), zone)
		return event.Stamp{At: at, Kind: event.Time}, err == nil
	}
	text := strings.TrimSpace(textOf(v))
	if c.typ == "TIMESTAMP" { // MySQL's, told in the session's zone
		text += "Z"
	}
	at, day, err := clock.ParseInstant(text, zone)
	if day {
		return event.Stamp{At: at, Kind: event.Day}, err == nil
	}
	return event.Stamp{At: at, Kind: event.Time}, err == nil
}

var numeric = []string{"NUMERIC", "DECIMAL", "INT2", "INT4", "INT8", "FLOAT4", "FLOAT8", "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT",
	"UNSIGNED TINYINT", "UNSIGNED SMALLINT", "UNSIGNED MEDIUMINT", "UNSIGNED INT", "UNSIGNED BIGINT", "FLOAT", "DOUBLE", "YEAR"}

var timed = []string{"DATE", "TIMESTAMP", "TIMESTAMPTZ", "DATETIME"}

// value is a cell as an attribute: of the type that a pack declares, else of the
// database's own. What can't be read as its declared type is kept as text, and
// counts as absent where it is judged.
func (c *column) value(v any, zone *clock.Zone) (event.Value, bool) {
	text := textOf(v)
	if b, ok := v.(bool); ok && (c.kind == event.Absent || c.kind == event.Bool) {
		return event.Boolean(b), true
	}
	switch {
	case c.kind == event.String:
		return event.Str(text), true
	case c.kind == event.Time || c.kind == event.Absent && slices.Contains(timed, c.typ):
		if s, ok := c.stamp(v, zone); ok {
			return event.Value{Kind: s.Kind, At: s.At}, true
		}
	case c.kind == event.Bool && (text == "0" || text == "1"): // MySQL's TINYINT(1)
		return event.Boolean(text == "1"), true
	case c.kind == event.Number || c.kind == event.Absent && slices.Contains(numeric, c.typ):
		if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return event.Num(f), true
		}
	case c.kind != event.Absent:
		if value, ok := event.ParseText(c.kind, text, zone); ok {
			return value, true
		}
	}
	return event.Str(text), true
}

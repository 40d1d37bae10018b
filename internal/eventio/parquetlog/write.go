package parquetlog

import (
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table"
)

// rowsPerGroup is a compromise: a reader works on row groups at once, and a
// writer holds one in memory.
const rowsPerGroup = 1 << 18

// What Parquet, one row an event, has no place for.
var (
	lostSetting = errs.T("values of objects' attributes that are in force at none of their events", "对象属性值：在该对象的任何事件时均不生效")
	lostList    = errs.T("lists as attributes of objects", "作为对象属性的列表")
	lostDate    = errs.T("dates of changes of objects' attributes (kept as a change by the object's next event)", "对象属性变更日期（改为由该对象的下一事件变更）")
)

// Write writes the events of l, in their order, as one Parquet file with the
// columns that the package comment lists, compressed with zstd. Errors are
// those of w.
func Write(w io.Writer, l *event.Log) (eventio.Lost, error) {
	return write(w, l, rowsPerGroup)
}

func write(w io.Writer, l *event.Log, perGroup int64) (eventio.Lost, error) {
	rows, inPlace := l.InOrder()
	wr := &writer{l: l, rows: rows, lost: eventio.Lost{}}
	wr.lost.AddFile(l, rows)
	wr.settings()
	wr.lay(inPlace)
	schema := parquet.NewSchema("log", wr.group())
	for i := range wr.cols {
		path := []string{wr.cols[i].name}
		if wr.cols[i].list {
			path = append(path, "list", "element")
		}
		leaf, _ := schema.Lookup(path...)
		wr.cols[i].index = leaf.ColumnIndex
		wr.byIndex = append(wr.byIndex, nil)
	}
	for i := range wr.cols {
		wr.byIndex[wr.cols[i].index] = &wr.cols[i]
	}
	out := parquet.NewGenericWriter[any](w, schema, parquet.Compression(&zstd.Codec{}), parquet.MaxRowsPerRowGroup(perGroup),
		parquet.CreatedBy("plumbline", "", ""))
	if err := wr.writeRows(out); err != nil {
		return wr.lost, err
	}
	return wr.lost, out.Close()
}

// writer knows what goes into which column.
type writer struct {
	l       *event.Log
	rows    []uint32
	lost    eventio.Lost
	sets    map[uint32][]setting // by row
	cols    []outColumn
	byIndex []*outColumn
	links   map[object]int // type and qualifier → place of their column in cols
}

// setting is an attribute that a row sets on an object.
type setting struct {
	object event.ObjectID
	name   string
	value  event.Value
}

// object is what a column of objects holds.
type object struct {
	typ       uint16
	qualifier uint32
}

// outColumn is a column: its values of a row, or of a row's objects.
type outColumn struct {
	name  string
	index int
	list  bool
	node  parquet.Node
	value func(row uint32) (parquet.Value, bool)
	each  func(row uint32, links []event.Link) []parquet.Value // for objects and lists; nil: null
}

// lay decides which columns there are.
func (wr *writer) lay(inPlace bool) {
	l := wr.l
	wr.add(outColumn{name: "activity", node: textNode(), value: func(r uint32) (parquet.Value, bool) {
		return str(l.Types.Name(uint32(l.Type[r]))), true
	}})
	wr.stamp("timestamp", l.Time, l.OnDay)
	if l.Recorded != nil {
		wr.stamp("recorded", l.Recorded, l.RecordedOnDay)
	}
	wr.coded("actor", l.Actor)
	wr.coded("unit", l.Unit)
	if !inPlace {
		wr.add(outColumn{name: "seq", node: parquet.Leaf(parquet.Int64Type), value: func(r uint32) (parquet.Value, bool) {
			return parquet.Int64Value(l.SeqOf(r)), true
		}})
	}
	for _, r := range wr.rows {
		if l.GivenID(r) != "" {
			wr.add(outColumn{name: "event_id", node: parquet.String(), value: func(r uint32) (parquet.Value, bool) {
				id := l.GivenID(r)
				return str(id), id != ""
			}})
			break
		}
	}
	wr.layObjects()
	wr.noObjects()
	for _, c := range l.Attrs {
		wr.layAttr(c)
	}
	wr.layObjectAttrs()
}

func (wr *writer) add(c outColumn) { wr.cols = append(wr.cols, c) }

func textNode() parquet.Node { return parquet.Encoded(parquet.String(), &parquet.RLEDictionary) }

func str(s string) parquet.Value { return parquet.ByteArrayValue([]byte(s)) }

// stamp lays times: in one column, and where some are a date alone, those in
// one of their own.
func (wr *writer) stamp(name string, at []clock.Instant, onDay *event.Bitmap) {
	l := wr.l
	days, times := false, false
	for _, r := range wr.rows {
		if at[r] == event.NoTime {
			continue
		}
		if onDay.Has(r) {
			days = true
		} else {
			times = true
		}
	}
	if times || !days {
		wr.add(outColumn{name: name, node: parquet.Timestamp(parquet.Microsecond), value: func(r uint32) (parquet.Value, bool) {
			return parquet.Int64Value(int64(at[r])), at[r] != event.NoTime && !onDay.Has(r)
		}})
	}
	if days {
		if times {
			name += "#day"
		}
		wr.add(outColumn{name: name, node: parquet.Date(), value: func(r uint32) (parquet.Value, bool) {
			return parquet.Int32Value(int32(l.Zone.Date(at[r]))), at[r] != event.NoTime && onDay.Has(r)
		}})
	}
}

func (wr *writer) coded(name string, codes []uint32) {
	if codes == nil {
		return
	}
	wr.add(outColumn{name: name, node: textNode(), value: func(r uint32) (parquet.Value, bool) {
		return str(wr.l.Strings.Name(codes[r])), codes[r] != 0
	}})
}

// layObjects lays a column for each type of object and qualifier, a list where
// some event has several.
func (wr *writer) layObjects() {
	wr.links = map[object]int{}
	count := map[object]int{}
	var buf [1]event.Link
	for _, r := range wr.rows {
		links := wr.l.Links(r, &buf)
		if len(links) > 1 {
			clear(count)
		}
		for _, k := range links {
			o := wr.objectOf(k)
			i, ok := wr.links[o]
			if !ok {
				i = len(wr.cols)
				wr.links[o] = i
				wr.add(wr.objectColumn(o))
			}
			if len(links) > 1 {
				if count[o]++; count[o] > 1 {
					wr.cols[i].list = true
				}
			}
		}
	}
}

// noObjects lays the column that a log without events has none of.
func (wr *writer) noObjects() {
	if len(wr.links) == 0 {
		wr.add(outColumn{name: "case_id", node: textNode(), each: func(uint32, []event.Link) []parquet.Value { return nil }})
	}
}

func (wr *writer) objectOf(k event.Link) object {
	return object{wr.l.Objects.Type(k.Object), k.Qualifier}
}

// objectName is the name of a column of objects, and what the names of their
// attributes' columns begin with.
func (wr *writer) objectName(o object) (name, attrs string) {
	typ := wr.l.Objects.Types.Name(uint32(o.typ))
	if typ == "case" && o.qualifier == 0 {
		return "case_id", "case:"
	}
	name = "object:" + escape(typ)
	if o.qualifier != 0 {
		name += "/" + escape(wr.l.Strings.Name(o.qualifier))
	}
	return name, name + ":"
}

func (wr *writer) objectColumn(o object) outColumn {
	name, _ := wr.objectName(o)
	return outColumn{name: name, node: textNode(), each: func(_ uint32, links []event.Link) []parquet.Value {
		var out []parquet.Value
		for _, k := range links {
			if wr.objectOf(k) == o {
				out = append(out, str(wr.l.Objects.Name(k.Object)))
			}
		}
		return out
	}}
}

// attrName is the name of the column of an event's attribute.
func attrName(name string) string {
	_, _, suffixed := kindSuffix(name)
	c := column{}
	c.fromName(name)
	if name != "" && !table.Plays(name) && !suffixed && c.part == partAttr && c.attr == name {
		return name
	}
	return "attribute:" + escape(name)
}

// layAttr lays a column for each kind of value that an attribute has.
func (wr *writer) layAttr(c *event.Column) {
	name := attrName(c.Name)
	first := true
	for _, k := range kindOrder {
		if !c.Kinds(k) {
			continue
		}
		col := outColumn{name: kindName(name, k, first), node: nodeOf(k), list: k == event.Strings}
		first = false
		if col.list {
			col.each = func(r uint32, _ []event.Link) []parquet.Value {
				v, have := c.Get(r)
				if have != k {
					return nil
				}
				out := []parquet.Value{}
				for _, s := range wr.l.Value(v, have).List {
					out = append(out, str(s))
				}
				return out
			}
		} else {
			col.value = func(r uint32) (parquet.Value, bool) {
				v, have := c.Get(r)
				if have != k {
					return parquet.Value{}, false
				}
				return wr.encode(wr.l.Value(v, have)), true
			}
		}
		wr.add(col)
	}
}

var kindOrder = []event.Kind{event.Number, event.String, event.Bool, event.Time, event.Day, event.Strings}

func kindName(name string, k event.Kind, first bool) string {
	if first {
		return name
	}
	for n, kind := range kindsByName {
		if kind == k {
			return name + "#" + n
		}
	}
	return name
}

func nodeOf(k event.Kind) parquet.Node {
	switch k {
	case event.Number:
		return parquet.Leaf(parquet.DoubleType)
	case event.Bool:
		return parquet.Leaf(parquet.BooleanType)
	case event.Time:
		return parquet.Timestamp(parquet.Microsecond)
	case event.Day:
		return parquet.Date()
	}
	return textNode()
}

func (wr *writer) encode(v event.Value) parquet.Value {
	switch v.Kind {
	case event.Number:
		return parquet.DoubleValue(v.Num)
	case event.Bool:
		return parquet.BooleanValue(v.Num != 0)
	case event.Time:
		return parquet.Int64Value(int64(v.At))
	case event.Day:
		return parquet.Int32Value(int32(wr.l.Zone.Date(v.At)))
	}
	return str(v.Str)
}

func (wr *writer) group() parquet.Group {
	g := parquet.Group{}
	for _, c := range wr.cols {
		node := parquet.Optional(c.node)
		if c.list {
			node = parquet.Optional(parquet.List(parquet.Optional(c.node)))
		}
		g[c.name] = node
	}
	return g
}

// writeRows writes the rows, some at a time.
func (wr *writer) writeRows(out *parquet.GenericWriter[any]) error {
	const some = 512
	batch := make([]parquet.Row, 0, some)
	var buf [1]event.Link
	for i, r := range wr.rows {
		if len(batch) < cap(batch) {
			batch = batch[:len(batch)+1]
		}
		n := len(batch) - 1
		batch[n] = wr.row(batch[n][:0], r, wr.l.Links(r, &buf))
		if len(batch) == cap(batch) || i == len(wr.rows)-1 {
			if _, err := out.WriteRows(batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return nil
}

// row is one event's values, column by column, with the levels that say which
// are missing: 0 none, then for a list 1 empty, 2 without this value, 3 with it.
func (wr *writer) row(row parquet.Row, r uint32, links []event.Link) parquet.Row {
	for i, c := range wr.byIndex {
		if c.each == nil {
			if v, ok := c.value(r); ok {
				row = append(row, v.Level(0, 1, i))
			} else {
				row = append(row, parquet.NullValue().Level(0, 0, i))
			}
			continue
		}
		vs := c.each(r, links)
		switch {
		case !c.list && len(vs) == 0, vs == nil:
			row = append(row, parquet.NullValue().Level(0, 0, i))
		case !c.list && vs[0].IsNull():
			row = append(row, parquet.NullValue().Level(0, 0, i))
		case !c.list:
			row = append(row, vs[0].Level(0, 1, i))
		case len(vs) == 0:
			row = append(row, parquet.NullValue().Level(0, 1, i))
		}
		if !c.list {
			continue
		}
		for j, v := range vs {
			def := 3
			if v.IsNull() {
				def = 2
			}
			row = append(row, v.Level(min(j, 1), def, i))
		}
	}
	return row
}

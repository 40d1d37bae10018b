package logtest

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// Wilds says what a format can hold of a log in which an attribute may be of
// any kind, from value to value.
type Wilds struct {
	Names  []string // of attributes: awkward ones for the format
	Events int      // at most
	// Dated: every event has an instant of its own, and attributes of objects
	// are in force from any. Otherwise events crowd at few instants, and an
	// object has each attribute once an event.
	Dated bool
	// Types: ids are of this type of object, where an id is of one alone.
	Types map[string]string
}

// Wild draws a log of every feature that an event has.
func Wild(t *rapid.T, z *clock.Zone, w Wilds) *event.Log {
	d := wild{t, z, w, event.NewBuilder(event.Options{Zone: z})}
	ids := rapid.IntRange(0, 2).Draw(t, "ids")
	at := rapid.Permutation(instants).Draw(t, "order")
	for i := range rapid.IntRange(0, w.Events).Draw(t, "events") {
		d.event(at[i%len(at)])
		if ids > 0 && rapid.Bool().Draw(t, "id") {
			d.b.ID(fmt.Appendf(nil, "e%d", i))
		}
		if _, err := d.b.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	l, err := d.b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var instants = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}

type wild struct {
	t *rapid.T
	z *clock.Zone
	w Wilds
	b *event.Builder
}

func (d wild) one(of int, what string) bool { return rapid.IntRange(0, of-1).Draw(d.t, what) == 0 }

// event draws an event, all but its id.
func (d wild) event(at int) {
	d.b.Begin()
	d.b.Type([]byte(rapid.SampledFrom([]string{"Create Fine", "Send Fine", `立"案`, "x"}).Draw(d.t, "type")))
	if !d.w.Dated {
		at = rapid.IntRange(0, 5).Draw(d.t, "at")
	}
	if d.one(4, "on a day") {
		d.b.Time(d.z.First(clock.Day(12000+at)), true)
	} else {
		d.b.Time(clock.Instant(1e15+int64(at)*1e9), false)
	}
	switch rapid.IntRange(0, 3).Draw(d.t, "recorded") {
	case 0:
		d.b.Recorded(clock.Instant(rapid.Int64Range(0, 9e15).Draw(d.t, "recorded at")), false)
	case 1:
		d.b.Recorded(d.z.First(20000), true)
	}
	if d.one(2, "actor") {
		d.b.Actor([]byte(rapid.SampledFrom([]string{"", "561", "张"}).Draw(d.t, "who")))
	}
	if d.one(2, "unit") {
		d.b.Unit([]byte("traffic"))
	}
	if d.one(5, "seq") {
		d.b.Seq(rapid.Int64Range(-5, 50).Draw(d.t, "place"))
	}
	d.objects()
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(d.w.Names), 0, 4, rapid.ID).Draw(d.t, "attributes") {
		d.b.Set(d.b.Column(name), d.value(true))
	}
}

func (d wild) objects() {
	var seen []event.ObjectID
	for range rapid.IntRange(1, 3).Draw(d.t, "objects") {
		id := rapid.SampledFrom([]string{"A1", "A2", "p7", "罪"}).Draw(d.t, "object")
		typ := d.w.Types[id]
		if d.w.Types == nil {
			typ = rapid.SampledFrom([]string{"case", "case", "case", "person", "a/b:c"}).Draw(d.t, "object type")
		}
		o := d.b.Object(typ, []byte(id))
		d.b.Link(o, rapid.SampledFrom([]string{"", "", "suspect", "1/2"}).Draw(d.t, "qualifier"))
		if d.one(3, "object attribute") {
			col := d.b.Column(rapid.SampledFrom(d.w.Names).Draw(d.t, "its name"))
			switch v := d.value(d.w.Dated); {
			case d.w.Dated && d.one(2, "dated"):
				d.b.SetObjectAt(o, col, v, rapid.SampledFrom([]clock.Instant{event.NoTime, 1e15, 2e15}).Draw(d.t, "since"))
			case d.w.Dated || !slices.Contains(seen, o):
				d.b.SetObject(o, col, v)
			}
		}
		seen = append(seen, o)
	}
}

// value draws a value of any kind, lists too where they are wanted.
func (d wild) value(lists bool) event.Value {
	t := d.t
	switch kind := rapid.IntRange(0, 6).Draw(t, "kind"); {
	case kind == 0:
		return event.Num(rapid.Float64Range(-1e12, 1e12).Draw(t, "number"))
	case kind == 1:
		return event.Boolean(rapid.Bool().Draw(t, "bool"))
	case kind == 2:
		return event.At(clock.Instant(rapid.Int64Range(-1e15, 2e15).Draw(t, "time")))
	case kind == 3:
		return event.OnDay(d.z.First(clock.Day(rapid.IntRange(-5000, 25000).Draw(t, "day"))))
	case kind == 4 && lists:
		return event.List(rapid.SliceOfN(rapid.StringN(0, 5, 20), 0, 3).Draw(t, "list"))
	}
	return event.Str(rapid.StringN(0, 8, 30).Draw(t, "string"))
}

// InForce are, at each event in order, the values in force of its objects'
// attributes, named by object and attribute.
func InForce(l *event.Log) [][]event.Attr {
	rows, _ := l.InOrder()
	out := make([][]event.Attr, len(rows))
	var buf [1]event.Link
	for i, r := range rows {
		seen := map[event.ObjectID]bool{}
		for _, k := range l.Links(r, &buf) {
			for c, col := range l.Attrs {
				if v, kind := l.ObjectAttr(k.Object, c, r); kind != event.Absent && !seen[k.Object] {
					out[i] = append(out[i], event.Attr{Name: l.Objects.TypeName(k.Object) + ":" + l.Objects.Name(k.Object) + "." + col.Name, Value: l.Value(v, kind)})
				}
			}
			seen[k.Object] = true
		}
		slices.SortFunc(out[i], func(a, b event.Attr) int { return strings.Compare(a.Name, b.Name) })
	}
	return out
}

// Seen are the events of a log in order, with their ids, and without the
// attributes of their objects where the log gives them: [InForce] is what
// rules see of those.
func Seen(l *event.Log) []event.Event {
	rows, _ := l.InOrder()
	out := Events(l)
	for i, r := range rows {
		out[i].ID = l.ID(r)
		for k := range out[i].Objects {
			out[i].Objects[k].Attrs = nil
		}
	}
	return out
}

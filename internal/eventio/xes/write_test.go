package xes

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

// again writes a log and reads it back.
func again(t testing.TB, l *event.Log, per string) (*event.Log, string, eventio.Lost) {
	t.Helper()
	var out bytes.Buffer
	var lost eventio.Lost
	var err error
	if per == "" {
		lost, err = Write(&out, l)
	} else {
		lost, err = WriteBy(&out, l, per)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := event.NewBuilder(event.Options{Zone: l.Zone, Origin: l.Origin})
	if err := Read(bytes.NewReader(out.Bytes()), b, eventio.Read{File: "again.xes"}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	back, err := b.Finish()
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return back, out.String(), lost
}

var seqInShow = regexp.MustCompile(` seq=-?\d+`)

// facts are all events with all that they say and their seq, sorted, and the
// attributes of objects that no event sets.
func facts(l *event.Log) []string {
	var out []string
	for r := range uint32(l.Rows()) {
		if !l.Dead.Has(r) {
			out = append(out, fmt.Sprintf("%d %s %s", l.SeqOf(r), l.ID(r), show(l, r)))
		}
	}
	for o := 1; o <= l.Objects.Len(); o++ {
		id := event.ObjectID(o)
		for _, s := range l.ObjectAttrs(id) {
			if s.Row < 0 {
				out = append(out, fmt.Sprint(l.Objects.TypeName(id), l.Objects.Name(id), s.At, s.Name, s.Value))
			}
		}
	}
	for i, s := range out { // show says seq only where a column holds it
		out[i] = seqInShow.ReplaceAllString(s, "")
	}
	sort.Strings(out)
	return out
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	z := logtest.Zone(t, "Europe/Rome")
	text := rapid.SampledFrom([]string{"", "a", "准绳", "<&>\"'", "x\ty\r\n z", " ", "concept:name", "a/b", "complete", "\ufffd"})
	name := rapid.SampledFrom([]string{"a", "b", "属性", "concept:name", "time:timestamp", "org:resource", "identity:id", "plumbline:seq",
		"plumbline:objects", "plumbline:attributes", "plumbline:qualifier", "plumbline:day", "plumbline:per", "lifecycle:transition", "a/b", "", "key with <"})
	at := rapid.Custom(func(t *rapid.T) clock.Instant {
		return clock.Instant(rapid.Int64Range(1_300_000_000, 1_300_400_000).Draw(t, "s")*1_000_000 + rapid.SampledFrom([]int64{0, 0, 1, 120_000}).Draw(t, "us"))
	})
	day := rapid.Custom(func(t *rapid.T) clock.Instant { return z.First(z.Date(at.Draw(t, "at"))) })
	stamp := func(t *rapid.T, label string) event.Stamp {
		if rapid.Bool().Draw(t, label+" day") {
			return event.Stamp{At: day.Draw(t, label), Kind: event.Day}
		}
		return event.Stamp{At: at.Draw(t, label), Kind: event.Time}
	}
	value := rapid.Custom(func(t *rapid.T) event.Value {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			return event.Num(rapid.SampledFrom([]float64{0, 1, -3, 12.5, 1e300, 1e-9, 1 << 60, 0.1}).Draw(t, "n"))
		case 1:
			return event.Str(text.Draw(t, "s"))
		case 2:
			return event.Boolean(rapid.Bool().Draw(t, "b"))
		case 3:
			return event.At(at.Draw(t, "t"))
		case 4:
			return event.OnDay(day.Draw(t, "d"))
		}
		return event.List(rapid.SliceOfN(text, 0, 3).Draw(t, "list"))
	})
	attrs := rapid.Custom(func(t *rapid.T) (out []event.Attr) {
		for _, n := range rapid.SliceOfNDistinct(name, 0, 4, rapid.ID).Draw(t, "names") {
			out = append(out, event.Attr{Name: n, Value: value.Draw(t, "value")})
		}
		return out
	})
	object := rapid.Custom(func(t *rapid.T) event.Object {
		return event.Object{Type: rapid.SampledFrom([]string{"case", "case", "case", "person", "人"}).Draw(t, "type"),
			ID: rapid.SampledFrom([]string{"1", "2", "a<b"}).Draw(t, "id"), Qualifier: rapid.SampledFrom([]string{"", "", "suspect"}).Draw(t, "qualifier")}
	})
	rapid.Check(t, func(rt *rapid.T) {
		b := event.NewBuilder(event.Options{Zone: z, Origin: "o"})
		withSeq := rapid.Bool().Draw(rt, "seq")
		n := rapid.IntRange(0, 8).Draw(rt, "events")
		for i := range n {
			e := event.Event{Type: rapid.SampledFrom([]string{"A", "B", "立案", "a&b"}).Draw(rt, "type"), Time: stamp(rt, "time"), Attrs: attrs.Draw(rt, "attrs")}
			if withSeq {
				e.Seq, e.HasSeq = int64(2*i+1), true
			}
			if rapid.Bool().Draw(rt, "id") {
				e.ID = fmt.Sprint("e", i)
			}
			if rapid.Bool().Draw(rt, "recorded") {
				e.Recorded = stamp(rt, "entered")
			}
			if rapid.Bool().Draw(rt, "who") {
				e.Actor, e.Unit = event.Some(text.Draw(rt, "actor")), event.Some(text.Draw(rt, "unit"))
			}
			for _, o := range rapid.SliceOfNDistinct(object, 1, 3, func(o event.Object) string { return o.Type + "\x00" + o.ID + "\x00" + o.Qualifier }).Draw(rt, "objects") {
				if !slicesHas(e.Objects, o) {
					o.Attrs = attrs.Draw(rt, "object attrs")
				}
				e.Objects = append(e.Objects, o)
			}
			if _, err := b.Add(&e); err != nil {
				rt.Fatal(err)
			}
		}
		if n > 0 && rapid.Bool().Draw(rt, "dated") {
			b.SetObjectAt(b.Object("person", []byte("p")), b.Column("concept:name"), value.Draw(rt, "value"), at.Draw(rt, "from"))
		}
		l, err := b.Finish()
		if err != nil {
			rt.Fatal(err)
		}
		back, doc, lost := again(t, l, rapid.SampledFrom([]string{"", "person"}).Draw(rt, "per"))
		if got, want := strings.Join(facts(back), "\n"), strings.Join(facts(l), "\n"); got != want {
			rt.Fatalf("read back\n%s\nwas\n%s\n%s", got, want, doc)
		}
		if len(lost) > 0 {
			rt.Fatalf("lost: %v", lost.Lines(errs.En))
		}
	})
}

// slicesHas says whether an object is among those of an event already, perhaps
// in another role: an event gives it attributes once.
func slicesHas(list []event.Object, o event.Object) bool {
	for _, p := range list {
		if p.Type == o.Type && p.ID == o.ID {
			return true
		}
	}
	return false
}

func TestRealLogsReadBack(t *testing.T) {
	for _, name := range []string{"receipt.xes.gz", "bpic2013-closed.xes.gz", "running-example.xes"} {
		l := readReal(t, name, "Europe/Amsterdam")
		if l == nil {
			return
		}
		back, _, lost := again(t, l, "")
		if strings.Join(facts(back), "\n") != strings.Join(facts(l), "\n") || len(lost) > 0 {
			t.Errorf("%s isn't the same when it is read back; lost %v", name, lost.Lines(errs.En))
		}
	}
}

// TestWritten shows a file whole, as other programs will meet it.
func TestWritten(t *testing.T) {
	z := logtest.Zone(t, "Europe/Rome")
	b := event.NewBuilder(event.Options{Zone: z})
	at, _, err := clock.ParseInstant("2012-01-01T10:00:00+01:00", z)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []event.Event{
		{Type: "Create Fine", Time: event.Stamp{At: at, Kind: event.Time}, Actor: event.Some("561"), Seq: 5, HasSeq: true,
			Objects: []event.Object{{Type: "case", ID: "A1", Attrs: []event.Attr{{Name: "points", Value: event.Num(2)}}}, {Type: "person", ID: "p7", Qualifier: "driver"}},
			Attrs:   []event.Attr{{Name: "amount", Value: event.Num(35.5)}, {Name: "note", Value: event.Str("a < b\n")}}},
		{Type: "Call", Time: event.Stamp{At: z.First(z.Date(at)), Kind: event.Day}, Seq: 6, HasSeq: true, Objects: []event.Object{{Type: "person", ID: "p7"}}},
	} {
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	_, doc, _ := again(t, l, "")
	_, body, ok := strings.Cut(doc, `<classifier name="Activity" keys="concept:name"/>`+"\n")
	want := `<trace>
<string key="concept:name" value="A1"/>
<int key="points" value="2"/>
<event>
<string key="concept:name" value="Create Fine"/>
<date key="time:timestamp" value="2012-01-01T10:00:00+01:00"/>
<string key="org:resource" value="561"/>
<int key="plumbline:seq" value="5"/>
<float key="amount" value="35.5"/>
<string key="note" value="a &lt; b&#10;"/>
<list key="plumbline:objects">
<values>
<string key="person" value="p7">
<string key="plumbline:qualifier" value="driver"/>
</string>
</values></list>
</event>
</trace>
<event>
<string key="concept:name" value="Call"/>
<date key="time:timestamp" value="2012-01-01T00:00:00+01:00"><string key="plumbline:day" value="2012-01-01"/>
</date>
<int key="plumbline:seq" value="6"/>
<list key="plumbline:objects">
<values>
<string key="person" value="p7">
</string>
</values></list>
</event>
</log>
`
	if !ok || body != want {
		t.Errorf("written\n%s\nwant\n%s", body, want)
	}
}

// TestLost: what the file doesn't hold is said, in both languages.
func TestLost(t *testing.T) {
	z := logtest.Zone(t, "UTC")
	b := event.NewBuilder(event.Options{Zone: z})
	stamp := event.Stamp{At: 0, Kind: event.Time}
	for _, e := range []event.Event{
		{Type: "a\x01", Time: stamp, Received: stamp, Source: "other", Objects: []event.Object{{Type: "case", ID: "1"}}},
		{Type: "b", Time: stamp, ID: "c", Corrects: "nothing", Objects: []event.Object{{Type: "case", ID: "1"}}},
	} {
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	b.Object("person", []byte("nobody"))
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	_, _, lost := again(t, l, "")
	for _, lang := range []errs.Lang{errs.En, errs.Zh} {
		lines := lost.Lines(lang)
		sort.Strings(lines)
		if len(lines) != 5 {
			t.Errorf("%q", lines)
		}
	}
}

// full is a disk with no room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("no room")

func TestWriteErrors(t *testing.T) {
	l, err := readText(t, in(whole), eventio.Read{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Write(full{}, l); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

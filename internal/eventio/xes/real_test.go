package xes

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

// realLog opens a real log; nil where there is none.
func realLog(t testing.TB, name string) *os.File {
	t.Helper()
	path := logtest.Real(t, name)
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func readReal(t testing.TB, name, zoneName string) *event.Log {
	t.Helper()
	f := realLog(t, name)
	if f == nil {
		return nil
	}
	b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, zoneName)})
	if err := Read(f, b, eventio.Read{File: name}); err != nil {
		t.Fatal(err)
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func counts(l *event.Log) map[string]int {
	n := map[string]int{}
	for _, c := range l.Type {
		n[l.Types.Name(uint32(c))]++
	}
	return n
}

func TestFinesSayWhatTheirHeaderSays(t *testing.T) {
	l := readReal(t, "road-traffic-fines.xes.gz", "Europe/Rome")
	if l == nil {
		return
	}
	if got := [2]int{l.Events(), l.Objects.Len()}; got != [2]int{561_470, 150_370} {
		t.Errorf("events, cases: %v", got)
	}
	want := map[string]int{"Create Fine": 150_370, "Send Fine": 103_987, "Insert Fine Notification": 79_860,
		"Add penalty": 79_860, "Payment": 77_601, "Send for Credit Collection": 59_013,
		"Insert Date Appeal to Prefecture": 4_188, "Send Appeal to Prefecture": 4_141,
		"Receive Result Appeal from Prefecture": 999, "Notify Result Appeal to Offender": 896, "Appeal to Judge": 555}
	if got := counts(l); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("events per activity: %v\nwant %v", got, want)
	}
	resources, variants := map[uint32]bool{}, map[string]bool{}
	byCase := make([][]byte, l.Objects.Len()+1)
	onlyOn := map[string]bool{}
	for r := range l.Rows() {
		if a := l.Actor[r]; a != 0 {
			resources[a] = true
			onlyOn[l.Types.Name(uint32(l.Type[r]))] = true
		}
		o := l.Single()[r]
		byCase[o] = append(byCase[o], byte(l.Type[r]))
	}
	for _, v := range byCase[1:] {
		variants[string(v)] = true
	}
	if len(resources) != 148 || len(variants) != 231 || fmt.Sprint(onlyOn) != "map[Appeal to Judge:true Create Fine:true]" {
		t.Errorf("resources %d, variants %d, resources on %v", len(resources), len(variants), onlyOn)
	}
	for r, at := range l.Time {
		if l.Zone.First(l.Zone.Date(at)) != at {
			t.Fatalf("event %d is not at local midnight: %s", r+1, l.Zone.Format(at))
		}
	}
	for _, c := range l.Attrs {
		if c.Mistyped > 0 {
			t.Errorf("%s: %d values not of their type", c.Name, c.Mistyped)
		}
	}
}

func TestProblems(t *testing.T) {
	if l := readReal(t, "bpic2013-closed.xes.gz", "Europe/Stockholm"); l != nil {
		if got := [2]int{l.Events(), l.Objects.Len()}; got != [2]int{6_660, 1_487} {
			t.Errorf("events, cases: %v", got)
		}
	}
}

// TestLogsAreTheirTables holds two logs against the tables that another program
// made of them, cell by cell: case:x is an attribute of the case.
func TestLogsAreTheirTables(t *testing.T) {
	for _, c := range []struct {
		name                    string
		events, cases, attrCols int
	}{{"running-example", 42, 6, 4}, {"receipt", 8_577, 1_434, 10}} {
		l := readReal(t, c.name+".xes"+map[string]string{"receipt": ".gz"}[c.name], "Europe/Amsterdam")
		if l == nil {
			return
		}
		if l.Events() != c.events || l.Objects.Len() != c.cases || len(l.Attrs) != c.attrCols {
			t.Errorf("%s: %d events, %d cases, %d attributes", c.name, l.Events(), l.Objects.Len(), len(l.Attrs))
		}
		rows, err := csv.NewReader(realLog(t, c.name+".csv")).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i, cells := range rows[1:] {
			for col, name := range rows[0] {
				want := cells[col]
				if at, _, err := clock.ParseInstant(want, l.Zone); err == nil {
					want = l.Zone.Format(at)
				}
				if got := cell(l, uint32(i), name); got != want && name != "" {
					t.Fatalf("%s, event %d, %s: %q, in the table %q", c.name, i+1, name, got, want)
				}
			}
		}
	}
}

// cell is what a table has for an event under a heading; "" where it is absent.
func cell(l *event.Log, row uint32, heading string) string {
	e := l.Event(row)
	switch heading {
	case "case:concept:name":
		return e.Objects[0].ID
	case "concept:name":
		return e.Type
	case "org:resource":
		return e.Actor.Value
	case "org:group":
		return e.Unit.Value
	case "time:timestamp":
		return l.Zone.Format(e.Time.At)
	}
	if name, ok := strings.CutPrefix(heading, "case:"); ok {
		for i, c := range l.Attrs {
			if c.Name == name {
				v, k := l.ObjectAttr(l.Single()[row], i, row)
				return l.Value(v, k).Text(l.Zone)
			}
		}
		return ""
	}
	return e.Get(heading).Text(l.Zone)
}

// BenchmarkFines reads the log of fines whole and with the two attributes that
// a pack might ask for, beside what unpacking alone takes.
func BenchmarkFines(b *testing.B) {
	f := realLog(b, "road-traffic-fines.xes.gz")
	if f == nil {
		return
	}
	run := func(name string, work func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(185_382_899)
			for b.Loop() {
				if _, err := f.Seek(0, io.SeekStart); err != nil {
					b.Fatal(err)
				}
				if err := work(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	rome := logtest.Zone(b, "Europe/Rome")
	run("unpacked", func() error {
		z, err := gzip.NewReader(f)
		if err == nil {
			_, err = io.Copy(io.Discard, z)
		}
		return err
	})
	run("read", func() error {
		return Read(f, event.NewBuilder(event.Options{Zone: rome}), eventio.Read{})
	})
	run("two attributes", func() error {
		want := func(a string) bool { return a == "amount" || a == "dismissal" }
		return Read(f, event.NewBuilder(event.Options{Zone: rome, Want: want}), eventio.Read{})
	})
}

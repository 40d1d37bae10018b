package ocel

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

func berlin(t testing.TB) *clock.Zone {
	z, err := clock.LoadZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// realLog is a file of the folder of real logs, "" where there is none.
func realLog(t *testing.T, name string) string {
	dir := os.Getenv("PLUMBLINE_LOGS")
	if dir == "" {
		t.Logf("PLUMBLINE_LOGS names no folder of real logs: left out %s", name)
		return ""
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t testing.TB, path string, lost eventio.Lost) *event.Log {
	t.Helper()
	b := event.NewBuilder(event.Options{Zone: berlin(t)})
	opt := eventio.Read{File: filepath.Base(path), Lost: lost}
	var err error
	if filepath.Ext(path) == ".sqlite" {
		err = ReadSQLite(path, b, opt)
	} else {
		f, e := os.Open(path)
		if e != nil {
			t.Fatal(e)
		}
		defer f.Close()
		if filepath.Ext(path) == ".xmlocel" {
			err = ReadXML(f, b, opt)
		} else {
			err = ReadJSON(f, b, opt)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// One log in the three formats is one log: the same events, and at each of
// them the same attributes of its objects. (Only JSON's times have an offset.)
func TestThreeFormatsOneLog(t *testing.T) {
	var first []event.Event
	var firstState [][]event.Attr
	for _, ext := range []string{"jsonocel", "xmlocel", "sqlite"} {
		path := realLog(t, "pm4py_ocel20_example."+ext)
		if path == "" {
			return
		}
		lost := eventio.Lost{}
		l := readFile(t, path, lost)
		es, state := sorted(l), inForce(l)
		if len(es) != 13 || l.Objects.Len() != 9 {
			t.Fatalf("%s: %d events, %d objects", ext, len(es), l.Objects.Len())
		}
		if got := lost.Lines("en"); !reflect.DeepEqual(got, []string{"7 × relations between objects"}) {
			t.Errorf("%s: lost %v", ext, got)
		}
		if first == nil {
			first, firstState = es, state
			continue
		}
		for i := range es {
			if !reflect.DeepEqual(es[i], first[i]) || !reflect.DeepEqual(state[i], firstState[i]) {
				t.Errorf("%s: event %d\nis   %+v %v\nJSON %+v %v", ext, i, es[i], state[i], first[i], firstState[i])
			}
		}
	}
	if a := firstState[len(firstState)-1]; len(a) == 0 {
		t.Error("no attribute of an object is in force at the end")
	}
}

// sorted are the events in order, each with attributes and objects sorted.
func sorted(l *event.Log) []event.Event {
	rows, _ := l.InOrder()
	out := make([]event.Event, len(rows))
	for i, r := range rows {
		e := l.Event(r)
		e.ID = l.ID(r)
		slices.SortFunc(e.Attrs, byName)
		slices.SortFunc(e.Objects, func(a, b event.Object) int {
			if a.Type+"\x00"+a.ID+"\x00"+a.Qualifier < b.Type+"\x00"+b.ID+"\x00"+b.Qualifier {
				return -1
			}
			return 1
		})
		for k := range e.Objects {
			e.Objects[k].Attrs = nil // compared by inForce
		}
		out[i] = e
	}
	return out
}

func byName(a, b event.Attr) int {
	if a.Name < b.Name {
		return -1
	}
	return 1
}

// inForce are, at each event, the values in force of its objects' attributes,
// named by object and attribute.
func inForce(l *event.Log) [][]event.Attr {
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
		slices.SortFunc(out[i], byName)
	}
	return out
}

func TestOrders(t *testing.T) {
	path := realLog(t, "orders-ocel2.sqlite")
	if path == "" {
		return
	}
	lost := eventio.Lost{}
	l := readFile(t, path, lost)
	if l.Events() != 18211 || l.Objects.Len() != 10031 {
		t.Fatalf("%d events, %d objects; want 18,211 and 10,031", l.Events(), l.Objects.Len())
	}
	if got := lost.Lines("en"); !reflect.DeepEqual(got, []string{"25336 × relations between objects"}) {
		t.Errorf("lost %v", got)
	}
}

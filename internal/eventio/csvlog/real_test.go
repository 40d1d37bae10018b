package csvlog

import (
	"bytes"
	"os"
	"testing"

	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

// The two real logs that come as CSV: their counts, and what is written of them
// reads back the same.
func TestRealLogs(t *testing.T) {
	for _, c := range []struct {
		file                        string
		cases, events, types, units int
	}{
		{"receipt.csv", 1434, 8577, 27, 10},
		{"running-example.csv", 6, 42, 8, 0},
	} {
		path := logtest.Real(t, c.file)
		if path == "" {
			return
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		l, err := read(t, f, nil, nil, nil)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		units := map[uint32]bool{}
		for _, u := range l.Unit {
			units[u] = u != 0
		}
		if delete(units, 0); l.Events() != c.events || l.Objects.Len() != c.cases || l.Types.Len() != c.types || len(units) != c.units {
			t.Errorf("%s: %d cases, %d events, %d types, %d units", c.file, l.Objects.Len(), l.Events(), l.Types.Len(), len(units))
		}
		var out bytes.Buffer
		if lost, err := Write(&out, l); err != nil || len(lost) > 0 {
			t.Errorf("%s: %v %v", c.file, err, lost)
		}
		b := event.NewBuilder(event.Options{Zone: l.Zone})
		if err := Read(&out, b, eventio.Read{File: "again.csv"}); err != nil {
			t.Fatal(err)
		}
		again, err := b.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if d := logtest.Difference(l, again); d != "" {
			t.Errorf("%s: %s", c.file, d)
		}
	}
}

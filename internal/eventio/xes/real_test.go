package xes

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// realLog opens a log of $PLUMBLINE_LOGS; nil where that isn't set, and what
// is left out is said.
func realLog(t testing.TB, name string) *os.File {
	t.Helper()
	dir := os.Getenv("PLUMBLINE_LOGS")
	if dir == "" {
		t.Logf("left out: %s (PLUMBLINE_LOGS names no folder with the real logs; docs/real-logs.md says where to get them)", name)
		return nil
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func zone(t testing.TB, name string) *clock.Zone {
	t.Helper()
	z, err := clock.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func readReal(t testing.TB, name, zoneName string) *event.Log {
	t.Helper()
	f := realLog(t, name)
	if f == nil {
		return nil
	}
	b := event.NewBuilder(event.Options{Zone: zone(t, zoneName)})
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

func TestReceiptAndProblems(t *testing.T) {
	if l := readReal(t, "receipt.xes.gz", "Europe/Amsterdam"); l != nil {
		if got := [2]int{l.Events(), l.Objects.Len()}; got != [2]int{8_577, 1_434} {
			t.Errorf("receipt: events, cases: %v", got)
		}
		l.Attr("deadline") // the case's; compared below
		o := l.Objects.Find("case", "case-10011")
		var names []string
		for _, a := range l.ObjectAttrs(o) {
			names = append(names, a.Name+"="+a.Value.Text(l.Zone))
		}
		t.Log(names)
	}
	if l := readReal(t, "bpic2013-closed.xes.gz", "Europe/Stockholm"); l != nil {
		if got := [2]int{l.Events(), l.Objects.Len()}; got != [2]int{6_660, 1_487} {
			t.Errorf("bpic2013: events, cases: %v", got)
		}
	}
}

func TestRunningExampleIsItsTable(t *testing.T) {
	l := readReal(t, "running-example.xes", "Europe/Amsterdam")
	if l == nil {
		return
	}
	raw, err := os.ReadFile(filepath.Join(os.Getenv("PLUMBLINE_LOGS"), "running-example.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	col := map[string]int{}
	for i, name := range rows[0] {
		col[name] = i
	}
	var want, got []string
	for _, r := range rows[1:] {
		at, _, err := clock.ParseInstant(r[col["time:timestamp"]], l.Zone)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, strings.Join([]string{r[col["case:concept:name"]], r[col["concept:name"]], l.Zone.Format(at),
			r[col["org:resource"]], r[col["Costs"]], r[col["case:creator"]]}, "|"))
	}
	for i := range uint32(l.Rows()) {
		e := l.Event(i)
		creator, _ := l.ObjectAttr(l.Single()[i], columnOf(t, l, "creator"), i)
		got = append(got, strings.Join([]string{e.Objects[0].ID, e.Type, l.Zone.Format(e.Time.At),
			e.Actor.Value, e.Get("Costs").Str, l.Strings.Name(uint32(creator))}, "|"))
	}
	if len(got) != 42 || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func columnOf(t testing.TB, l *event.Log, name string) int {
	t.Helper()
	for i, c := range l.Attrs {
		if c.Name == name {
			return i
		}
	}
	t.Fatalf("no attribute %q", name)
	return -1
}

func BenchmarkFines(b *testing.B) {
	f := realLog(b, "road-traffic-fines.xes.gz")
	if f == nil {
		return
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Seek(0, 0); err != nil {
			b.Fatal(err)
		}
		bl := event.NewBuilder(event.Options{Zone: zone(b, "Europe/Rome")})
		if err := Read(f, bl, eventio.Read{}); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(185_382_899)
}

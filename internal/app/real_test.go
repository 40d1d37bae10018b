package app_test

import (
	"testing"

	"plumbline/internal/app"
	"plumbline/internal/event"
)

// What the log of fines says of itself in its header, and its 231 variants.
func TestFinesHeader(t *testing.T) {
	files := realLog(t, "road-traffic-fines.xes.gz")
	if files == nil {
		return
	}
	read, err := app.Open(app.Source{Files: files, Want: func(string) bool { return false }})
	if err != nil {
		t.Fatal(err)
	}
	counts := countTypes(read.Log)
	for name, want := range map[string]int{
		"Create Fine": 150370, "Send Fine": 103987, "Insert Fine Notification": 79860, "Add penalty": 79860, "Payment": 77601,
		"Send for Credit Collection": 59013, "Insert Date Appeal to Prefecture": 4188, "Send Appeal to Prefecture": 4141,
		"Receive Result Appeal from Prefecture": 999, "Notify Result Appeal to Offender": 896, "Appeal to Judge": 555,
	} {
		if counts[name] != want {
			t.Errorf("%s: %d events, want %d", name, counts[name], want)
		}
	}
	found, err := app.Variants(read.Log, "case")
	if err != nil || len(found) != 231 {
		t.Errorf("%d variants, %v; want 231", len(found), err)
	}
}

// How many events and objects each log holds, by those who published it.
func TestSizesOfRealLogs(t *testing.T) {
	for name, want := range map[string][2]int{
		"running-example.xes": {42, 6}, "running-example.csv": {42, 6},
		"receipt.xes.gz": {8577, 1434}, "receipt.csv": {8577, 1434},
		"bpic2013-closed.xes.gz":        {6660, 1487},
		"pm4py_ocel20_example.jsonocel": {13, 9}, "pm4py_ocel20_example.xmlocel": {13, 9}, "pm4py_ocel20_example.sqlite": {13, 9},
		"orders-ocel2.sqlite": {18211, 10031},
	} {
		files := realLog(t, name)
		if files == nil {
			return
		}
		read, err := app.Open(app.Source{Files: files})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := [2]int{read.Log.Events(), read.Log.Objects.Len()}; got != want {
			t.Errorf("%s: events and objects %v, want %v", name, got, want)
		}
	}
}

func countTypes(l *event.Log) map[string]int {
	out := map[string]int{}
	for row, t := range l.Type {
		if !l.Dead.Has(uint32(row)) {
			out[l.Types.Name(uint32(t))]++
		}
	}
	return out
}

package app_test

import (
	"fmt"
	"slices"
	"testing"

	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/service"
)

// A file of any format gives events as a source would send them; what can't be read
// is among them, and an id is never made up of a row's place.
func TestArrivals(t *testing.T) {
	zone, err := clock.LoadZone("UTC")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"a.jsonl", `{"id":"1","type":"A","time":"2026-03-01","case":"1","attributes":{"n":2}}
{"id":"c","corrects":"0","type":"A","time":"2026-03-01","case":"1"}

{"type":"A","time":"yesterday","case":"1"}
{"type":"A","seq":7,"time":"2026-03-01","case":"1"}
{"id":"v","voids":"1"}
`, []string{"1 A n=2 at row 1", "c A corrects 0 at row 2", "unread at row 3", "- A seq=7 at row 4", "v  voids 1 at row 5"}},
		{"a.json", `[{"id":"1","type":"A","time":"2026-03-01","case":"1"},{"id":"2"}]`, []string{"1 A at row 1", "2  at row 2"}},
		{"a.csv", "case,activity,time,n\n1,A,2026-03-01T09:00:00Z,2\n1,B,then,3\n1,A,2026-03-01T09:00:00Z,2\n", []string{"- A n=2 at row 1", "- A n=2 at row 2", "unread at row 3"}},
	} {
		var got []string
		err := app.Arrivals(file(t, c.name, c.text), zone, map[string]event.Kind{"n": event.Number}, func(in service.Arrival, at errs.Place) error {
			e := &in.Event
			line := e.ID + " " + e.Type
			if e.ID == "" {
				line = "- " + e.Type
			}
			if n := e.Get("n"); n.Kind == event.Number {
				line += fmt.Sprintf(" n=%v", n.Num)
			}
			if e.HasSeq {
				line += fmt.Sprintf(" seq=%d", e.Seq)
			}
			if e.Corrects != "" {
				line += " corrects " + e.Corrects
			}
			if e.Voids != "" {
				line += " voids " + e.Voids
			}
			if in.Err != nil {
				line = "unread"
			}
			if len(in.Raw) == 0 {
				line += " without what was sent"
			}
			got = append(got, fmt.Sprintf("%s at row %d", line, max(at.Row, at.Line)))
			return nil
		})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q %v\nwant %q", c.name, got, err, c.want)
		}
	}
	none := func(service.Arrival, errs.Place) error { return nil }
	for name, text := range map[string]string{"a.xes": "<log>", "a.csv": "x,y\n1,2\n"} {
		if err := app.Arrivals(file(t, name, text), zone, nil, none); err == nil || errs.CodeOf(err) == errs.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package table

import (
	"fmt"
	"slices"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// Names are read without the space around them, whatever space it is; texts of
// attributes keep it; both are told once, with how many.
func TestSpaces(t *testing.T) {
	z, err := clock.LoadZone("UTC")
	if err != nil {
		t.Fatal(err)
	}
	b := event.NewBuilder(event.Options{Zone: z})
	opt := eventio.Read{Lost: eventio.Lost{}, Noted: eventio.Lost{}}
	p, err := NewPlan([]string{"case", "activity", "time", "actor", "unit", "event_id", "note"}, opt, b)
	if err != nil {
		t.Fatal(err)
	}
	f := NewFiller(p, z)
	for i, kase := range []string{"A1", "A1 ", " A1", "\u3000A1\u00a0", "\tA1\u200b\ufeff", "A 1"} {
		cells := [][]byte{[]byte(kase), []byte("立案 "), []byte("2026-01-01"), []byte(" 561"), []byte("\u3000"), fmt.Appendf(nil, "e%d ", i), []byte(" as it is")}
		if fault := f.Add(cells); fault != nil {
			t.Fatal(fault.What)
		}
	}
	if fault := f.Add([][]byte{[]byte(" \u3000"), []byte("x"), []byte("2026-01-01"), nil, nil, nil, nil}); fault == nil || fault.Column != 0 {
		t.Errorf("a case of nothing but space was taken: %v", fault)
	}
	if err := b.AppendBatch(f.Done()); err != nil {
		t.Fatal(err)
	}
	f.Tell(opt)
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if n := l.Objects.Len(); n != 2 {
		t.Errorf("%d cases, want A1 and A 1", n)
	}
	e := l.Event(4)
	if e.Type != "立案" || e.ID != "e4" || e.Actor != event.Some("561") || e.Unit.OK || e.Get("note").Str != " as it is" {
		t.Errorf("%+v", e)
	}
	got := append(opt.Lost.Lines(errs.En), opt.Noted.Lines(errs.En)...)
	slices.Sort(got)
	want := []string{`5 × space around a name in column "case"`, `6 × space around a name in column "activity"`, `6 × space around a name in column "actor"`,
		`6 × space around a name in column "event_id"`, `6 × space around a name in column "unit"`,
		`6 × text with space around it in column "note", kept: a rule compares it as it stands`}
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

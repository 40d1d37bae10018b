package logmap

import (
	"fmt"
	"slices"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

func TestAlike(t *testing.T) {
	z, err := clock.LoadZone("UTC")
	if err != nil {
		t.Fatal(err)
	}
	b := event.NewBuilder(event.Options{Zone: z})
	for i, kase := range []string{"A1", "a1", "Ａ１", "B2", "café", "cafe\u0301", "C 3", "C  3", "C3"} {
		typ := []string{"Send Fine", "send fine", "Payment"}[i%3]
		e := event.Event{Type: typ, Time: event.Stamp{Kind: event.Time}, Actor: event.Some(fmt.Sprint("p", i)),
			Objects: []event.Object{{Type: "case", ID: kase}}}
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range append(AlikeTypes(l), AlikeNames(l)...) {
		got = append(got, a.Text().En)
		if a.Text().Zh == a.Text().En {
			t.Errorf("not in Chinese: %v", a)
		}
	}
	want := []string{
		`event types that differ only in case, width, spaces or composed characters are different ones: "Send Fine", "send fine"`,
		`objects of type case that differ only in case, width, spaces or composed characters are different ones: "A1", "a1", "Ａ１" (and 2 more groups)`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	a := Alike{Of: errs.T("x", "甲"), Names: []string{"café", "cafe\u0301"}, Groups: 1}
	if s := a.Text().Zh; s != `仅大小写、全半角、空格或组合字符不同的甲视为不同："café"、"cafe\u0301"` {
		t.Error(s)
	}
}

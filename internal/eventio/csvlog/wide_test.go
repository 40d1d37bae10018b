package csvlog

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table"
	"plumbline/internal/eventio/table/logtest"
)

// readSheets reads one sheet after the other, as files of one log.
func readSheets(t interface {
	Helper()
	Fatal(...any)
}, z string, m eventio.Mapping, sheets ...string) (*event.Log, eventio.Lost, error) {
	t.Helper()
	b := event.NewBuilder(event.Options{Zone: mustZone(z), Schema: map[string]event.Kind{"planned": event.Time, "amount": event.Number}})
	lost := eventio.Lost{}
	var last *table.Sheet
	for i, s := range sheets {
		clear(lost)
		if i > 0 {
			b.NextFile()
		}
		var err error
		if last, err = ReadWide(strings.NewReader(s), b, eventio.Read{File: fmt.Sprintf("week%d.csv", i+1), Map: m, Lost: lost}, last); err != nil {
			return nil, nil, err
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return l, lost, nil
}

// say is the events of a log in their order.
func say(l *event.Log) string {
	var b strings.Builder
	for _, e := range logtest.Events(l) {
		fmt.Fprintf(&b, "%s %s %s", event.Value{Kind: e.Time.Kind, At: e.Time.At}.Text(l.Zone), e.Type, e.ID)
		for _, o := range e.Objects {
			for _, a := range o.Attrs {
				fmt.Fprintf(&b, " %s=%s", a.Name, a.Value.Text(l.Zone))
			}
			if o.Type != "case" {
				fmt.Fprintf(&b, " %s:%s", o.Type, o.ID)
			}
		}
		if e.Actor.OK {
			fmt.Fprintf(&b, " by %s", e.Actor.Value)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestReadWide(t *testing.T) {
	l, lost, err := readSheets(t, "Asia/Shanghai", nil, "案件编号,受案,立案,planned,罪名,移送\n京|1,2026/3/1,2026-03-03,2026-04-01,盗窃,\n京2,,,,诈骗,\n京3,2026/3/1,2026-03-01,,,2026-03-05 10:00\n")
	if err != nil {
		t.Fatal(err)
	}
	want := `2026-03-01 受案 京%7C1|受案 planned=2026-04-01 罪名=盗窃
2026-03-01 受案 京3|受案
2026-03-01 立案 京3|立案
2026-03-03 立案 京%7C1|立案
2026-03-05T10:00:00+08:00 移送 京3|移送
`
	if got := say(l); got != want || fmt.Sprint(lost.Lines(errs.En)) != "[1 × case without any date, so that nothing of it is in the log]" {
		t.Errorf("%v\n%swant\n%s", lost, got, want)
	}
}

func TestReadWideMapped(t *testing.T) {
	l, _, err := readSheets(t, "UTC", eventio.Mapping{"case": "nr", "Opened": "d1", "event.time": "d2@02.01.2006", "actor": "who", "object.person/suspect": "p"},
		"nr,d1,d2,d3,who,p\nA,2026-03-01,02.04.2026,2026-05-05,u1,p7\n")
	if err != nil {
		t.Fatal(err)
	}
	want := "2026-03-01 Opened A|Opened d3=2026-05-05 person:p7 by u1\n2026-04-02 time A|time person:p7 by u1\n"
	if got := say(l); got != want {
		t.Errorf("%swant\n%s", got, want)
	}
}

// Next week's sheet gives what changed, as corrections.
func TestNextSheet(t *testing.T) {
	week1 := "case,Opened,Decided,amount\nA,2026-03-01,2026-03-05,10\nB,2026-03-02,2026-03-06,20\nC,2026-03-03,,30\nD,2026-03-04,,\n"
	week2 := "case,Opened,Decided,amount\nA,2026-03-01,2026-03-07,10\nB,2026-03-02,,25\nC,2026-03-03,2026-03-08,30\nE,2026-03-09,,\n"
	l, lost, err := readSheets(t, "UTC", nil, week1, week2, week2)
	if err != nil {
		t.Fatal(err)
	}
	want := `2026-03-01 Opened A|Opened amount=10
2026-03-02 Opened B|Opened amount=25
2026-03-03 Opened C|Opened amount=30
2026-03-04 Opened D|Opened
2026-03-07 Decided A|Decided
2026-03-08 Decided C|Decided
2026-03-09 Opened E|Opened
`
	if got := say(l); got != want {
		t.Errorf("%swant\n%s", got, want)
	}
	// Six of week 1; A and B corrected, B voided, C and E new; nothing of the repetition.
	if l.Rows() != 6+5 || fmt.Sprint(lost.Lines(errs.En)) != "[1 × case of the sheets before that this one lacks; its events stand]" || len(l.Waiting) != 0 {
		t.Errorf("%d rows, %v, waiting %v", l.Rows(), lost, l.Waiting)
	}
}

// However cells change from sheet to sheet, the log says what the last one says.
func TestSheetsYieldTheLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.SampledFrom([]string{"", "", "2026-03-01", "2026-03-01", "2026-03-02", "2026-03-02 10:00"})
		attr := rapid.SampledFrom([]string{"", "x", "y"})
		sheets := make([]string, rapid.IntRange(1, 4).Draw(t, "sheets"))
		for i := range sheets {
			s := "case,a,b,c,note\n"
			for _, id := range []string{"A", "B|", "%"} {
				s += id + "," + cell.Draw(t, "a") + "," + cell.Draw(t, "b") + "," + cell.Draw(t, "c") + "," + attr.Draw(t, "note") + "\n"
			}
			sheets[i] = s
		}
		m := eventio.Mapping{"a": "a", "b": "b", "c": "c"}
		all, _, err := readSheets(t, "UTC", m, sheets...)
		if err != nil {
			t.Fatal(err)
		}
		alone, _, err := readSheets(t, "UTC", m, sheets[len(sheets)-1])
		if err != nil {
			t.Fatal(err)
		}
		if d := logtest.Difference(all, alone); d != "" {
			t.Fatalf("%s\n%s", d, strings.Join(sheets, "\n"))
		}
	})
}

func TestWideRefused(t *testing.T) {
	for _, c := range []struct {
		name, in string
		m        eventio.Mapping
		code     errs.Code
		want     []string
	}{
		{"no case", "a,b\n1,2026-03-01\n", nil, errs.Input, []string{"week1.csv:1", "--map case=COLUMN"}},
		{"no dates", "case,b\n1,x\n", nil, errs.Input, []string{"week1.csv:1", "TYPE=COLUMN"}},
		{"a part that wide tables lack", "case,b\n1,2026-03-01\n", eventio.Mapping{"time": "b"}, errs.Usage, []string{"--map time", "event.time=COLUMN"}},
		{"a case twice", "case,b\nA,2026-03-01\nA,2026-03-02\n", nil, errs.Input, []string{"week1.csv:3", `"A"`, "week1.csv:2"}},
		{"no name", "case,b\nA,2026-03-01\n,2026-03-02\n", nil, errs.Input, []string{"week1.csv:3", `"case" is empty`}},
		{"one that is no date", "case,b\nA,2026-03-01\nB,2026-03-02\nC,soon\n", nil, errs.Input, []string{"week1.csv:4", `"soon" is not a time`}},
		{"day or month", "case,b\nA,1/2/2026\n", nil, errs.Input, []string{"week1.csv:1", "1/2/2026", "--map 'b=b@2/1/2006'"}},
		{"cut off", "case,b\nA,2026-03-01\nB", nil, errs.Input, []string{"week1.csv:3", "1 cells; expected 2"}},
	} {
		_, _, err := readSheets(t, "UTC", c.m, c.in)
		logtest.Refused(t, c.name, err, c.code, c.want...)
	}
}

// Whoever empties the only date of a column takes an event back all the same.
func TestAColumnThatWasEmptied(t *testing.T) {
	l, _, err := readSheets(t, "UTC", nil, "case,opened,closed\nA,2026-01-05,2026-02-10\n", "case,opened,closed\nA,2026-01-05,\n")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := say(l), "2026-01-05 opened A|opened\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

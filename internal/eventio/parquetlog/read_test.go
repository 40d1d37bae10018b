package parquetlog

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

// show writes events as lines: time, type, objects, actor, attributes.
func show(l *event.Log) string {
	var s strings.Builder
	for _, e := range logtest.Events(l) {
		z := l.Zone
		fmt.Fprintf(&s, "%s %s", event.Value{Kind: e.Time.Kind, At: e.Time.At}.Text(z), e.Type)
		for _, o := range e.Objects {
			fmt.Fprintf(&s, " %s:%s", o.Type, o.ID)
			for _, a := range o.Attrs {
				fmt.Fprintf(&s, ".%s=%s", a.Name, a.Value.Text(z))
			}
		}
		if e.Actor.OK {
			fmt.Fprintf(&s, " actor=%q", e.Actor.Value)
		}
		for _, a := range e.Attrs {
			fmt.Fprintf(&s, " %s=%s", a.Name, a.Value.Text(z))
			if a.Value.Kind != event.Strings && a.Value.Kind != event.Time && a.Value.Kind != event.Day {
				fmt.Fprintf(&s, "(%v)", a.Value.Kind)
			}
		}
		s.WriteString("\n")
	}
	return s.String()
}

// The table of testdata/make.py, as every compression, page version and
// encoding must give it. NaN and a number beyond 2^53 are absent; local times
// are Rome's, the one that doesn't occur and the one that occurs twice too.
const arrow = `2024-03-31T03:30:00.000005+02:00 Create case:A1.amount=1.5 actor="561" bin=x(string) day=2024-01-01 dec=12.34(number) dec38=12.34(number) f32=1.5(number) flag=true(bool) large=x(string) local=2024-03-31T01:30:00+01:00 ms=2024-03-31T01:30:00+01:00 n32=1(number) tags=a, b tod=09:10:00(string) u64=1(number)
2024-03-31T03:30:00.000005+02:00 Send case:A1.amount=1.5 bin=y(string) flag=false(bool) large=y(string) local=2024-03-31T03:30:00+02:00 ms=2024-03-31T03:30:00+02:00 tags= u64=2(number)
2024-03-31T03:30:00.000005+02:00 Create case:A2 actor="" day=1969-12-31 dec=-0.01(number) dec38=-0.01(number) local=2024-10-27T02:30:00+02:00 ms=2024-10-27T02:30:00+02:00 n32=3(number) tod=23:59:59(string)
2024-03-31T03:30:00.000005+02:00 Send case:A3.amount=3 actor="张" bin=z(string) day=2024-02-29 dec=5(number) dec38=5(number) f32=2.25(number) flag=true(bool) large=z(string) n32=4(number) tags=c tod=00:00:00(string) u64=4(number)
`

func TestOtherWriters(t *testing.T) {
	noF32 := strings.NewReplacer(" f32=1.5(number)", "", " f32=2.25(number)", "").Replace(arrow)
	// INT96 says nothing of zones; what writes it means UTC.
	int96 := strings.NewReplacer("=2024-03-31T03:30:00+02:00", "=2024-03-31T04:30:00+02:00", "=2024-03-31T01:30:00+01:00", "=2024-03-31T03:30:00+02:00",
		"=2024-10-27T02:30:00+02:00", "=2024-10-27T03:30:00+01:00").Replace(arrow)
	for name, want := range map[string]string{"a-snappy-1.0": arrow, "a-zstd-2.0": arrow, "a-gzip-1.0": arrow, "a-brotli-2.0": arrow,
		"a-lz4-2.0": arrow, "a-none-1.0": arrow, "plain": arrow, "delta": noF32, "int96": int96} {
		l, err := read(t, file(t, name+".parquet"), event.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := show(l); got != want {
			t.Errorf("%s:\n%swant\n%s", name, got, want)
		}
		if n := l.Attr("u64").Mistyped; n != 1 {
			t.Errorf("%s: %d values of u64 counted as not numbers, want 1", name, n)
		}
		if n := l.Objects.Len(); n != 3 {
			t.Errorf("%s: %d objects, want 3", name, n)
		}
	}
}

// Declared types hold: text may be a time, else what is of another type is
// absent and counted. What isn't wanted isn't read, not even refused.
func TestDeclaredAndWanted(t *testing.T) {
	wanted := map[string]bool{"n32": true, "tod": true, "day": true, "amount": true}
	l, err := read(t, file(t, "nested.parquet"), event.Options{
		Schema: map[string]event.Kind{"n32": event.String, "day": event.Time},
		Want:   func(a string) bool { return wanted[a] },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `2024-03-31T03:30:00.000005+02:00 Create case:A1.amount=1.5 actor="561" day=2024-01-01 tod=09:10:00(string)
2024-03-31T03:30:00.000005+02:00 Send case:A1.amount=1.5
2024-03-31T03:30:00.000005+02:00 Create case:A2 actor="" day=1969-12-31 tod=23:59:59(string)
2024-03-31T03:30:00.000005+02:00 Send case:A3.amount=3 actor="张" day=2024-02-29 tod=00:00:00(string)
`
	if got := show(l); got != want {
		t.Errorf("%swant\n%s", got, want)
	}
	if n := l.Attr("n32").Mistyped; n != 3 {
		t.Errorf("%d whole numbers counted where strings are declared, want 3", n)
	}
}

// Rows that can't be events are told by row, and set aside as far as allowed.
func TestBadRows(t *testing.T) {
	_, err := read(t, file(t, "text.parquet"), event.Options{})
	const want = "log.parquet: row 3: an event without a type; expected a value in its column; correct the row, or set rows aside with --skip-bad"
	if err == nil || err.Error() != want {
		t.Errorf("error %v\nwant  %s", err, want)
	}
	for allowed, rows := range map[int]int{1: -1, 2: 2, 9: 2} {
		b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Rome")})
		bad := &eventio.Bad{Allowed: allowed}
		f := file(t, "text.parquet")
		err := Read(bytes.NewReader(f), int64(len(f)), b, eventio.Read{File: "log.parquet", Bad: bad})
		if rows < 0 {
			if errs.CodeOf(err) != errs.Input || !strings.Contains(err.Error(), "row 4") {
				t.Errorf("with %d allowed: %v", allowed, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		l, _ := b.Finish()
		if got := show(l); got != "2024-01-01 a case:1\n2024-01-01T10:00:00+01:00 a case:2\n" || len(bad.Rows) != rows || l.Objects.Len() != 2 {
			t.Errorf("with %d allowed: %d set aside, %d objects, left\n%s", allowed, len(bad.Rows), l.Objects.Len(), got)
		}
		if raw := bad.Rows[1].Raw; raw != `case_id="4" activity="a" ts="junk"` {
			t.Errorf("set aside: %s", raw)
		}
	}
}

func TestMapping(t *testing.T) {
	f := file(t, "plain.parquet")
	try := func(m eventio.Mapping) (string, error) {
		b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Rome"), Want: func(string) bool { return false }})
		if err := Read(bytes.NewReader(f), int64(len(f)), b, eventio.Read{File: "log.parquet", Map: m}); err != nil {
			return "", err
		}
		l, err := b.Finish()
		if err != nil {
			return "", err
		}
		return strings.Split(show(l), "\n")[0], nil
	}
	for _, c := range []struct {
		m    eventio.Mapping
		want string
	}{
		{eventio.Mapping{"time": "day", "type": "tod", "actor": "flag", "seq": "u64"}, "error: log.parquet: row 2: an event without a type"},
		{eventio.Mapping{"time": "local", "object.person/suspect": "dec", "recorded": "ms"}, "error: log.parquet: row 4: an event without a time"},
		{eventio.Mapping{"object.tag/x": "tags", "unit": "dec38", "id": "u64"}, `2024-03-31T03:30:00.000005+02:00 Create case:A1 tag:a tag:b actor="561"`},
		{eventio.Mapping{"case": "case:amnt"}, `error: log.parquet: --map case=case:amnt: the file has no column "case:amnt"; did you mean "case:amount"?`},
		{eventio.Mapping{"kase": "dec"}, `error: log.parquet: --map kase=dec: a Parquet file has no part "kase"; did you mean "case"?`},
		{eventio.Mapping{"seq": "large"}, `error: log.parquet: column "large" can't be the seq; expected whole numbers`},
		{eventio.Mapping{"time": "flag"}, `error: log.parquet: column "flag" can't be the time; expected times, dates or text`},
	} {
		got, err := try(c.m)
		if err != nil {
			got = "error: " + err.Error()
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%v\ngives %s\nwant  %s", c.m, got, c.want)
		}
	}
}

func TestErrorsAreInBothLanguages(t *testing.T) {
	_, err := read(t, file(t, "nested.parquet"), event.Options{Schema: map[string]event.Kind{"st": event.String}})
	e := (*errs.Error)(nil)
	if !errors.As(err, &e) || e.In(errs.Zh) != `log.parquet: 列 "st" 为嵌套结构；应为普通值或普通值的列表；请去掉该列，或将其各部分分别导出为单独的列` {
		t.Errorf("%v", e.In(errs.Zh))
	}
}

// A column that can't be read and that no pack declares is left out, and told.
func TestColumnsLeftOut(t *testing.T) {
	f, lost := file(t, "nested.parquet"), eventio.Lost{}
	b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Rome")})
	if err := Read(bytes.NewReader(f), int64(len(f)), b, eventio.Read{File: "log.parquet", Lost: lost}); err != nil {
		t.Fatal(err)
	}
	l, err := b.Finish()
	if err != nil || l.Events() != 4 || l.Attr("st") != nil || l.Attr("n32") == nil {
		t.Errorf("%v, %d events", err, l.Events())
	}
	got := lost.Lines(errs.En)
	slices.Sort(got)
	const want = `1 × column "st" is nested; expected plain values or a list of them`
	if !slices.Contains(got, want) {
		t.Errorf("left out: %q, want %q among it", got, want)
	}
}

// Chinese columns are recognised as those of any table; what could be two
// things is asked, and "-" says neither.
func TestChineseColumns(t *testing.T) {
	type row struct {
		Case     string    `parquet:"案件编号"`
		Type     string    `parquet:"环节"`
		Happened time.Time `parquet:"发生时间,timestamp(microsecond)"`
		Handled  time.Time `parquet:"办理时间,timestamp(microsecond)"`
		Actor    string    `parquet:"民警"`
		Unit     string    `parquet:"办案单位"`
	}
	var out bytes.Buffer
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	if err := parquet.Write(&out, []row{{"A1", "立案", at, at, "561", "刑侦"}}); err != nil {
		t.Fatal(err)
	}
	try := func(m eventio.Mapping) (*event.Log, error) {
		b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Asia/Shanghai")})
		if err := Read(bytes.NewReader(out.Bytes()), int64(out.Len()), b, eventio.Read{File: "log.parquet", Map: m}); err != nil {
			return nil, err
		}
		return b.Finish()
	}
	_, err := try(nil)
	if e := (*errs.Error)(nil); !errors.As(err, &e) || !strings.Contains(e.In(errs.Zh), `列 "发生时间", "办理时间" 都可能是 time；请指明：--map time=发生时间`) {
		t.Errorf("%v", err)
	}
	l, err := try(eventio.Mapping{"time": "发生时间", "unit": "-"})
	if err != nil {
		t.Fatal(err)
	}
	if got := show(l); got != "2026-03-01T16:00:00+08:00 立案 case:A1 actor=\"561\" 办案单位=刑侦(string) 办理时间=2026-03-01T16:00:00+08:00\n" {
		t.Error(got)
	}
}

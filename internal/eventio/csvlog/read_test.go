package csvlog

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

func mustZone(name string) *clock.Zone {
	z, err := clock.LoadZone(name)
	if err != nil {
		panic(err)
	}
	return z
}

// read reads a table in Europe/Rome.
func read(t testing.TB, r io.Reader, m eventio.Mapping, bad *eventio.Bad, schema map[string]event.Kind) (*event.Log, error) {
	t.Helper()
	b := event.NewBuilder(event.Options{Zone: mustZone("Europe/Rome"), Schema: schema})
	if err := Read(r, b, eventio.Read{File: "log.csv", Map: m, Bad: bad}); err != nil {
		return nil, err
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return l, nil
}

// show is a log in lines: time, type, objects, and what else there is.
func show(l *event.Log) string {
	var b strings.Builder
	for r := range uint32(l.Rows()) {
		e := l.Event(r)
		at := l.Zone.Format(e.Time.At)
		if e.Time.Kind == event.Day {
			at = l.Zone.Date(e.Time.At).String()
		}
		fmt.Fprintf(&b, "%s %s", at, e.Type)
		for _, o := range e.Objects {
			fmt.Fprintf(&b, " %s:%s", o.Type, o.ID)
			if o.Qualifier != "" {
				fmt.Fprintf(&b, "/%s", o.Qualifier)
			}
			for _, a := range o.Attrs {
				fmt.Fprintf(&b, "{%s=%s}", a.Name, a.Value.Text(l.Zone))
			}
		}
		if e.Actor.OK {
			fmt.Fprintf(&b, " by %s", e.Actor.Value)
		}
		if e.Unit.OK {
			fmt.Fprintf(&b, " of %s", e.Unit.Value)
		}
		if e.Recorded.Kind != event.Absent {
			fmt.Fprintf(&b, " entered %s", event.Value{Kind: e.Recorded.Kind, At: e.Recorded.At}.Text(l.Zone))
		}
		if l.Seq != nil {
			fmt.Fprintf(&b, " #%d", e.Seq)
		}
		if e.ID != "" {
			fmt.Fprintf(&b, " id %s", e.ID)
		}
		for _, a := range e.Attrs {
			fmt.Fprintf(&b, " %s=%v(%s)", a.Name, a.Value.Kind, a.Value.Text(l.Zone))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func gb(t testing.TB, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRead(t *testing.T) {
	utf16le, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("case\tactivity\ttime\nA\t立案\t2026-03-01\n")
	if err != nil {
		t.Fatal(err)
	}
	chinese := "案件编号,活动,时间,办案人,单位,录入时间\n京1,立案,2026年3月1日 9时5分,张三,刑警队,2026/3/2\n京1,移送审查起诉,2026/3/1 10:00,,,\n"
	for _, c := range []struct {
		name, in, want string
		m              eventio.Mapping
	}{
		{"common names, an empty cell absent", "case_id,activity,ts,resource,amount\nA,Open,2026-03-01T09:10:00Z,u1,80\nA,Close,2026-03-01,,\n",
			"2026-03-01T10:10:00+01:00 Open case:A by u1 amount=string(80)\n2026-03-01 Close case:A\n", nil},
		{"as pm4py writes it", ",case:concept:name,concept:name,time:timestamp,org:resource,org:group,case:fine,Activity\n0,A,Open,2026-03-01 09:10:00.5+00:00,u,g,7,x\n",
			"2026-03-01T10:10:00.5+01:00 Open case:A{fine=7} by u of g Activity=string(x)\n", nil},
		{"semicolons, a mark, CRLF, blank lines, no last line end", "\ufeffCase ID;Event Type;Time Stamp\r\n\r\nA;Open;2026-03-01 09:10\r\n\r\nB;x,y;2026-07-01",
			"2026-03-01T09:10:00+01:00 Open case:A\n2026-07-01 x,y case:B\n", nil},
		{"tabs", "case\tactivity\ttime\nA\tOpen\t2026-03-01\n", "2026-03-01 Open case:A\n", nil},
		{"bars", "case|activity|time\nA|a,b|2026-03-01\n", "2026-03-01 a,b case:A\n", nil},
		{"the delimiter given", "case^activity^time\nA^Open^2026-03-01\n", "2026-03-01 Open case:A\n", eventio.Mapping{"delimiter": "^"}},
		{"as Excel says it", "sep=;\r\ncase;activity;time\r\nA;Open;2026-03-01\r\n", "2026-03-01 Open case:A\n", nil},
		{"quotes", "\"case\",\"activity\",\"time\",note\n\"A\",\"say \"\"no\"\", now\",\"2026-03-01\",\"two\r\nlines\"\nB,5\" pipe,2026-03-02,\"\"\n",
			"2026-03-01 say \"no\", now case:A note=string(two\r\nlines)\n2026-03-02 5\" pipe case:B\n", nil},
		{"Chinese headers", chinese, "2026-03-01T09:05:00+01:00 立案 case:京1 by 张三 of 刑警队 entered 2026-03-02\n2026-03-01T10:00:00+01:00 移送审查起诉 case:京1\n", nil},
		{"GB18030", gb(t, chinese), "2026-03-01T09:05:00+01:00 立案 case:京1 by 张三 of 刑警队 entered 2026-03-02\n2026-03-01T10:00:00+01:00 移送审查起诉 case:京1\n", nil},
		{"UTF-16 with a mark", utf16le, "2026-03-01 立案 case:A\n", nil},
		{"Latin text, the encoding given", "case,activity,time\nA,citt\xe0 e pi\xf9,2026-03-01\n", "2026-03-01 città e più case:A\n", eventio.Mapping{"encoding": "windows-1252"}},
		{"seq, id, entered; the order of the file where no seq is", "case,activity,time,seq,event_id,recorded\nA,x,2026-03-01,7,e1,2026-03-02\nA,y,2026-03-01,,e2,\n",
			"2026-03-01 x case:A entered 2026-03-02 #7 id e1\n2026-03-01 y case:A #2 id e2\n", nil},
		{"objects", "case,object:person/suspect,object:exhibit,object:person/suspect:age,activity,time\nA,p7,,44,x,2026-03-01\n,p8,k1,,y,2026-03-01\n",
			"2026-03-01 x case:A person:p7/suspect{age=44}\n2026-03-01 y person:p8/suspect exhibit:k1\n", nil},
		{"mapped", "nr,what,when,who,case\nA,x,2026-03-01,p7,z\n", "2026-03-01 x case:A person:p7/suspect case=string(z)\n",
			eventio.Mapping{"case": "nr", "type": "what", "time": "when", "object.person/suspect": "who"}},
		{"mapped away", "case,activity,time,user\nA,x,2026-03-01,u\n", "2026-03-01 x case:A user=string(u)\n", eventio.Mapping{"actor": "-"}},
		{"day first, as a row shows", "case,activity,date\nA,x,03/04/2026 9:05\nA,y,25/12/2026 21:00:01\n",
			"2026-04-03T09:05:00+02:00 x case:A\n2026-12-25T21:00:01+01:00 y case:A\n", nil},
		{"month first, as a row shows", "case,activity,date\nA,x,3/4/2026 9:05 PM\nA,y,12/25/2026 12:00 AM\n",
			"2026-03-04T21:05:00+01:00 x case:A\n2026-12-25T00:00:00+01:00 y case:A\n", nil},
		{"the layout given", "case,activity,date\nA,x,03.04.2026 09:05\n", "2026-04-03T09:05:00+02:00 x case:A\n", eventio.Mapping{"time": "date@02.01.2006 15:04"}},
		{"a layout of days", "case,activity,date\nA,x,260403\n", "2026-04-03 x case:A\n", eventio.Mapping{"time": "date@060102"}},
		{"seconds since 1970", "case,activity,t\nA,x,1767225600\nA,y,1767225600.5\n", "2026-01-01T01:00:00+01:00 x case:A\n2026-01-01T01:00:00.5+01:00 y case:A\n", eventio.Mapping{"time": "t@unix"}},
		{"milliseconds", "case,activity,t\nA,x,1767225600001\n", "2026-01-01T01:00:00.001+01:00 x case:A\n", eventio.Mapping{"time": "t@unixms"}},
		{"other forms that say the year", "case,activity,date\nA,a,2026/3/1\nA,b,2026.3.1 7:05\nA,c,20260301\nA,d,20260301070509\nA,e,1-Mar-2026 07:05\nA,f,\"March 1, 2026\"\nA,g,2026/3/1 下午7:05\nA,h,2026/3/1 7:05 +08:00\n",
			"2026-03-01 a case:A\n2026-03-01T07:05:00+01:00 b case:A\n2026-03-01 c case:A\n2026-03-01T07:05:09+01:00 d case:A\n2026-03-01T07:05:00+01:00 e case:A\n2026-03-01 f case:A\n2026-03-01T19:05:00+01:00 g case:A\n2026-03-01T00:05:00+01:00 h case:A\n", nil},
		{"no rows", "case,activity,time\n", "", nil},
	} {
		l, err := read(t, strings.NewReader(c.in), c.m, nil, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := show(l); got != c.want {
			t.Errorf("%s:\n%swant\n%s", c.name, got, c.want)
		}
	}
}

func TestDeclaredTypes(t *testing.T) {
	schema := map[string]event.Kind{"n": event.Number, "ok": event.Bool, "due": event.Time, "tags": event.Strings}
	l, err := read(t, strings.NewReader("case,activity,time,n,ok,due,tags,case:n\nA,x,2026-03-01,80.5,TRUE,13/4/2026,a; b,7\nA,y,2026-03-01,many,maybe,soon,,inf\nA,z,2026-03-01,,,1/2/2026,,\n"), nil, nil, schema)
	if err != nil {
		t.Fatal(err)
	}
	want := "2026-03-01 x case:A{n=7} n=number(80.5) ok=bool(true) due=time(2026-04-13) tags=strings(a, b)\n2026-03-01 y case:A\n2026-03-01 z case:A due=time(2026-02-01)\n"
	if got := show(l); got != want {
		t.Errorf("%swant\n%s", got, want)
	}
	for name, n := range map[string]int{"n": 2, "ok": 1, "due": 1, "tags": 0} {
		if c := l.Attr(name); c.Mistyped != n {
			t.Errorf("%s: %d cells of another type, want %d", name, c.Mistyped, n)
		}
	}
}

// Every refusal says where, what was expected and what to do, in both
// languages.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, in string
		m        eventio.Mapping
		code     errs.Code
		want     []string // parts of the English message
	}{
		{"empty", "", nil, errs.Input, []string{"log.csv: ", "empty"}},
		{"only blank lines", "\n\r\n", nil, errs.Input, []string{"empty"}},
		{"a workbook", "PK\x03\x04rest", nil, errs.Input, []string{"ZIP", "expected CSV"}},
		{"compressed", "\x1f\x8b\x08rest", nil, errs.Input, []string{"gzip"}},
		{"bytes", "case,activity,time\nA,\x00,x\n", nil, errs.Input, []string{"NUL"}},
		{"nothing recognised", "a,b,c\n1,2,3\n", nil, errs.Input, []string{"log.csv:1", `"a", "b", "c"`, "--map case=COLUMN,type=COLUMN,time=COLUMN"}},
		{"two cases", "case,case_id,activity,time\n1,2,3,4\n", nil, errs.Input, []string{`"case", "case_id"`, "--map case=COLUMN"}},
		{"two columns of one name", "case,activity,time,x,x\n1,2,2026-03-01,4,5\n", nil, errs.Input, []string{`"x"`, "4", "5"}},
		{"an unknown part", "case,activity,time\n", eventio.Mapping{"actr": "x"}, errs.Usage, []string{`"actr"`, `did you mean "actor"?`}},
		{"an unknown column", "case,activity,time\n", eventio.Mapping{"actor": "activty"}, errs.Usage, []string{`no column "activty"`, `did you mean "activity"?`}},
		{"a bad layout", "case,activity,time\n", eventio.Mapping{"time": "time@hello"}, errs.Usage, []string{"02.01.2006"}},
		{"a bad delimiter", "case,activity,time\n", eventio.Mapping{"delimiter": "ab"}, errs.Usage, []string{"semicolon"}},
		{"a bad encoding", "case,activity,time\n", eventio.Mapping{"encoding": "x"}, errs.Usage, []string{"gb18030"}},
		{"day or month", "case,activity,date\nA,x,03/04/2026 10:00\n", nil, errs.Input, []string{"03/04/2026", "--map 'time=date@2/1/2006 15:04'", "'time=date@1/2/2006 15:04'"}},
		{"no time", "case,activity,time\nA,x,\n", nil, errs.Input, []string{"log.csv:2", `"time" is empty`}},
		{"not a time", "case,activity,time\nA,x,2026-03-01\n\"a\nb\",x,later\n", nil, errs.Input, []string{"log.csv:3", `"later" is not a time`, "2026-03-01T09:10:00+01:00"}},
		{"a number for a time", "case,activity,time\nA,x,1767225600\n", nil, errs.Input, []string{"log.csv:2", "--map time=time@unix"}},
		{"no type", "case,activity,time\nA,,2026-03-01\n", nil, errs.Input, []string{"log.csv:2", `"activity" is empty`}},
		{"no case", "case,activity,time\n,x,2026-03-01\n", nil, errs.Input, []string{"log.csv:2", `"case" is empty`}},
		{"a bad seq", "case,activity,time,seq\nA,x,2026-03-01,1.5\n", nil, errs.Input, []string{"log.csv:2", `"1.5"`, "whole number"}},
		{"cut off", "case,activity,time\nA,x,2026-03-01\nA,x", nil, errs.Input, []string{"log.csv:3", "2 cells; expected 3", "cut off"}},
		{"too many cells", "case,activity,time\nA,x,2026-03-01,y\n", nil, errs.Input, []string{"log.csv:2", "more cells"}},
		{"an open quote", "case,activity,time\nA,\"x,2026-03-01\nB,y,2026-03-02\n", nil, errs.Input, []string{"log.csv:2", "never closes"}},
		{"text after a quote", "case,activity,time\nA,\"x\"y,2026-03-01\n", nil, errs.Input, []string{"log.csv:2", "after a closing quote"}},
		{"a bad byte", "case,activity,time\nA,立案侦查终结移送,2026-03-01\nA,\xff,2026-03-01\n", nil, errs.Input, []string{"log.csv:3", "encoding"}},
		{"Latin text", "case,activity,time\nA,citt\xe0 e pi\xf9,2026-03-01\n", nil, errs.Input, []string{"log.csv:2", "windows-1252"}},
	} {
		_, err := read(t, strings.NewReader(c.in), c.m, nil, nil)
		logtest.Refused(t, c.name, err, c.code, c.want...)
	}
}

func TestBombs(t *testing.T) {
	head := "case,activity,time\nA,x,2026-03-01\n"
	for name, in := range map[string]io.Reader{
		"a line without end":             logtest.Endless(head+"A,", "xxxxxxxx"),
		"a header without end":           logtest.Endless("", "a,"),
		"a header of one word":           logtest.Endless("", "a"),
		"a quote without end":            logtest.Endless(head+"A,\"", "x\n"),
		"quotes without end":             logtest.Endless(head+"A,\"", "\"\""),
		"a Chinese line without end":     logtest.Endless("案件,活动,时间\nA,", "立案"),
		"a GB18030 line without end":     logtest.Endless(gb(t, "案件编号,活动,时间\nA,"), gb(t, "立案")),
		"ASCII first and then something": logtest.Endless(head+strings.Repeat("A,x,2026-03-01\n", 200_000)+"A,", "\xff\xfe"),
	} {
		if _, err := read(t, in, nil, nil, nil); errs.CodeOf(err) != errs.Limit {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadRowsAreSetAside(t *testing.T) {
	in := "case,activity,time\nA,x,2026-03-01\nA,x,never\nA,x\nB,\"y\"z,2026-03-01\nB,y,2026-03-02\n"
	bad := &eventio.Bad{Allowed: 3}
	l, err := read(t, strings.NewReader(in), nil, bad, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := show(l), "2026-03-01 x case:A\n2026-03-02 y case:B\n"; got != want {
		t.Errorf("%swant\n%s", got, want)
	}
	for i, want := range []struct {
		line int
		raw  string
	}{{3, "A,x,never"}, {4, "A,x"}, {5, `B,"y"z,2026-03-01`}} {
		if got := bad.Rows[i]; got.Err.Place.Line != want.line || got.Raw != want.raw {
			t.Errorf("row %d: %d %q, want %d %q", i, got.Err.Place.Line, got.Raw, want.line, want.raw)
		}
	}
	if _, err := read(t, strings.NewReader(in), nil, &eventio.Bad{Allowed: 2}, nil); err == nil || !strings.Contains(err.Error(), "--skip-bad") {
		t.Errorf("one more than allowed: %v", err)
	}
}

// A file of many blocks, with quotes in some of them, reads as one that is cut
// otherwise: lines, order and codes don't depend on the blocks.
func TestBlocks(t *testing.T) {
	var in bytes.Buffer
	in.WriteString("case,activity,time,note\n")
	const rows = 120_000
	for i := range rows {
		note := fmt.Sprintf("some words about %d", i)
		if i > rows/2 && i%1000 == 0 {
			note = "\"with, a comma\nand a line\""
		}
		fmt.Fprintf(&in, "C%d,act %d,2026-03-01T09:10:00Z,%s\n", i*7919%50_000, i%11, note)
	}
	in.WriteString("C1,act,wrong,x\n")
	l, err := read(t, bytes.NewReader(in.Bytes()), nil, &eventio.Bad{Allowed: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if l.Rows() != rows || l.Objects.Len() != 50_000 || l.Types.Len() != 11 {
		t.Fatalf("%d rows, %d cases, %d types", l.Rows(), l.Objects.Len(), l.Types.Len())
	}
	for _, r := range []uint32{0, 1, 49_999, 50_000, rows/2 + 1000, rows - 1} {
		e := l.Event(r)
		if want := fmt.Sprintf("C%d", int(r)*7919%50_000); e.Objects[0].ID != want || e.Type != fmt.Sprintf("act %d", r%11) {
			t.Errorf("row %d: %+v", r, e)
		}
	}
	_, err = read(t, bytes.NewReader(in.Bytes()), nil, nil, nil)
	if want := fmt.Sprintf("log.csv:%d: ", bytes.Count(in.Bytes(), []byte{'\n'})); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v; want the place %s", err, want)
	}
}

// GB18030 that begins after more ASCII than a block holds is found there.
func TestLateGB18030(t *testing.T) {
	in := "case,activity,time\n" + strings.Repeat("A,x,2026-03-01\n", 200_000) + gb(t, strings.Repeat("A,移送审查起诉,2026-03-01\n", 3))
	l, err := read(t, strings.NewReader(in), nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if l.Rows() != 200_003 || l.Types.Find("移送审查起诉") == 0 {
		t.Errorf("%d rows, types %d", l.Rows(), l.Types.Len())
	}
}

// Cutting words at a time cuts as byte by byte does.
func TestPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.StringMatching(`[a,;\x{80}-\x{ff}]{0,40}`).Draw(t, "line")
		width := rapid.IntRange(1, 6).Draw(t, "width")
		s := splitter{delim: ',', width: width, cells: make([][]byte, width)}
		n := s.plain(append([]byte(line), ",,,,,,,,"...), len(line))
		want := strings.Split(line, ",")
		extra := false
		for i, w := range want {
			if i < width {
				if string(s.cells[i]) != w {
					t.Fatalf("%q: cell %d %q, want %q", line, i, s.cells[i], w)
				}
			} else {
				extra = extra || w != ""
			}
		}
		if (n > width) != extra || n < width && n != len(want) {
			t.Fatalf("%q: %d cells, width %d, want %q", line, n, width, want)
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"case_id,activity,ts,resource,amount\nA,Open,2026-03-01T09:10:00Z,u1,80\n",
		"\"case\";\"activity\";\"date\"\n\"A\";\"a\"\"b\n\";\"25/12/2026\"\n",
		"案件编号\t活动\t时间\nA\t立案\t2026年3月1日 9时5分\n", "sep=|\ncase|activity|time\nA|x|1 Mar 2026 3:04 PM +08:00\n",
		"\xff\xfec\x00", "case,activity,time,seq,event_id,recorded,case:x,object:a/b,attr:n\nA,x,20260301,1,e,2026-01-01,z,o,1\n", "case,activity,time\nA,\"x", "\xb0\xb8\xbc\xfe\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		l, err := read(t, bytes.NewReader(in), nil, &eventio.Bad{Allowed: 5}, nil)
		if err == nil && l.Rows() > bytes.Count(in, []byte{'\n'})+len(in) {
			t.Fatal("more rows than bytes")
		}
	})
}

// What an office prints above its lists names no columns.
func TestTitlesAboveTheHeader(t *testing.T) {
	const lines = "case,activity,time\nA,x,2026-03-01\nB,,2026-03-02\n"
	for _, c := range []struct {
		name, top string
		m         eventio.Mapping
	}{
		{name: "a line of title", top: "Hearings of 2026\n"},
		{name: "titles as a workbook saves them", top: "2026年开庭排期表,,\r\n\r\n,制表：立案庭,\r\n"},
		{name: "lines that look like a table", top: "made by,filing office\non,2026-11-20\n", m: eventio.Mapping{"header": "3"}},
	} {
		l, err := read(t, strings.NewReader(c.top+lines), c.m, &eventio.Bad{Allowed: 1}, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, want := show(l), "2026-03-01 x case:A\n"; !strings.HasPrefix(got, strings.TrimSpace(want)) || l.Rows() != 1 {
			t.Errorf("%s: %q, want %q", c.name, got, want)
		}
	}
	for _, c := range []struct{ text, header, want string }{
		{"title\ncase,activity,when\nA,x,y\n", "", `log.csv:2: no column is recognised as the time`},
		{"a^b^c\nd^e^f\n", "", `log.csv:1: no column is recognised as the case`},
		{lines, "0", "--map header=0: expected the number"},
	} {
		if _, err := read(t, strings.NewReader(c.text), eventio.Mapping{"header": c.header}, nil, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
}

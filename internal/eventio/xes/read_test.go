package xes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

// readText reads a document and finishes the log.
func readText(t testing.TB, doc string, opt eventio.Read) (*event.Log, error) {
	t.Helper()
	b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Rome")})
	if opt.File == "" {
		opt.File = "log.xes"
	}
	if err := Read(strings.NewReader(doc), b, opt); err != nil {
		return nil, err
	}
	return b.Finish()
}

// show writes an event on one line: its parts, objects and attributes.
func show(l *event.Log, row uint32) string {
	e := l.Event(row)
	var s []string
	add := func(name, v string) { s = append(s, name+"="+v) }
	attrs := func(list []event.Attr) string {
		sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
		var out []string
		for _, a := range list {
			v := a.Value
			out = append(out, fmt.Sprintf("%s:%s(%s)", a.Name, kindName(v.Kind), v.Text(l.Zone)))
		}
		return strings.Join(out, " ")
	}
	s = append(s, e.Type, l.Zone.Format(e.Time.At))
	if e.Time.Kind == event.Day {
		s = append(s, "day")
	}
	if e.ID != "" {
		add("id", e.ID)
	}
	if l.Seq != nil {
		add("seq", fmt.Sprint(e.Seq))
	}
	if e.Recorded.Kind != event.Absent {
		add("recorded", l.Zone.Format(e.Recorded.At))
		if e.Recorded.Kind == event.Day {
			s = append(s, "day")
		}
	}
	if e.Actor.OK {
		add("actor", fmt.Sprintf("%q", e.Actor.Value))
	}
	if e.Unit.OK {
		add("unit", fmt.Sprintf("%q", e.Unit.Value))
	}
	for _, o := range e.Objects {
		id := o.Type
		if o.Qualifier != "" {
			id += "/" + o.Qualifier
		}
		id += ":" + o.ID
		if len(o.Attrs) > 0 {
			id += "{" + attrs(o.Attrs) + "}"
		}
		s = append(s, id)
	}
	if len(e.Attrs) > 0 {
		s = append(s, "["+attrs(e.Attrs)+"]")
	}
	return strings.Join(s, " ")
}

func kindName(k event.Kind) string {
	if k == event.Day {
		return "day"
	}
	return k.String()
}

func showAll(l *event.Log) []string {
	var out []string
	for r := range uint32(l.Rows()) {
		if !l.Dead.Has(r) {
			out = append(out, show(l, r))
		}
	}
	return out
}

// in puts a trace around events.
func in(events string) string {
	return `<log><trace><string key="concept:name" value="A1"/>` + events + `</trace></log>`
}

const (
	typed = `<string key="concept:name" value="T"/>`
	dated = `<date key="time:timestamp" value="2012-01-01T10:00:00+01:00"/>`
	whole = `<event>` + typed + dated + `</event>`
	line  = `T 2012-01-01T10:00:00+01:00 case:A1`
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, doc string
		opt       eventio.Mapping
		want      []string
	}{
		{"an empty log", `<log/>`, nil, nil},
		{"the least event", in(whole), nil, []string{line}},
		{"a byte order mark, a declaration, a comment, an instruction, a document type",
			"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><!-- a - b --><?pi x?><!DOCTYPE log [<!ELEMENT log ANY>]>" + in(whole) + "<!-- end -->\n", nil, []string{line}},
		{"a prefix on the elements", `<x:log xmlns:x="http://www.xes-standard.org/"><x:trace><x:string key="concept:name" value="A1"/><x:event>` +
			`<x:string key="concept:name" value="T"/><x:date key="time:timestamp" value="2012-01-01T10:00:00+01:00"/></x:event></x:trace></x:log>`, nil, []string{line}},
		{"quotes of both kinds, the value first, blanks and line breaks in tags",
			in("<event ><string value='T'\n\tkey = 'concept:name' /><date\nvalue=\"2012-01-01T10:00:00+01:00\" key='time:timestamp'></date></event >"), nil, []string{line}},
		{"entities, characters by number, white space in values",
			in(`<event><string key="concept:name" value="a &lt;&gt;&amp;&quot;&apos; &#20934;&#x7EF3;"/>` + dated + "<string key='a' value='x\ty\r\nz&#10;'/></event>"), nil,
			[]string{"a <>&\"' 准绳 2012-01-01T10:00:00+01:00 case:A1 [a:string(x y z\n)]"}},
		{"Chinese", in(`<event><string key="concept:name" value="立案"/>` + dated + `<string key="承办 人" value="张三"/></event>`), nil,
			[]string{"立案 2012-01-01T10:00:00+01:00 case:A1 [承办 人:string(张三)]"}},
		{"CDATA and text are passed over", in(`<event>` + typed + `<![CDATA[<event> ]] > &nonsense; ]]> x &amp; y` + dated + `</event>`), nil, []string{line}},
		{"every part", in(`<event>` + typed + `<date key="time:timestamp" value="2012-01-01T10:00:00.123456+01:00"/><string key="org:resource" value=""/>` +
			`<string key="org:group" value="G"/><id key="identity:id" value="e1"/><int key="plumbline:seq" value="7"/><date key="plumbline:recorded" value="2012-01-02T08:00:00Z"/></event>`), nil,
			[]string{`T 2012-01-01T10:00:00.123456+01:00 id=e1 seq=7 recorded=2012-01-02T09:00:00+01:00 actor="" unit="G" case:A1`}},
		{"every kind of value", in(`<event>` + typed + dated + `<int key="i" value="-12"/><float key="f" value="12.50"/><float key="e" value="1e3"/>` +
			`<boolean key="b" value="true"/><boolean key="c" value="0"/><date key="d" value="2012-02-01"/><date key="t" value="2012-02-01T01:02:03"/><id key="u" value="x"/><string key="s" value=""/></event>`), nil,
			[]string{line + ` [b:bool(true) c:bool(false) d:day(2012-02-01) e:number(1000) f:number(12.5) i:number(-12) s:string() t:time(2012-02-01T01:02:03+01:00) u:string(x)]`}},
		{"a whole number with more digits than a float64 has keeps them as text",
			in(`<event>` + typed + dated + `<int key="a" value="9007199254740993"/><int key="b" value=" -20260100000000000017 "/><int key="c" value="9007199254740992"/><float key="d" value="9007199254740993"/></event>`), nil,
			[]string{line + ` [a:string(9007199254740993) b:string(-20260100000000000017) c:number(9007199254740992) d:number(9007199254740992)]`}},
		{"a value that isn't what its tag says is absent, and so is one that isn't there",
			in(`<event>` + typed + dated + `<int key="i" value="1.5x"/><float key="f" value="NaN"/><boolean key="b" value="yes"/><date key="d" value="soon"/><string key="s"/></event>`), nil, []string{line}},
		{"a time without offset, in summer; a date alone", in(`<event>` + typed + `<date key="time:timestamp" value="2012-07-01T10:00:00"/></event><event>` + typed + `<date key="time:timestamp" value="2012-07-02"/></event>`), nil,
			[]string{"T 2012-07-01T10:00:00+02:00 case:A1", "T 2012-07-02T00:00:00+02:00 day case:A1"}},
		{"attributes in attributes", in(`<event>` + typed + dated + `<string key="a" value="1"><int key="b" value="2"><string key="c" value="3"/></int></string></event>`), nil,
			[]string{line + ` [a:string(1) a/b:number(2) a/b/c:string(3)]`}},
		{"lists of 1.0 and 2.0, containers, lists in lists", in(`<event>` + typed + dated + `<list key="l"><string key="x" value="1"/><int key="x" value="2"/></list>` +
			`<list key="m"><values><string key="x" value="1"><string key="y" value="deep"/></string></values></list><container key="c"><float key="x" value="1.0"/></container>` +
			`<list key="n"><values><list key="in"><string key="x" value="a"/></list></values></list><list key="o"/></event>`), nil,
			[]string{line + ` [c:strings(1.0) l:strings(1, 2) m:strings(1) m/x/y:string(deep) n/in:strings(a) o:strings()]`}},
		{"attributes of the trace are the case's, from its earliest event on, wherever they stand",
			`<log><trace><string key="concept:name" value="A1"/><event>` + typed + `<date key="time:timestamp" value="2012-01-03T10:00:00+01:00"/></event>` + whole + `<float key="amount" value="3"/></trace></log>`, nil,
			[]string{"T 2012-01-03T10:00:00+01:00 case:A1", "T 2012-01-01T10:00:00+01:00 case:A1{amount:number(3)}"}},
		{"a trace named after its events", `<log><trace>` + whole + `<event/><string key="a" value="b"/><string key="concept:name" value="A1"/>` + whole + `</trace></log>`, nil, []string{line + "{a:string(b)}", line}},
		{"traces of one name are one case; a trace without events is none", `<log><trace><string key="concept:name" value="A1"/>` + whole + `</trace><trace><string key="concept:name" value="A1"/>` + whole + `</trace><trace><string key="concept:name" value="A2"/></trace></log>`, nil, []string{line, line}},
		{"globals, classifiers, extensions and attributes of the log are read past",
			`<log xes.version="1849-2016"><extension name="Concept" prefix="concept" uri="u"/><global scope="event"><string key="concept:name" value="no"/></global><classifier name="c" keys="concept:name"/><int key="n" value="1"><int key="m" value="2"/></int><trace><string key="concept:name" value="A1"/>` + whole + `</trace></log>`, nil, []string{line}},
		{"parts renamed", `<log><trace><string key="number" value="N1"/><string key="concept:name" value="C"/><event><string key="what" value="T"/><string key="concept:name" value="n"/>` +
			`<date key="when" value="2012-01-01T10:00:00+01:00"/><string key="who" value="w"/><string key="where" value="u"/><string key="no" value="e1"/><date key="entered" value="2012-01-01T11:00:00+01:00"/><string key="suspect" value="p7"/></event></trace></log>`,
			eventio.Mapping{"case": "number", "type": "what", "time": "when", "actor": "who", "unit": "where", "id": "no", "recorded": "entered", "object.person/suspect": "suspect"},
			[]string{`T 2012-01-01T10:00:00+01:00 id=e1 recorded=2012-01-01T11:00:00+01:00 actor="w" unit="u" case:N1{concept:name:string(C)} person/suspect:p7 [concept:name:string(n)]`}},
		{"objects of our own writing, also of an event in no trace", `<log><string key="plumbline:per" value="order"/><trace><string key="concept:name" value="o1"/><event>` + typed + dated +
			`<list key="plumbline:objects"><values><string key="item" value="i1"><string key="plumbline:qualifier" value="q"/><float key="price" value="2"/></string></values></list></event></trace>` +
			`<event>` + typed + dated + `<list key="plumbline:objects"><values><string key="item" value="i1"/></values></list></event></log>`, nil,
			[]string{"T 2012-01-01T10:00:00+01:00 order:o1 item/q:i1{price:number(2)}", "T 2012-01-01T10:00:00+01:00 item:i1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := &eventio.Bad{Allowed: 1}
			l, err := readText(t, c.doc, eventio.Read{Map: c.opt, Bad: bad})
			if err != nil {
				t.Fatal(err)
			}
			if got := showAll(l); strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if wantBad := strings.Count(c.doc, "<event/>"); len(bad.Rows) != wantBad {
				t.Errorf("set aside: %v", bad.Rows)
			}
		})
	}
}

// TestRefused: what is wrong, where, and what to do.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, doc string
		code      errs.Code
		want      string // "" for a doc that is read
	}{
		{"nothing", "", errs.Input, "log.xes: the file is empty; expected an XES log; fetch it again"},
		{"blanks", " \n", errs.Input, "log.xes:2:1: the file ends before any element; expected <log>; the file was cut off"},
		{"a CSV", "case,activity\n1,a\n", errs.Input, "log.xes:1:1: this is not XML; expected an XES log, which begins with <?xml or <log; name the file by its format"},
		{"a CSV of one word", "case", errs.Input, "log.xes:1:1: this is not XML"},
		{"another XML", "<ocel/>", errs.Input, "log.xes:1:1: the document is <ocel>; expected <log>"},
		{"capitals", "<Log/>", errs.Input, "the document is <Log>; expected <log>"},
		{"a zip", "PK\x03\x04rest", errs.Input, "log.xes: the file is a zip archive; expected XES, plain or compressed with gzip; unpack it"},
		{"UTF-16", "\xff\xfe<\x00l\x00", errs.Input, "log.xes: the file is in UTF-16; expected UTF-8; convert it: iconv -f UTF-16 -t UTF-8"},
		{"GB18030", `<?xml version="1.0" encoding="GB18030"?><log/>`, errs.Input, "log.xes:1:1: the file says that it is in GB18030; expected UTF-8; convert it: iconv -f GB18030 -t UTF-8"},
		{"no UTF-8", "<log>\n<string key=\"a\" value=\"\xb0\xb8\"/></log>", errs.Input, "log.xes:2:24: the byte 0xb0 is not UTF-8; if the file is in another encoding"},
		{"XML 1.1", `<?xml version="1.1"?><log/>`, errs.Input, `XML version "1.1"; expected 1.0`},
		{"a control character", "<log a='\x01'/>", errs.Input, "log.xes:1:9: the character U+0001, which XML doesn't allow"},
		{"a character that is none", "<log a='&#0;'/>", errs.Input, "log.xes:1:9: &#0; is no character of XML"},
		{"an unknown entity", "<log a='&eacute;'/>", errs.Input, "unknown entity &eacute;"},
		{"a lone &", "<log a='A & B'/>", errs.Input, "& without a ; that ends the entity"},
		{"a < in a value", "<log a='<'/>", errs.Input, "log.xes:1:9: < within a value"},
		{"no quotes", "<log a=1/>", errs.Input, "log.xes:1:8: expected the value of a in quotes"},
		{"no value", "<log a/>", errs.Input, "log.xes:1:7: expected = after the attribute a"},
		{"an attribute twice", "<log a='1' a='2'/>", errs.Input, "log.xes:1:12: the attribute a stands twice in one element"},
		{"tags crossed", "<log>\n<trace>\n</log>", errs.Input, "log.xes:3:1: </log> where <trace> is open; expected </trace>"},
		{"an end too many", "<log/></log>", errs.Input, "log.xes:1:7: </log> ends an element that never began"},
		{"two roots", "<log/><log/>", errs.Input, "log.xes:1:7: an element after the end of the document"},
		{"text after the end", "<log/> x", errs.Input, "log.xes:1:8: text after the end of the document"},
		{"-- in a comment", "<!-- a -- b --><log/>", errs.Input, "-- within a comment"},
		{"cut off between tags", "<log>\n<trace>\n", errs.Input, "log.xes:3:1: the file ends inside <trace>; expected </trace>; the file was cut off: copy it again"},
		{"cut off in a tag", "<log>\n<tra", errs.Input, "log.xes:2:1: the file ends within a tag; the file was cut off"},
		{"cut off in a comment", "<log><!-- ", errs.Input, "the file ends within a tag"},
		{"entities declared", `<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><log/>`, errs.Limit, "log.xes:1:16: the document type declares entities"},
		{"a trace in a trace", "<log><trace><trace/></trace></log>", errs.Input, "log.xes:1:13: <trace> can't stand in <trace>; a log holds traces"},
		{"a misspelt element", "<log><trase/></log>", errs.Input, `log.xes:1:6: <trase> in <log> is no element of XES; did you mean "trace"?`},
		{"an Event", in("<Event/>"), errs.Input, `<Event> in <trace> is no element of XES; did you mean "event"?`},
		{"an event without type", "<log>\n<trace><string key='concept:name' value='1'/>\n<event>" + dated + "</event></trace></log>", errs.Input,
			`log.xes:3: an event without a type; expected the attribute "concept:name"; if another attribute names the activity, use --map type=…`},
		{"an event without time", in("<event>" + typed + "</event>"), errs.Input, `log.xes:1: an event without a time; expected the attribute "time:timestamp"`},
		{"a trace without a name", "<log>\n<trace>\n" + whole + "</trace></log>", errs.Input, `log.xes:3: an event without a case; expected it in a <trace> with the attribute "concept:name"; if another attribute of the trace names the case, use --map case=…`},
		{"an event in no trace", "<log>" + whole + "</log>", errs.Input, "an event without a case"},
		{"a time that is none", in(`<event>` + typed + `<date key="time:timestamp" value="1.2.2012"/></event>`), errs.Input,
			`log.xes:1: "time:timestamp" has "1.2.2012", which is no time; expected 2026-03-01T09:10:00+01:00`},
		{"a day that is none", in(`<event>` + typed + `<date key="time:timestamp" value="2012-02-30"/></event>`), errs.Input, `"2012-02-30", which is no time`},
		{"a type that is a list", in(`<event>` + dated + `<list key="concept:name"/></event>`), errs.Input, `"concept:name" is of another kind than expected`},
		{"an attribute twice in an event", in(`<event>` + typed + dated + `<int key="a" value="1"/><int key="a" value="1"/></event>`), errs.Input, `the attribute "a" stands twice in one <event>`},
		{"an attribute twice in a trace", `<log><trace><int key="a" value="1"/><int key="a" value="1"/></trace></log>`, errs.Input, `the attribute "a" stands twice in one <trace>`},
		{"an attribute without key", in(`<event>` + typed + dated + `<int value="1"/></event>`), errs.Input, `an attribute without a key`},
		{"a seq that is no number", in(`<event>` + typed + dated + `<int key="plumbline:seq" value="one"/></event>`), errs.Input, `"plumbline:seq" has "one"; expected a whole number`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readText(t, c.doc, eventio.Read{})
			var e *errs.Error
			if !errors.As(err, &e) {
				t.Fatalf("not refused in two languages: %v", err)
			}
			if e.Code != c.code || !strings.Contains(e.Error(), c.want) {
				t.Errorf("code %d: %s\nwant %s", e.Code, e, c.want)
			}
			if e.What.Zh == "" || e.What.Zh == e.What.En || (e.Next.En == "") != (e.Next.Zh == "") {
				t.Errorf("not in Chinese: %+v", e)
			}
		})
	}
}

// TestBadEventsAreSetAside: with --skip-bad the good events are read, and the
// bad ones kept as they stood.
func TestBadEventsAreSetAside(t *testing.T) {
	doc := "<log><trace><string key='concept:name' value='A1'/>\n" + whole + "\n<event>" + typed + "</event>\n<foo/>\n" + whole + "</trace></log>"
	bad := &eventio.Bad{Allowed: 2}
	l, err := readText(t, doc, eventio.Read{Bad: bad})
	if err != nil {
		t.Fatal(err)
	}
	if l.Events() != 2 || len(bad.Rows) != 2 {
		t.Fatalf("%d events, set aside %v", l.Events(), bad.Rows)
	}
	if r := bad.Rows[0]; r.Err.Place.Line != 3 || r.Raw != "<event>"+typed+"</event>" {
		t.Errorf("%v: %q", r.Err, r.Raw)
	}
	if _, err := readText(t, doc, eventio.Read{Bad: &eventio.Bad{Allowed: 1}}); err == nil || !strings.Contains(err.Error(), "log.xes:4") {
		t.Errorf("one more than allowed: %v", err)
	}
}

// TestProjection: what isn't wanted is neither kept nor given a column.
func TestProjection(t *testing.T) {
	b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "UTC"), Want: func(a string) bool { return a == "b" || a == "a/x" }})
	doc := `<log><trace><string key="concept:name" value="1"/><int key="c" value="1"/><event>` + typed + dated +
		`<string key="a" value="1"><int key="x" value="3"/></string><int key="b" value="2"/><list key="l"><string key="k" value="v"/></list></event></trace></log>`
	if err := Read(strings.NewReader(doc), b, eventio.Read{}); err != nil {
		t.Fatal(err)
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if got := show(l, 0); !strings.HasSuffix(got, "case:1 [a/x:number(3) b:number(2)]") || len(l.Attrs) != 2 {
		t.Errorf("%s, %d columns", got, len(l.Attrs))
	}
}

// TestEveryCut: wherever a file ends early it is refused, and never panics; a
// log read in blocks of any size is the same log.
func TestEveryCut(t *testing.T) {
	doc := "<?xml version=\"1.0\" encoding='UTF-8'?>\n<!DOCTYPE log [<!ELEMENT log ANY>]><log a='x'><!-- c --><string key=\"a&amp;\" value='准绳'/>" +
		in(whole + `<event>` + typed + dated + `<![CDATA[x]]><list key="l"><values><string key="a" value="1"/></values></list></event>`)[len("<log>"):]
	for n := 1; n < len(doc); n++ {
		if _, err := readText(t, doc[:n], eventio.Read{}); err == nil {
			t.Fatalf("not refused: %q", doc[:n])
		}
	}
	whole, err := readText(t, doc, eventio.Read{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2, 3, 7, 64} {
		l, err := readChunks(t, doc, n)
		if err != nil || fmt.Sprint(showAll(l)) != fmt.Sprint(showAll(whole)) {
			t.Errorf("by %d bytes: %v", n, err)
		}
	}
}

// readChunks reads a document through windows that grow by n bytes at a time.
func readChunks(t testing.TB, doc string, n int) (*event.Log, error) {
	b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Rome")})
	f := &feed{full: make(chan block, len(doc)/n+2), empty: make(chan []byte, len(doc)/n+2)}
	for rest := []byte(doc); len(rest) > 0; {
		k := min(n, len(rest))
		buf := make([]byte, headroom+k)
		f.full <- block{buf: buf[:headroom+copy(buf[headroom:], rest[:k])]}
		rest = rest[k:]
	}
	f.full <- block{buf: make([]byte, headroom), err: io.EOF}
	if err := newReader(b, eventio.Read{}).log(&scanner{feed: f, hold: -1, most: maxToken}); err != nil {
		return nil, err
	}
	return b.Finish()
}

func TestTooManyTypes(t *testing.T) {
	var events, objects strings.Builder
	for i := range 1 << 16 {
		fmt.Fprintf(&events, `<event>%s<string key="concept:name" value="%d"/></event>`, dated, i)
		fmt.Fprintf(&objects, `<string key="t%d" value="1"/>`, i)
	}
	if _, err := readText(t, in(events.String()), eventio.Read{}); err == nil || !strings.Contains(err.Error(), "more than 65,535 event types") {
		t.Errorf("%v", err)
	}
	if _, err := readText(t, in("<event><list key='plumbline:objects'>"+objects.String()), eventio.Read{}); errs.CodeOf(err) != errs.Limit {
		t.Errorf("%v", err)
	}
}

func TestLongEventsAcrossBlocks(t *testing.T) {
	var doc bytes.Buffer
	doc.WriteString(`<log><trace><string key="concept:name" value="A1"/>`)
	long := strings.Repeat("long & 长 ", 40_000)
	for i := range 8 {
		fmt.Fprintf(&doc, `<event>%s%s<string key="n%d" value="%s"/></event>`+"\n", typed, dated, i, strings.ReplaceAll(long, "&", "&amp;"))
	}
	doc.WriteString("<event/></trace></log>")
	bad := &eventio.Bad{Allowed: 1}
	l, err := readText(t, doc.String(), eventio.Read{Bad: bad})
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint32(8) {
		e := l.Event(i)
		if got := e.Get(fmt.Sprintf("n%d", i)).Str; got != long {
			t.Errorf("event %d: %d bytes of %d", i, len(got), len(long))
		}
	}
	if len(bad.Rows) != 1 || bad.Rows[0].Err.Place.Line != 9 {
		t.Errorf("set aside: %v", bad.Rows)
	}
}

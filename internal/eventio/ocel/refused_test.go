package ocel

import (
	"bytes"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// small is a log of two events in JSON, with the objects after the events that
// name them; smallXML the same with the parts in another order.
const small = `{"events":[
{"id":"e1","type":"Create Fine","time":"2012-01-01","attributes":[{"name":"amount","value":"80"},{"name":"paid","value":null}],"relationships":[{"objectId":"A1","qualifier":""},{"objectId":"p7","qualifier":"suspect"}]},
{"relationships":[{"objectId":"A1","qualifier":""}],"time":"2012-03-01T10:00:00Z","type":"Send Fine","id":"e2","attributes":[{"name":"amount","value":80}]}],
"objects":[{"id":"A1","type":"case","attributes":[{"name":"points","time":"1970-01-01T00:00:00Z","value":"3"},{"name":"points","time":"2012-02-01T00:00:00Z","value":"2"}]},
{"id":"p7","type":"person","relationships":[{"objectId":"A1","qualifier":"of"}]}],
"objectTypes":[{"name":"case","attributes":[{"name":"points","type":"integer"}]},{"name":"person","attributes":[]}],
"eventTypes":[{"name":"Create Fine","attributes":[{"name":"amount","type":"float"}]},{"name":"Send Fine","attributes":[]}]}
`

const smallXML = `<?xml version="1.0" encoding="UTF-8"?>
<log><events>
<event id="e1" type="Create Fine" time="2012-01-01"><attributes><attribute name="amount">80</attribute></attributes><objects><relationship object-id="A1" qualifier=""/><relationship object-id="p7" qualifier="suspect"/></objects></event>
<event id="e2" type="Send Fine" time="2012-03-01T10:00:00Z"><attributes><attribute name="amount">8<![CDATA[0]]></attribute></attributes><objects><relationship object-id="A1" qualifier=""/></objects></event>
</events><objects>
<object id="A1" type="case"><attributes><attribute name="points" time="1970-01-01T00:00:00Z">3</attribute><attribute name="points" time="2012-02-01T00:00:00Z">2</attribute></attributes></object>
<object id="p7" type="person"><objects><relationship object-id="A1" qualifier="of"/></objects></object>
</objects>
<event-types><event-type name="Create Fine"><attributes><attribute name="amount" type="float"/></attributes></event-type><event-type name="Send Fine"><attributes><attribute name="amount" type="integer"/></attributes></event-type></event-types>
<object-types><object-type name="case"><attributes><attribute name="points" type="integer"/></attributes></object-type><object-type name="person"><attributes/></object-type></object-types>
</log>`

type readFunc func(io.Reader, *event.Builder, eventio.Read) error

func try(t testing.TB, read readFunc, doc string, opt eventio.Read) (*event.Log, error) {
	b := event.NewBuilder(event.Options{Zone: berlin(t)})
	opt.File = "log"
	if err := read(strings.NewReader(doc), b, opt); err != nil {
		return nil, err
	}
	return b.Finish()
}

// The parts of a document come in any order; values are of the declared types;
// a null is absent; a value dated 1970 is in force from the beginning.
func TestSmall(t *testing.T) {
	for name, read := range map[string]func() (*event.Log, error){
		"JSON": func() (*event.Log, error) { return try(t, ReadJSON, small, eventio.Read{}) },
		"XML":  func() (*event.Log, error) { return try(t, ReadXML, smallXML, eventio.Read{}) },
	} {
		l, err := read()
		if err != nil {
			t.Fatal(name, err)
		}
		es := sorted(l)
		if len(es) != 2 || es[0].Time.Kind != event.Day || es[0].Get("amount").Num != 80 || es[1].Get("amount").Num != 80 || len(es[0].Attrs) != 1 {
			t.Errorf("%s: %+v", name, es)
		}
		if o := es[0].Objects; len(o) != 2 || o[0].Type != "case" || o[1].ID != "p7" || o[1].Qualifier != "suspect" {
			t.Errorf("%s: objects %+v", name, o)
		}
		state := inForce(l)
		if state[0][0].Value.Num != 3 || state[1][0].Value.Num != 2 {
			t.Errorf("%s: in force %v", name, state)
		}
	}
}

// What isn't wanted isn't kept, what is mapped plays its part, and what is
// declared holds.
func TestWantedMappedDeclared(t *testing.T) {
	b := event.NewBuilder(event.Options{Zone: berlin(t), Schema: map[string]event.Kind{"points": event.String},
		Want: func(a string) bool { return a == "points" }})
	if err := ReadJSON(strings.NewReader(small), b, eventio.Read{Map: eventio.Mapping{"actor": "amount"}}); err != nil {
		t.Fatal(err)
	}
	l, _ := b.Finish()
	if l.Attr("amount") != nil || l.Event(1).Actor.Value != "80" || l.Attr("points").Mistyped != 2 {
		t.Errorf("%+v, %d mistyped", l.Event(1), l.Attr("points").Mistyped)
	}
}

// endless gives the same bytes over and over.
type endless struct {
	head, body string
	n          int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.head != "" {
		n := copy(p, e.head)
		e.head = e.head[n:]
		return n, nil
	}
	if e.n -= len(p); e.n < 0 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = e.body[i%len(e.body)]
	}
	return len(p), nil
}

func TestRefused(t *testing.T) {
	const gigabytes = 1 << 33
	for _, c := range []struct {
		read readFunc
		doc  string
		more string // repeated for ten gigabytes
		code errs.Code
		want string
	}{
		{ReadJSON, "", "", errs.Input, `log:1:1: the file ends early; expected "{"`},
		{ReadJSON, "case_id,activity\n", "", errs.Input, `log:1:1: 'c' stands where "{" is expected`},
		{ReadJSON, small[:300], "", errs.Input, "the file ends early"},
		{ReadJSON, small + "x", "", errs.Input, "'x' stands where the end of the file is expected"},
		{ReadJSON, `{"ocel:events": {}}`, "", errs.Input, `the document has no "eventTypes"; expected an OCEL 2.0 log`},
		{ReadJSON, strings.Replace(small, `"objectId":"p7"`, `"objectId":"p8"`, 1), "", errs.Input, `log:2:1: event "e1" names object "p8", which the log doesn't have`},
		{ReadJSON, strings.Replace(small, `"time":"2012-03-01T10:00:00Z"`, `"time":"yesterday"`, 1), "", errs.Input, `log:3:1: event "e2": time "yesterday" can't be read`},
		{ReadJSON, strings.Replace(small, `"time":"2012-03-01T10:00:00Z",`, ``, 1), "", errs.Input, `log:3:1: event "e2" has no time`},
		{ReadJSON, strings.Replace(small, `"type":"Send Fine",`, ``, 1), "", errs.Input, `log:3:1: event "e2" has no type`},
		{ReadJSON, strings.Replace(small, `"relationships":[{"objectId":"A1","qualifier":""}],`, ``, 1), "", errs.Input, `log:3:1: event "e2" names no object`},
		{ReadJSON, strings.Replace(small, `"id":"p7"`, `"id":"A1"`, 1), "", errs.Input, `object "A1" stands twice`},
		{ReadJSON, strings.Replace(small, `"id":"e1"`, `"id":"e1","id":"e3"`, 1), "", errs.Input, `log:2:12: key "id" stands twice`},
		{ReadJSON, strings.Replace(small, `"2012-02-01T00:00:00Z"`, `"soon"`, 1), "", errs.Input, `attribute "points" of object "A1": time "soon" can't be read`},
		{ReadJSON, "{\"a\": \"\xff\"}", "", errs.Input, "isn't UTF-8"},
		{ReadJSON, `{"a":`, "[", errs.Limit, "nested deeper than 64"},
		{ReadJSON, `{"a":"`, "x", errs.Limit, "a string is longer than"},
		{ReadXML, "", "", errs.Input, "the file ends early; expected </log>"},
		{ReadXML, "<html></html>", "", errs.Input, `the document's element is "html"`},
		{ReadXML, smallXML[:500], "", errs.Input, "the file ends early"},
		{ReadXML, "<log><events></log>", "", errs.Input, "</log> ends what isn't open"},
		{ReadXML, "<log/><log/>", "", errs.Input, "expected one <log>"},
		{ReadXML, `<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><log>&b;</log>`, "", errs.Limit, "a document type declaration isn't read"},
		{ReadXML, "<log>&amount;</log>", "", errs.Input, "not well-formed XML"},
		{ReadXML, strings.Replace(smallXML, `object-id="p7"`, `object-id="p8"`, 1), "", errs.Input, `names object "p8", which the log doesn't have`},
		{ReadXML, "<log>", "<a>", errs.Limit, "nested deeper than 64"},
		{ReadXML, "<log>", "x", errs.Limit, "a tag or text is longer than"},
		{ReadXML, "<log a='", "x", errs.Limit, "a tag or text is longer than"},
	} {
		var in io.Reader = strings.NewReader(c.doc)
		if c.more != "" {
			in = &endless{head: c.doc, body: c.more, n: gigabytes}
		}
		err := c.read(in, event.NewBuilder(event.Options{Zone: berlin(t)}), eventio.Read{File: "log"})
		e := (*errs.Error)(nil)
		if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(e.In(errs.En), c.want) || e.What.Zh == "" {
			t.Errorf("%.60q%s\ngives %v\nwant  %s", c.doc, c.more, err, c.want)
		}
	}
}

// Bad events are set aside as far as allowed.
func TestSkipBad(t *testing.T) {
	bad := &eventio.Bad{Allowed: 1}
	l, err := try(t, ReadJSON, strings.Replace(small, `"objectId":"p7"`, `"objectId":"p8"`, 1), eventio.Read{Bad: bad})
	if err != nil || l.Events() != 1 || len(bad.Rows) != 1 || bad.Rows[0].Raw != "id=e1 type=Create Fine time=2012-01-01" {
		t.Errorf("%v, set aside %+v", err, bad.Rows)
	}
}

// sqliteFile makes a file from SQL.
func sqliteFile(t *testing.T, stmts string) string {
	path := filepath.Join(t.TempDir(), "log.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(stmts); err != nil {
		t.Fatal(err)
	}
	return path
}

const smallSQL = `CREATE TABLE event_map_type(ocel_type TEXT, ocel_type_map TEXT); INSERT INTO event_map_type VALUES ('Create "Fine"', 'Create"; DROP');
CREATE TABLE object_map_type(ocel_type TEXT, ocel_type_map TEXT); INSERT INTO object_map_type VALUES ('case', 'case');
CREATE TABLE event(ocel_id TEXT, ocel_type TEXT); INSERT INTO event VALUES ('e1', 'Create "Fine"');
CREATE TABLE object(ocel_id TEXT, ocel_type TEXT); INSERT INTO object VALUES ('1', 'case');
CREATE TABLE event_object(ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT); INSERT INTO event_object VALUES ('e1', '1', NULL);
CREATE TABLE "event_Create""; DROP"(ocel_id TEXT, ocel_time TIMESTAMP, "an ""amount""" REAL, note TEXT, flag BOOLEAN, due DATE);
INSERT INTO "event_Create""; DROP" VALUES ('e1', '2012-01-01 10:00:00', 0.1234567890123456789, NULL, 1, '2012-02-01');
CREATE TABLE object_case(ocel_id INTEGER, ocel_time TIMESTAMP, ocel_changed_field TEXT, points INTEGER, place TEXT);
INSERT INTO object_case VALUES (1, '1970-01-01 01:00:00', NULL, 3, 'Rome'), (1, '2012-01-01 09:00:00', 'points', 2, 'Milan');`

func TestSQLite(t *testing.T) {
	l := readFile(t, sqliteFile(t, smallSQL), nil)
	e := sorted(l)[0]
	if e.Type != `Create "Fine"` || e.Get(`an "amount"`).Num != 0.1234567890123456789 || e.Get("note").Kind != event.Absent ||
		e.Get("flag").Text(l.Zone) != "true" || e.Get("due").Kind != event.Day || e.Time.At.Time().Hour() != 9 {
		t.Errorf("%+v", e)
	}
	if s := inForce(l)[0]; len(s) != 2 || s[0].Value.Str != "Rome" || s[1].Value.Num != 2 {
		t.Errorf("in force: %v", s)
	}
	for _, c := range []struct{ name, path, want string }{
		{"not SQLite", writeFile(t, []byte("case_id,activity\n")), `not an SQLite file: it begins with "case_id,activity"`},
		{"nothing there", filepath.Join(t.TempDir(), "none"), "can't be read"},
		{"other tables", sqliteFile(t, "CREATE TABLE x(y)"), `the file has no table "event"`},
		{"a view for a table", sqliteFile(t, smallSQL[:strings.Index(smallSQL, "CREATE TABLE object_case")]+"CREATE VIEW object_case AS SELECT 1 AS ocel_id"), `type "case" has its attributes in table "object_case", which isn't there`},
		{"a type without table", sqliteFile(t, smallSQL+"INSERT INTO event_map_type VALUES ('a', 'b')"), `log[event_map_type]: row 2: type "a" has its attributes in table "event_b"`},
		{"unknown object", sqliteFile(t, smallSQL+"INSERT INTO event_object VALUES ('e1', '2', '')"), `event "e1" names object "2"`},
		{"unknown event", sqliteFile(t, smallSQL+"INSERT INTO event_object VALUES ('e2', '1', '')"), `log[event_object]: row 2: event "e2" isn't in the table of any type`},
		{"no time", sqliteFile(t, smallSQL+"INSERT INTO event VALUES ('e2', 'x')"), `log[event]: row 2: event "e2" has no time`},
		{"cut", cut(t, sqliteFile(t, smallSQL)), "can't be read"},
	} {
		err := ReadSQLite(c.path, event.NewBuilder(event.Options{Zone: berlin(t)}), eventio.Read{File: "log"})
		e := (*errs.Error)(nil)
		if !errors.As(err, &e) || e.Code != errs.Input || !strings.Contains(e.In(errs.En), c.want) || e.What.Zh == "" {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
}

func writeFile(t *testing.T, b []byte) string {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func cut(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, b[:len(b)/3])
}

func fuzz(f *testing.F, read readFunc) {
	f.Fuzz(func(t *testing.T, doc []byte) {
		b := event.NewBuilder(event.Options{Zone: berlin(t)})
		err := read(bytes.NewReader(doc), b, eventio.Read{File: "x", Bad: &eventio.Bad{Allowed: 2}})
		if err == nil {
			return
		}
		e := (*errs.Error)(nil)
		if !errors.As(err, &e) || e.Code == errs.Internal || e.What.Zh == "" {
			t.Fatalf("%#v", err)
		}
	})
}

// FuzzJSON and FuzzXML: whatever the bytes, there is a log or an error for a
// person.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`{"a":[1,-2e9,true,null,{"b":"\ud83d\ude00\n"}]}`))
	fuzz(f, ReadJSON)
}

func FuzzXML(f *testing.F) {
	f.Add([]byte(smallXML))
	f.Add([]byte(`<log><objects><object id='a'><objects><object object-id="b"/></objects></object></objects></log>`))
	fuzz(f, ReadXML)
}

// FuzzSQLite: a damaged file gives an error and nothing worse.
func FuzzSQLite(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, "log.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA page_size=512;" + smallSQL); err != nil {
		f.Fatal(err)
	}
	db.Close()
	seed, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, doc []byte) {
		path := writeFile(t, doc)
		err := ReadSQLite(path, event.NewBuilder(event.Options{Zone: berlin(t)}), eventio.Read{File: "x", Bad: &eventio.Bad{Allowed: 2}})
		if e := (*errs.Error)(nil); err != nil && (!errors.As(err, &e) || e.What.Zh == "") {
			t.Fatalf("%#v", err)
		}
	})
}

package ocelsqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/ocel"
	"plumbline/internal/eventio/table/logtest"
)

// readFile reads a file by its ending in any of the three forms.
func readFile(t testing.TB, path string, lost eventio.Lost) *event.Log {
	t.Helper()
	b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Berlin")})
	opt := eventio.Read{File: filepath.Base(path), Lost: lost}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	switch filepath.Ext(path) {
	case ".sqlite":
		err = Read(path, b, opt)
	case ".xmlocel":
		err = ocel.ReadXML(f, b, opt)
	default:
		err = ocel.ReadJSON(f, b, opt)
	}
	if err != nil {
		t.Fatal(err)
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// One log in the three formats is one log: the same events, and at each of
// them the same attributes of its objects. (Only JSON's times have an offset.)
func TestThreeFormatsOneLog(t *testing.T) {
	var first []event.Event
	var firstState [][]event.Attr
	for _, ext := range []string{"jsonocel", "xmlocel", "sqlite"} {
		path := logtest.Real(t, "pm4py_ocel20_example."+ext)
		if path == "" {
			return
		}
		lost := eventio.Lost{}
		l := readFile(t, path, lost)
		es, state := logtest.Seen(l), logtest.InForce(l)
		if len(es) != 13 || l.Objects.Len() != 9 {
			t.Fatalf("%s: %d events, %d objects", ext, len(es), l.Objects.Len())
		}
		if got := lost.Lines("en"); !reflect.DeepEqual(got, []string{"7 × relations between objects"}) {
			t.Errorf("%s: lost %v", ext, got)
		}
		if first == nil {
			first, firstState = es, state
			continue
		}
		for i := range es {
			if !reflect.DeepEqual(es[i], first[i]) || !reflect.DeepEqual(state[i], firstState[i]) {
				t.Errorf("%s: event %d\nis   %+v %v\nJSON %+v %v", ext, i, es[i], state[i], first[i], firstState[i])
			}
		}
	}
	if a := firstState[len(firstState)-1]; len(a) == 0 {
		t.Error("no attribute of an object is in force at the end")
	}
}

func TestOrders(t *testing.T) {
	path := logtest.Real(t, "orders-ocel2.sqlite")
	if path == "" {
		return
	}
	lost := eventio.Lost{}
	l := readFile(t, path, lost)
	if l.Events() != 18211 || l.Objects.Len() != 10031 {
		t.Fatalf("%d events, %d objects; want 18,211 and 10,031", l.Events(), l.Objects.Len())
	}
	if got := lost.Lines("en"); !reflect.DeepEqual(got, []string{"25336 × relations between objects"}) {
		t.Errorf("lost %v", got)
	}
}

// The real logs come back from our JSON as they were.
func TestRealLogsRoundTrip(t *testing.T) {
	for _, name := range []string{"pm4py_ocel20_example.jsonocel", "pm4py_ocel20_example.xmlocel", "orders-ocel2.sqlite"} {
		path := logtest.Real(t, name)
		if path == "" {
			return
		}
		l := readFile(t, path, nil)
		var file bytes.Buffer
		if lost, err := ocel.WriteJSON(&file, l); err != nil || len(lost) > 0 {
			t.Fatalf("%s: %v, lost %v", name, err, lost)
		}
		out := filepath.Join(t.TempDir(), "log.jsonocel")
		if err := os.WriteFile(out, file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		back := readFile(t, out, nil)
		if !reflect.DeepEqual(logtest.Seen(l), logtest.Seen(back)) || !reflect.DeepEqual(logtest.InForce(l), logtest.InForce(back)) || l.Objects.Len() != back.Objects.Len() {
			t.Errorf("%s: not the same after writing and reading", name)
		}
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
	e := logtest.Seen(l)[0]
	if e.Type != `Create "Fine"` || e.Get(`an "amount"`).Num != 0.1234567890123456789 || e.Get("note").Kind != event.Absent ||
		e.Get("flag").Text(l.Zone) != "true" || e.Get("due").Kind != event.Day || e.Time.At.Time().Hour() != 9 {
		t.Errorf("%+v", e)
	}
	if s := logtest.InForce(l)[0]; len(s) != 2 || s[0].Value.Str != "Rome" || s[1].Value.Num != 2 {
		t.Errorf("in force: %v", s)
	}
	for _, c := range []struct{ name, path, want string }{
		{"not SQLite", writeFile(t, []byte("case_id,activity\n")), `not an SQLite file: it begins with "case_id,activity"`},
		{"nothing there", filepath.Join(t.TempDir(), "none"), "can't be read"},
		{"other tables", sqliteFile(t, "CREATE TABLE x(y)"), `the file has no table "event"`},
		{"a view for a table", sqliteFile(t, smallSQL[:strings.Index(smallSQL, "CREATE TABLE object_case")]+"CREATE VIEW object_case AS SELECT 1 AS ocel_id"), `type "case" has its attributes in table "object_case", which isn't there`},
		{"a type without table", sqliteFile(t, smallSQL+"INSERT INTO event_map_type VALUES ('a', 'b')"), `log[event_map_type]: row 2: type "a" has its attributes in table "event_b"`},
		{"unknown object", sqliteFile(t, smallSQL+"UPDATE event_object SET ocel_object_id = '2'"), `event "e1" names object "2"`},
		{"unknown event", sqliteFile(t, smallSQL+"INSERT INTO event_object VALUES ('e2', '1', '')"), `log[event_object]: row 2: event "e2" isn't in the table of any type`},
		{"no time", sqliteFile(t, smallSQL+"INSERT INTO event VALUES ('e2', 'x')"), `log[event]: row 2: event "e2" has no time`},
		{"cut", cut(t, sqliteFile(t, smallSQL)), "can't be read"},
		{"a column that isn't there", sqliteFile(t, strings.ReplaceAll(smallSQL, "ocel_qualifier", "q")), "no such column"},
	} {
		err := Read(c.path, event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Berlin")}), eventio.Read{File: "log"})
		e := (*errs.Error)(nil)
		if !errors.As(err, &e) || e.Code != errs.Input || !strings.Contains(e.In(errs.En), c.want) || e.What.Zh == "" {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
}

// What the database says is said in Chinese too, with what to do.
func TestDatabaseErrorsInChinese(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{cut(t, sqliteFile(t, smallSQL)), "数据库文件已损坏或不完整；请检查文件是否完整"},
		{sqliteFile(t, strings.ReplaceAll(smallSQL, "ocel_qualifier", "q")), "表的列与 OCEL 2.0 不符（原文："},
		{filepath.Join(t.TempDir(), "none"), "无法读取：文件不存在；请检查文件是否完整"},
	} {
		err := Read(c.path, event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Berlin")}), eventio.Read{File: "log"})
		if zh := errs.In(err, errs.Zh); !strings.Contains(zh, c.want) {
			t.Errorf("%s\nwant %s", zh, c.want)
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
		err := Read(path, event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Berlin")}), eventio.Read{File: "x", Bad: &eventio.Bad{Allowed: 2}})
		if e := (*errs.Error)(nil); err != nil && (!errors.As(err, &e) || e.What.Zh == "") {
			t.Fatalf("%#v", err)
		}
	})
}

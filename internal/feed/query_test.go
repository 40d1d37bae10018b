package feed

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/service"
	"plumbline/internal/sqldb/pgtest"
)

const definitions = `queries:
- name: case-system
  source: desk
  database: postgres
  dsn: {env: CASES_DSN}
  query: |
    SELECT id, kind, happened, day, officer, case_no, item, amount, exact, urgent, note, phone, changed, changed AS recorded
    FROM acts WHERE changed > :mark AND :mark::timestamptz IS NOT NULL ORDER BY changed
  mark: {column: changed, is: time, start: 2026-01-01T00:00:00Z, overlap: 10m}
  every: 30s
  columns: {type: kind, time: happened, actor: officer, case: case_no, object.item/seized: item}
  ignore: [phone]
`

func defined(t *testing.T, text string) Definition {
	t.Helper()
	list, err := ParseQueries("feeds.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func TestDefinitions(t *testing.T) {
	d := defined(t, definitions)
	if d.Every != 30*time.Second || d.Mark.Overlap != 10*time.Minute || d.DSNEnv != "CASES_DSN" || d.Columns["object.item/seized"] != "item" {
		t.Errorf("%+v", d)
	}
	const one = "queries:\n- {name: a, database: mysql, dsn: {env: X}, query: \"SELECT 1 WHERE n > :mark\", mark: {column: n, is: number, start: 0}"
	for _, c := range []struct{ text, want, zh string }{
		{one + "}\n", "", ""},
		{"queries:\n- {name: a}\n", "dsn is missing", "缺少 dsn"},
		{strings.Replace(one, "{env: X}", "postgres://u:p@h/d", 1) + "}", "the address stands here in clear", "明文"},
		{strings.Replace(one, "{env: X}", "{env: X, file: y}", 1) + "}", "expected env or file", "选择一个"},
		{strings.Replace(one, ":mark\"", "::mark\"", 1) + "}", "the query has no :mark", "没有 :mark"},
		{strings.Replace(one, "mysql", "oracle", 1) + "}", "expected one of postgres, mysql", "之一"},
		{strings.Replace(one, "start: 0", "start: then", 1) + "}", "expected a whole number", "整数"},
		{strings.Replace(one, "is: number, start: 0", "is: time, start: then", 1) + "}", "expected a time as", "应为时间"},
		{strings.Replace(one, "name: a", "name: ../a", 1) + "}", "expected a name of small letters", "小写字母"},
		{one + ", columns: {kind: x}}", `an event has no part "kind"`, "没有"},
		{one + ", columns: {tiem: x}}", `did you mean "time"?`, "time"},
		{one + ", zone: Asia/Shanghia}", "Asia/Shanghai", "未知时区"},
		{one + ", every: soon}", "expected a time as 30s", "应为时长"},
		{one + "}\n" + strings.TrimPrefix(one, "queries:\n") + "}", `a second query "a"`, "重复"},
	} {
		_, err := ParseQueries("feeds.yaml", []byte(c.text))
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(errs.In(err, errs.Zh), c.zh) {
			t.Errorf("%s\n%v\nwant %s, %s", c.text, err, c.want, c.zh)
		}
	}
}

// Each database has its own way of writing where the mark goes.
func TestBound(t *testing.T) {
	for _, c := range []struct {
		database, query, want string
		args                  int
	}{
		{"postgres", "a > :mark OR b > :mark", "a > $1 OR b > $1", 1},
		{"postgres", "a > (:mark)::timestamptz AND x::marked", "a > ($1)::timestamptz AND x::marked", 1},
		{"postgres", "a::mark > :mark", "a::mark > $1", 1},
		{"mysql", "a > :mark OR b > :mark", "a > ? OR b > ?", 2},
		{"mysql", ":mark < a", "? < a", 1},
	} {
		d := Definition{Database: c.database, Query: c.query}
		if got, n := d.bound(); got != c.want || n != c.args {
			t.Errorf("%s: %q with %d, want %q with %d", c.query, got, n, c.want, c.args)
		}
	}
}

// What drivers give for a column depends on its type; the event doesn't. The cells
// of MySQL are as its driver gives them.
func TestCells(t *testing.T) {
	shanghai, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, typ string
		kind      event.Kind
		cell      any
		want      string
	}{
		{"a time with a zone", "TIMESTAMPTZ", event.Absent, at, "time 2026-03-01T17:00:00+08:00"},
		{"a time without", "TIMESTAMP", event.Absent, at, "time 2026-03-01T09:00:00+08:00"},
		{"a day", "DATE", event.Absent, at, "time 2026-03-01"},
		{"MySQL: a time without a zone", "DATETIME", event.Absent, []byte("2026-03-01 09:00:00"), "time 2026-03-01T09:00:00+08:00"},
		{"MySQL: a time with", "TIMESTAMP", event.Absent, []byte("2026-03-01 09:00:00"), "time 2026-03-01T17:00:00+08:00"},
		{"MySQL: a day", "DATE", event.Absent, []byte("2026-03-01"), "time 2026-03-01"},
		{"text that a pack calls a time", "TEXT", event.Time, "2026-03-01T09:00:00", "time 2026-03-01T09:00:00+08:00"},
		{"text that is no time", "TEXT", event.Time, "soon", "string soon"},
		{"a whole number", "INT8", event.Absent, int64(7), "number 7"},
		{"a decimal", "NUMERIC", event.Absent, "7.50", "number 7.5"},
		{"MySQL: a decimal", "DECIMAL", event.Absent, []byte("7.50"), "number 7.5"},
		{"a number that a pack calls a text", "INT8", event.String, int64(7), "string 7"},
		{"digits in a text", "TEXT", event.Absent, "007", "string 007"},
		{"digits that a pack calls a number", "TEXT", event.Number, "007", "number 7"},
		{"no number", "TEXT", event.Number, "many", "string many"},
		{"infinite", "FLOAT8", event.Absent, "Infinity", "string Infinity"},
		{"yes", "BOOL", event.Absent, true, "bool true"},
		{"MySQL: yes", "TINYINT", event.Bool, int64(1), "bool true"},
		{"yes in words", "TEXT", event.Bool, "true", "bool true"},
		{"a list", "TEXT", event.Strings, "a;b", "strings a, b"},
	} {
		v, _ := (&column{name: "x", typ: c.typ, kind: c.kind}).value(c.cell, shanghai)
		if got := v.Kind.String() + " " + v.Text(shanghai); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// asking is a query with all around it.
func asking(t *testing.T, d Definition, dsn string, to Taker) *Query {
	t.Helper()
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return &Query{Definition: d, Zone: zone, Schema: func() map[string]event.Kind { return map[string]event.Kind{"note": event.String} }, Marks: t.TempDir(), To: to,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: time.Now, Environ: func(string) string { return dsn },
		Refused: func(name string) (errs.Text, bool) {
			return errs.T("about telephones", "涉及电话"), name == "phone"
		}}
}

func (q *Query) must(t *testing.T) Tally {
	t.Helper()
	tally, err := q.ask(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

// full keeps the events whole.
type full struct {
	desk
	events []event.Event
}

func (f *full) Take(ctx context.Context, src *service.Source, in []service.Arrival) ([]service.Outcome, error) {
	out, err := f.desk.Take(ctx, src, in)
	for i := range out {
		if out[i].Outcome == "taken" {
			f.events = append(f.events, in[i].Event)
		}
	}
	return out, err
}

const acts = `create table acts (id text, kind text, happened timestamp, day date, officer text, case_no text, item integer, amount numeric(10,2), exact double precision,
	urgent boolean, note integer, phone text, changed timestamptz)`

// On a real PostgreSQL, which takes longer to start than all this takes.
func TestPostgres(t *testing.T) {
	server := pgtest.Start(t)
	for _, c := range []struct {
		name string
		test func(*testing.T, *pgtest.Server)
	}{
		{"what rows become", testAskingPostgres},
		{"rare types", testRareTypesArePostgresText},
		{"nothing is lost", testAskingLosesNothing},
		{"marks that are numbers", testAskingByNumber},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, server) })
	}
}

func filled(t *testing.T, server *pgtest.Server) (string, *sql.DB) {
	t.Helper()
	dsn := server.Database(t)
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	run(t, db, acts)
	return dsn, db
}

func run(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), text, args...); err != nil {
		t.Fatal(err)
	}
}

func act(t *testing.T, db *sql.DB, id, changed string) {
	t.Helper()
	run(t, db, `insert into acts values ($1, 'Property seized', '2026-03-01 09:00', '2026-02-28', 'P7', 'A1', 5, 7.50, 0.25, true, 12, '13800000000', $2)`, id, changed)
}

// What rows become, the mark, the overlap, and all that can
// be wrong.
func testAskingPostgres(t *testing.T, server *pgtest.Server) {
	dsn, db := filled(t, server)
	d := defined(t, definitions)
	to := &full{desk: *newDesk()}
	q := asking(t, d, dsn, to)

	t.Run("an empty answer moves nothing", func(t *testing.T) {
		if tally := q.must(t); tally.Events != 0 {
			t.Errorf("%+v", tally)
		}
		if mark, _ := q.readMark(); mark != d.Mark.Start {
			t.Errorf("mark %s", mark)
		}
	})
	t.Run("a row is an event", func(t *testing.T) {
		act(t, db, "1", "2026-03-01T10:00:00+08")
		q.must(t)
		e := to.events[0]
		zone := q.Zone
		got := fmt.Sprintf("%s | %s | %s | %s | %s | %v | %v", e.ID, e.Type, zone.Format(e.Time.At), zone.Format(e.Recorded.At), e.Actor.Value, e.Unit.OK, e.Objects)
		if want := "1 | Property seized | 2026-03-01T09:00:00+08:00 | 2026-03-01T10:00:00+08:00 | P7 | false | [{case A1  []} {item 5 seized []}]"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		var attrs []string
		for _, a := range e.Attrs {
			attrs = append(attrs, a.Name+"="+a.Value.Text(zone))
		}
		same(t, "attributes", attrs, []string{"day=2026-02-28", "amount=7.5", "exact=0.25", "urgent=true", "note=12"})
		if e.Get("note").Kind != event.String {
			t.Error("a pack says that a note is text")
		}
	})
	t.Run("within the overlap a row that became visible late is found", func(t *testing.T) {
		act(t, db, "2", "2026-03-01T10:05:00+08")
		q.must(t)
		act(t, db, "late", "2026-03-01T09:58:00+08")
		act(t, db, "too late", "2026-03-01T09:50:00+08")
		if tally := q.must(t); fmt.Sprint(tally.Outcomes) != "map[repeated:2 taken:1]" {
			t.Errorf("%v", tally.Outcomes)
		}
		same(t, "taken", to.taken, []string{"1", "2", "late"})
	})
	t.Run("after a restart it goes on from the mark", func(t *testing.T) {
		again := asking(t, d, dsn, to)
		again.Marks = q.Marks
		act(t, db, "3", "2026-03-02T10:00:00+08")
		if tally := again.must(t); fmt.Sprint(tally.Outcomes) != "map[repeated:3 taken:1]" {
			t.Errorf("%v", tally.Outcomes)
		}
		if mark, _ := again.readMark(); mark != "2026-03-02T02:00:00Z" && mark != "2026-03-02T02:00:00+00:00" {
			t.Errorf("mark %s", mark)
		}
	})
	t.Run("the session can't write", func(t *testing.T) {
		bad := asking(t, d, dsn, to)
		bad.Query = "WITH gone AS (DELETE FROM acts WHERE changed > :mark RETURNING *) SELECT *, kind AS type, happened AS time FROM gone"
		bad.Columns = nil
		if _, err := bad.ask(context.Background()); err == nil || !strings.Contains(err.Error(), "read-only transaction") {
			t.Error(err)
		}
	})
	for _, c := range []struct{ name, from, to, want string }{
		{"a column that the answer lacks", "actor: officer", "actor: oficer", `the answer has no column "oficer", which is to be the part "actor"; did you mean "officer"?`},
		{"no mark in the answer", "column: changed", "column: altered", `the answer has no column "altered"`},
		{"no type", "type: kind, ", "", `no column is the part "type"`},
		{"a mark of another kind", "is: time, start: 2026-01-01T00:00:00Z, overlap: 10m", "is: number, start: 0", "the database says"},
		{"a column about the public", "ignore: [phone]", "ignore: []", "about telephones"},
		{"no such table", "FROM acts", "FROM deeds", "deeds"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := asking(t, defined(t, strings.Replace(definitions, c.from, c.to, 1)), dsn, to)
			if _, err := bad.ask(context.Background()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	t.Run("a database that comes back", func(t *testing.T) {
		bad := asking(t, d, server.Database(t), to)
		bad.Marks = q.Marks
		if _, err := bad.ask(context.Background()); err == nil {
			t.Error("there is no table in it")
		}
	})
}

// Types that are rarer come as the text that PostgreSQL writes.
func testRareTypesArePostgresText(t *testing.T, server *pgtest.Server) {
	dsn, _ := filled(t, server)
	d := defined(t, `queries:
- name: desk
  database: postgres
  dsn: {env: X}
  query: |
    SELECT 1 AS n, 'A' AS type, now() AS time, 'C' AS "case", 1.5::real AS real, '6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b'::uuid AS uuid, '{"a": [1]}'::jsonb AS json,
      array['a','b'] AS list, interval '90 minutes' AS span, '\xdeadbeef'::bytea AS bytes, time '09:00' AS clock WHERE 1 > :mark
  mark: {column: n, is: number, start: 0}
`)
	to := &full{desk: *newDesk()}
	asking(t, d, dsn, to).must(t)
	var got []string
	for _, a := range to.events[0].Attrs {
		got = append(got, fmt.Sprintf("%s=%s %s", a.Name, a.Value.Kind, a.Value.Text(utc())))
	}
	same(t, "attributes", got, []string{"real=number 1.5", "uuid=string 6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b", `json=string {"a": [1]}`, "list=string {a,b}", "span=string 01:30:00", `bytes=string \xdeadbeef`, "clock=string 09:00:00"})
}

// Wherever the service stops, the next asking takes what is missing and nothing
// twice: the mark moves after the events are committed.
func testAskingLosesNothing(t *testing.T, server *pgtest.Server) {
	dsn, db := filled(t, server)
	run(t, db, `insert into acts select n::text, 'A', '2026-03-01', null, null, 'C', null, null, null, null, null, null, timestamptz '2026-03-01' + n * interval '1 second' from generate_series(1, 2500) n`)
	var all []string
	for n := range 2500 {
		all = append(all, fmt.Sprint(n+1))
	}
	for stop := 1; stop <= 3; stop++ {
		to := newDesk()
		to.fail[stop] = service.ErrClosing
		q := asking(t, defined(t, definitions), dsn, to)
		if _, err := q.ask(context.Background()); err == nil {
			t.Fatal("the service was closing")
		}
		if _, err := os.Stat(q.markFile()); err == nil {
			t.Error("the mark moved before the events were committed")
		}
		q.must(t)
		same(t, fmt.Sprintf("stopped in batch %d", stop), to.taken, all)
	}
}

// A mark that is a number.
func testAskingByNumber(t *testing.T, server *pgtest.Server) {
	dsn, db := filled(t, server)
	run(t, db, `create table log (n bigint, type text, time timestamptz, "case" text, seq integer)`)
	d := defined(t, `queries:
- name: log
  database: postgres
  dsn: {env: X}
  query: SELECT n, n AS id, type, time, "case", seq FROM log WHERE n > :mark
  mark: {column: n, is: number, start: 0, overlap: 2}
`)
	to := &full{desk: *newDesk()}
	d.Source = "desk"
	q := asking(t, d, dsn, to)
	for n := range 12 { // as text the tenth would come before the second
		run(t, db, `insert into log values ($1, 'A', now(), 'C', 3)`, n+1)
		q.must(t)
	}
	if len(to.taken) != 12 || to.events[11].Seq != 3 {
		t.Errorf("taken %q", to.taken)
	}
	if mark, _ := q.readMark(); mark != "12" {
		t.Errorf("mark %s", mark)
	}
	q.Mark.Column, q.Columns = "seq", map[string]string{} // another column says nothing of this one
	if mark, _ := q.readMark(); mark != "0" {
		t.Errorf("mark %s of another column", mark)
	}
}

// The address stands in the environment or in a file, and is never repeated.
func TestAddresses(t *testing.T) {
	file := t.TempDir() + "/dsn"
	if err := os.WriteFile(file, []byte("postgres://u:p@h/d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := func(string) string { return "" }
	if got, err := (&Definition{DSNFile: file}).dsn(none); got != "postgres://u:p@h/d" || err != nil {
		t.Error(got, err)
	}
	for _, d := range []Definition{{Name: "a", DSNEnv: "X"}, {Name: "a", DSNFile: file + "x"}} {
		if _, err := d.dsn(none); err == nil || errs.CodeOf(err) != errs.Usage {
			t.Error(err)
		}
	}
	for _, kind := range []string{postgres, mySQL} {
		_, err := openDatabase(kind, "user:secret@@//")
		if err == nil || strings.Contains(err.Error(), "secret") || !slices.Contains([]errs.Code{errs.Usage}, errs.CodeOf(err)) {
			t.Errorf("%s: %v", kind, err)
		}
		db, err := openDatabase(kind, map[string]string{postgres: "postgres://u:p@localhost/d", mySQL: "u:p@tcp(localhost:3306)/d"}[kind])
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		db.Close()
	}
}

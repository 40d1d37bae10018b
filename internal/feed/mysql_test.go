package feed

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"

	"plumbline/internal/service"
)

// aMySQL is the database that PLUMBLINE_MYSQL names, as user:password@tcp(host)/name:
// an empty one of a MySQL or MariaDB, in which the test makes and drops its tables.
func aMySQL(t *testing.T) (dsn string, db *sql.DB) {
	t.Helper()
	dsn = os.Getenv("PLUMBLINE_MYSQL")
	if dsn == "" {
		t.Skip("left out: all that runs on MySQL, as PLUMBLINE_MYSQL names no database")
	}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	run(t, db, `drop table if exists acts`)
	run(t, db, `create table acts (id varchar(40) primary key, kind varchar(40), happened datetime(6), day date, officer varchar(20), case_no varchar(20), item int,
		amount decimal(10,2), exact_n double, urgent tinyint(1), note int, doc json, sort enum('a','b'), bits bit(3), photo blob, span time, big bigint unsigned,
		phone varchar(20), changed timestamp(6) null) character set utf8mb4`)
	t.Cleanup(func() { run(t, db, `drop table acts`) })
	return dsn, db
}

const inMySQL = `queries:
- name: case-system
  source: desk
  database: mysql
  dsn: {env: CASES_DSN}
  query: |
    SELECT id, kind, happened, day, officer, case_no, item, amount, exact_n, urgent, note, doc, sort, bits, photo, span, big, phone, changed, changed AS recorded
    FROM acts WHERE changed > :mark AND :mark IS NOT NULL ORDER BY changed
  mark: {column: changed, is: time, start: 2026-01-01T00:00:00Z, overlap: 10m}
  columns: {type: kind, time: happened, actor: officer, case: case_no, object.item/seized: item}
  ignore: [phone]
`

// On a real MySQL: what rows become, the mark, the overlap, and a session that can't
// write.
func TestAskingMySQL(t *testing.T) {
	dsn, db := aMySQL(t)
	to := &full{desk: *newDesk()}
	q := asking(t, defined(t, inMySQL), dsn, to)
	add := func(id, changed string) { // in the zone of a session of this test
		run(t, db, `set time_zone = '+08:00'`)
		run(t, db, `insert into acts values (?, '扣押财物', '2026-03-01 09:00:00.25', '2026-02-28', 'P7', 'A1', 5, 7.50, 0.25, 1, 12, '{"a": [1]}', 'b', b'101', x'00ff', '09:30:00', 18446744073709551615, '13800000000', ?)`, id, changed)
	}
	db.SetMaxOpenConns(1)
	if tally := q.must(t); tally.Events != 0 {
		t.Fatalf("of an empty table: %+v", tally)
	}
	add("1", "2026-03-01 10:00:00.5")
	q.must(t)
	if len(to.events) != 1 {
		t.Fatalf("%d events", len(to.events))
	}
	e, zone := to.events[0], q.Zone
	got := fmt.Sprintf("%s | %s | %s | %s | %s | %v", e.ID, e.Type, zone.Format(e.Time.At), zone.Format(e.Recorded.At), e.Actor.Value, e.Objects)
	if want := "1 | 扣押财物 | 2026-03-01T09:00:00.25+08:00 | 2026-03-01T10:00:00.5+08:00 | P7 | [{case A1  []} {item 5 seized []}]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var attrs []string
	for _, a := range e.Attrs {
		attrs = append(attrs, a.Name+"="+a.Value.Text(zone))
	}
	same(t, "attributes", attrs, []string{"day=2026-02-28", "amount=7.5", "exact_n=0.25", "urgent=1", "note=12", `doc={"a": [1]}`, "sort=b", "bits=5", `photo=\x00ff`, "span=09:30:00", "big=18446744073709552000"})

	add("2", "2026-03-01 10:05:00")
	q.must(t)
	add("late", "2026-03-01 09:58:00")
	add("too late", "2026-03-01 09:50:00")
	if tally := q.must(t); fmt.Sprint(tally.Outcomes) != "map[repeated:2 taken:1]" {
		t.Errorf("within the overlap: %v", tally.Outcomes)
	}
	if mark, _ := q.readMark(); !strings.HasPrefix(mark, "2026-03-01T02:05:00") {
		t.Errorf("mark %s", mark)
	}
	if q.db == nil {
		t.Fatal("no session")
	}
	tx, err := q.db.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(context.Background(), `delete from acts`); err == nil || !strings.Contains(err.Error(), "READ ONLY") {
		t.Errorf("the session deletes: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	var rows int
	if err := db.QueryRow(`select count(*) from acts`).Scan(&rows); err != nil || rows != 4 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

// By a number, over more rows than a batch, stopped in the middle.
func TestAskingMySQLByNumber(t *testing.T) {
	dsn, db := aMySQL(t)
	run(t, db, `drop table if exists log`)
	run(t, db, "create table log (n bigint auto_increment primary key, type varchar(9), time datetime, `case` varchar(9))")
	t.Cleanup(func() { run(t, db, `drop table log`) })
	run(t, db, "insert into log (type, time, `case`) values ('A', '2026-03-01 09:00:00', 'C')")
	for range 11 {
		run(t, db, "insert into log (type, time, `case`) select type, time, `case` from log")
	}
	d := defined(t, "queries:\n- name: desk\n  database: mysql\n  dsn: {env: X}\n  query: \"SELECT n, concat('x', n) AS id, type, time, `case` FROM log WHERE n > :mark ORDER BY n\"\n"+
		"  mark: {column: n, is: number, start: 0}\n")
	to := newDesk()
	to.fail[2] = service.ErrClosing
	q := asking(t, d, dsn, to)
	if _, err := q.ask(context.Background()); err == nil {
		t.Fatal("the service was closing")
	}
	if tally := q.must(t); tally.Events != 2048 || tally.Outcomes["repeated"] != 1000 {
		t.Errorf("%+v", tally)
	}
	if tally := q.must(t); tally.Events != 0 {
		t.Errorf("again: %+v", tally)
	}
	bad := asking(t, defined(t, strings.Replace(inMySQL, "FROM acts", "FROM deeds", 1)), dsn, to)
	if _, err := bad.ask(context.Background()); err == nil || !strings.Contains(err.Error(), "deeds") {
		t.Errorf("no such table: %v", err)
	}
}

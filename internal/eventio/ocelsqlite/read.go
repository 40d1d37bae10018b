package ocelsqlite

import (
	"database/sql"
	"errors"
	"io"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite" // also the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/ocel"
)

// Read reads the log in an OCEL 2.0 SQLite file at path into b. The file
// is opened for reading alone and taken as unchanging. Errors are [errs.Error]
// with the table and row.
func Read(path string, b *event.Builder, opt eventio.Read) error {
	if err := isSQLite(path, opt.File); err != nil {
		return err
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=ro&immutable=1&_pragma=trusted_schema(0)&_pragma=query_only(1)"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return readError(opt.File, err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	q := &reader{Sink: ocel.NewSink(b, opt), db: db, opt: opt}
	q.TypesDone = true
	for _, step := range []func() error{q.findTables, q.readObjects, q.readObjectTables, q.countRelations, q.readEvents} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func isSQLite(path, file string) error {
	f, err := os.Open(path)
	if err != nil {
		return readError(file, err)
	}
	defer f.Close()
	var head [16]byte
	n, _ := io.ReadFull(f, head[:])
	if string(head[:n]) != "SQLite format 3\x00" {
		return &errs.Error{Code: errs.Input, Place: errs.Place{File: file},
			What: errs.Tf("not an SQLite file: it begins with %q; expected \"SQLite format 3\"", "不是 SQLite 文件：开头为 %q，应为 \"SQLite format 3\"", head[:n]),
			Next: errs.T("give the log as OCEL 2.0 SQLite, or name its format", "请提供 OCEL 2.0 SQLite 日志，或指明其格式")}
	}
	return nil
}

func readError(file string, err error) error {
	why := reason(err)
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, Err: err, What: errs.T("can't be read: "+why.En, "无法读取："+why.Zh),
		Next: errs.T("check that the file is complete", "请检查文件是否完整")}
}

// reason is what an error of the system or of SQLite means.
func reason(err error) errs.Text {
	var fault *sqlite.Error
	if !errors.As(err, &fault) {
		return errs.System(err)
	}
	zh := "数据库报错（原文：" + err.Error() + "）"
	switch fault.Code() & 0xff { // the rest of a code says where
	case sqlite3.SQLITE_CORRUPT:
		zh = "数据库文件已损坏或不完整"
	case sqlite3.SQLITE_NOTADB:
		zh = "不是数据库文件，或已加密"
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR:
		zh = "数据库文件无法打开或读取"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		zh = "数据库正被其他程序使用"
	case sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_TOOBIG:
		zh = "内容过大，内存不足"
	case sqlite3.SQLITE_ERROR: // a column that isn't there, mostly
		zh = "表的列与 OCEL 2.0 不符（原文：" + err.Error() + "）"
	}
	return errs.T(err.Error(), zh)
}

type reader struct {
	*ocel.Sink
	db     *sql.DB
	opt    eventio.Read
	tables []string
}

// findTables lists the tables; a view or virtual table is none, since what it
// would run isn't ours.
func (q *reader) findTables() error {
	err := q.each("sqlite_schema", `SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'`, func(row []cell, _ int) error {
		q.tables = append(q.tables, row[0].text)
		return nil
	})
	if err != nil {
		return err
	}
	for _, t := range []string{"event", "object", "event_object", "event_map_type", "object_map_type"} {
		if !slices.Contains(q.tables, t) {
			return &errs.Error{Code: errs.Input, Place: errs.Place{File: q.opt.File},
				What: errs.Tf("the file has no table %q; expected the tables of OCEL 2.0: event, object, event_object, event_map_type, object_map_type, event_… and object_…",
					"文件缺少表 %q；应有 OCEL 2.0 的各表：event、object、event_object、event_map_type、object_map_type、event_… 与 object_…", t),
				Next: errs.T("write the log again as OCEL 2.0 (not 1.0)", "请重新导出为 OCEL 2.0（而非 1.0）")}
		}
	}
	return nil
}

// cell is one value: its text, and the kind that it is stored as.
type cell struct {
	text string
	kind event.Kind
}

// each runs a query over a table and calls f for each row, from 1.
func (q *reader) each(table, query string, f func(row []cell, n int) error) error {
	rows, err := q.db.Query(query)
	if err != nil {
		return q.tableError(table, err)
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return q.tableError(table, err)
	}
	values := make([]any, len(cols))
	into := make([]any, len(cols))
	for i := range values {
		into[i] = &values[i]
	}
	cells := make([]cell, len(cols))
	for n := 1; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return q.tableError(table, err)
		}
		for i, v := range values {
			cells[i] = toCell(v)
		}
		if err := f(cells, n); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return q.tableError(table, err)
	}
	return nil
}

func (q *reader) tableError(table string, err error) error {
	e := readError(q.opt.File, err).(*errs.Error)
	e.Place.Sheet = table
	return e
}

func toCell(v any) cell {
	switch v := v.(type) {
	case int64:
		return cell{strconv.FormatInt(v, 10), event.Number}
	case float64:
		return cell{event.FormatNumber(v), event.Number}
	case bool:
		return cell{strconv.FormatBool(v), event.Bool}
	case string:
		return cell{v, event.String}
	case []byte:
		return cell{string(v), event.String}
	case time.Time:
		return cell{v.Format(time.RFC3339Nano), event.String}
	}
	return cell{}
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (q *reader) at(table string, row int) errs.Place {
	return errs.Place{File: q.opt.File, Sheet: table, Row: row}
}

func (q *reader) readObjects() error {
	return q.each("object", `SELECT ocel_id, ocel_type FROM object ORDER BY rowid`, func(row []cell, n int) error {
		return q.Object(ocel.Item{ID: row[0].text, Type: row[1].text, Place: q.at("object", n)})
	})
}

// typeTables gives, for each type of event or object, the table of its
// attributes.
func (q *reader) typeTables(what string) (typ, table []string, err error) {
	err = q.each(what+"_map_type", `SELECT ocel_type, ocel_type_map FROM `+quote(what+"_map_type")+` ORDER BY rowid`, func(row []cell, n int) error {
		t := what + "_" + row[1].text
		if !slices.Contains(q.tables, t) {
			return &errs.Error{Code: errs.Input, Place: q.at(what+"_map_type", n),
				What: errs.Tf("type %q has its attributes in table %q, which isn't there", "类型 %q 的属性表 %q 不存在", row[0].text, t),
				Next: errs.T("write the log again", "请重新导出日志")}
		}
		typ, table = append(typ, row[0].text), append(table, t)
		return nil
	})
	return typ, table, err
}

// columns lists a table's columns and the query for them: those that hold
// times as the text that stands there, which the driver would read as UTC.
func (q *reader) columns(table string, t ocel.Types, typ string) (names []string, query string, err error) {
	var list []string
	err = q.each(table, `SELECT name, type FROM pragma_table_info(`+"'"+strings.ReplaceAll(table, "'", "''")+"'"+`)`, func(row []cell, _ int) error {
		name, decl := row[0].text, strings.ToUpper(row[1].text)
		names = append(names, name)
		col := quote(name)
		switch {
		case strings.Contains(decl, "TIME"), strings.Contains(decl, "DATE"):
			col = "CAST(" + col + " AS TEXT)"
			t.Declare(typ, name, "time")
		case strings.Contains(decl, "BOOL"):
			t.Declare(typ, name, "boolean")
		case strings.Contains(decl, "INT"), strings.Contains(decl, "REAL"), strings.Contains(decl, "FLOA"), strings.Contains(decl, "DOUB"), strings.Contains(decl, "NUM"), strings.Contains(decl, "DEC"):
			t.Declare(typ, name, "float")
		default:
			t.Declare(typ, name, "string")
		}
		list = append(list, col)
		return nil
	})
	return names, "SELECT " + strings.Join(list, ", ") + " FROM " + quote(table) + " ORDER BY rowid", err
}

// itemRow reads a row of a table of attributes.
func itemRow(names []string, row []cell) (it ocel.Item, changed string) {
	for i, name := range names {
		c := row[i]
		switch name {
		case "ocel_id":
			it.ID = c.text
		case "ocel_time":
			it.At = c.text
		case "ocel_changed_field":
			changed = c.text
		default:
			if c.kind != event.Absent {
				it.Attrs = append(it.Attrs, ocel.Attr{Name: name, Value: c.text, Kind: c.kind})
			}
		}
	}
	return it, changed
}

// readObjectTables reads objects' attributes: a row gives all of them at once,
// or the one that changed.
func (q *reader) readObjectTables() error {
	typ, tables, err := q.typeTables("object")
	if err != nil {
		return err
	}
	for i, table := range tables {
		names, query, err := q.columns(table, q.Objects, typ[i])
		if err != nil {
			return err
		}
		err = q.each(table, query, func(row []cell, n int) error {
			it, changed := itemRow(names, row)
			it.Type, it.Place = typ[i], q.at(table, n)
			o, ok := q.Known(it.ID)
			if !ok {
				return q.Bad(&it, errs.Tf("object %q isn't in table \"object\"; expected it there", "对象 %q 不在 \"object\" 表中", it.ID))
			}
			for _, a := range it.Attrs {
				if changed != "" && a.Name != changed {
					continue
				}
				a.At = it.At
				if err := q.SetObject(&it, o, a); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (q *reader) countRelations() error {
	if q.opt.Lost == nil || !slices.Contains(q.tables, "object_object") {
		return nil
	}
	return q.each("object_object", `SELECT count(*) FROM object_object`, func(row []cell, _ int) error {
		n, err := strconv.Atoi(row[0].text)
		q.LoseRelations(n)
		return err
	})
}

// readEvents reads events in the order of table "event". Their attributes and
// relations are gathered first, by id.
func (q *reader) readEvents() error {
	q.ObjectsDone = true
	found := map[string]*ocel.Item{}
	typ, tables, err := q.typeTables("event")
	if err != nil {
		return err
	}
	for i, table := range tables {
		names, query, err := q.columns(table, q.Events, typ[i])
		if err != nil {
			return err
		}
		err = q.each(table, query, func(row []cell, n int) error {
			it, _ := itemRow(names, row)
			it.Place = q.at(table, n)
			found[it.ID] = &it
			return nil
		})
		if err != nil {
			return err
		}
	}
	err = q.each("event_object", `SELECT ocel_event_id, ocel_object_id, ocel_qualifier FROM event_object ORDER BY rowid`, func(row []cell, n int) error {
		it, ok := found[row[0].text]
		if !ok {
			return q.Bad(&ocel.Item{ID: row[0].text, Place: q.at("event_object", n)},
				errs.Tf("event %q isn't in the table of any type of event", "事件 %q 不在任何事件类型的表中", row[0].text))
		}
		it.Relations = append(it.Relations, ocel.Relation{Object: row[1].text, Qualifier: row[2].text})
		return nil
	})
	if err != nil {
		return err
	}
	return q.each("event", `SELECT ocel_id, ocel_type FROM event ORDER BY rowid`, func(row []cell, n int) error {
		it, ok := found[row[0].text]
		if !ok {
			it = &ocel.Item{ID: row[0].text, Place: q.at("event", n)}
		}
		it.Type = row[1].text
		return q.Event(*it)
	})
}

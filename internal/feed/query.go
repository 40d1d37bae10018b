package feed

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/service"
)

// Query asks a database again and again for what is new. The mark, the greatest
// value of its column so far, is written down only after all events of an asking
// are committed; until then the next one asks for the same again. Rows whose
// transaction took long become visible behind the mark: an overlap asks for those
// once more, and what was taken already is known by its id.
//
// The session can only read. The answer is read as it comes, so that the first
// asking of a large table takes no more memory than a batch.
type Query struct {
	Definition
	Zone   *clock.Zone                  // the agency's
	Schema func() map[string]event.Kind // types that packs declare
	// Refused says why a column of this name is never read: it is about the public.
	Refused func(name string) (why errs.Text, refused bool)
	Marks   string // the folder for marks
	To      Taker
	Log     *slog.Logger
	Now     func() time.Time
	Environ func(name string) string

	db   *sql.DB
	told string // the last complaint
}

// Run asks until ctx ends.
func (q *Query) Run(ctx context.Context) {
	defer func() {
		if q.db != nil {
			_ = q.db.Close() // it only read
		}
	}()
	for {
		tally, err := q.ask(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			q.complain(err)
		default:
			q.told = ""
			if n := tally.Events - tally.Outcomes["repeated"]; n > 0 {
				q.Log.Info("a database was asked", "query", q.Name, "source", q.Source, "events", tally.Events, "taken", tally.Outcomes["taken"]+tally.Outcomes["corrected"],
					"repeated", tally.Outcomes["repeated"], "refused", tally.Outcomes["refused"], "quarantined", tally.Outcomes["quarantined"])
			}
		}
		if pause(ctx, q.Every) != nil {
			return
		}
	}
}

func (q *Query) complain(err error) {
	if said := err.Error(); said != q.told {
		q.Log.Error("a database can't be asked; it is tried again", "query", q.Name, "source", q.Source, "error", said)
		q.told = said
	}
}

// ask asks once, hands over what comes, and moves the mark.
func (q *Query) ask(ctx context.Context) (Tally, error) {
	g, err := newGiver(q.To, q.Source)
	if err != nil {
		return Tally{}, err
	}
	mark, err := q.readMark()
	if err != nil {
		return Tally{}, err
	}
	arg, err := q.asked(mark)
	if err != nil {
		return Tally{}, err
	}
	if q.db == nil {
		dsn, err := q.dsn(q.Environ)
		if err != nil {
			return Tally{}, err
		}
		if q.db, err = openDatabase(q.Database, dsn); err != nil {
			return Tally{}, err
		}
	}
	tx, err := q.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return Tally{}, q.failed(err)
	}
	defer func() { _ = tx.Rollback() }() // it only read
	reached, err := q.read(ctx, tx, arg, g)
	if err != nil {
		return g.tally, err
	}
	if err := g.flush(ctx); err != nil {
		return g.tally, err
	}
	if q.later(reached, mark) {
		err = q.writeMark(reached)
	}
	return g.tally, err
}

// read hands the rows of an answer over and gives the greatest mark among them, ""
// for none.
func (q *Query) read(ctx context.Context, tx *sql.Tx, arg any, g *giver) (reached string, err error) {
	text, n := q.bound()
	args := make([]any, n)
	for i := range args {
		args[i] = arg
	}
	rows, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return "", q.failed(err)
	}
	defer rows.Close()
	columns, at, err := q.columnsOf(rows)
	if err != nil {
		return "", err
	}
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for row := 1; rows.Next(); row++ {
		if err := rows.Scan(into...); err != nil {
			return "", q.failed(err)
		}
		mark, ok := q.markOf(cells[at])
		if cells[at] != nil && !ok {
			return "", q.wrong(errs.Tf("column %s holds %q, which is no %s", "列 %s 的值 %q 不是 %s", q.Mark.Column, textOf(cells[at]), q.Mark.Kind), errs.T("say under mark what it is", "请在 mark 的 is 中更正"))
		}
		if ok && (reached == "" || q.later(mark, reached)) {
			reached = mark
		}
		if err := g.add(ctx, q.arrival(columns, cells), errs.Place{Row: row}); err != nil {
			return "", err
		}
	}
	return reached, q.failed(rows.Err())
}

// columnsOf is what the answer's columns become, and which is the mark's.
func (q *Query) columnsOf(rows *sql.Rows) (columns []column, mark int, err error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, 0, q.failed(err)
	}
	names, words := make([]string, len(types)), make([]string, len(types))
	for i, t := range types {
		names[i], words[i] = t.Name(), t.DatabaseTypeName()
		if t.Name() == q.Mark.Column {
			mark = i
		}
	}
	if columns, err = q.plan(names, words, q.Schema()); err != nil {
		return nil, 0, err
	}
	for _, c := range columns {
		for _, name := range []string{c.name, c.part} {
			if why, refused := q.Refused(name); refused && c.part != "-" {
				return nil, 0, q.wrong(why, errs.T("leave the column out of the query, or list it under ignore", "请从查询中去掉该列，或列入 ignore"))
			}
		}
	}
	return columns, mark, nil
}

// arrival is a row as a source would send it; raw is what stays readable of one
// that can't be taken.
func (q *Query) arrival(columns []column, cells []any) service.Arrival {
	e, fault := makeEvent(columns, cells, q.zone())
	raw := map[string]string{}
	for i, c := range columns {
		if cells[i] != nil && c.part != "-" {
			raw[c.name] = textOf(c.readable(cells[i]))
		}
	}
	text, err := json.Marshal(raw)
	if err != nil {
		text = nil // of strings alone it doesn't come to that
	}
	in := service.Arrival{Event: e, Raw: text}
	if fault != nil {
		in.Err = fault
	}
	return in
}

func (q *Query) zone() *clock.Zone { return cmp.Or(q.Definition.Zone, q.Zone) }

// failed says that the database didn't answer.
func (q *Query) failed(err error) error {
	if err == nil {
		return nil
	}
	return &errs.Error{Code: errs.Input, Err: err, What: errs.Tf("query %q: the database says: %v", "查询 %q：数据库返回：%v", q.Name, err),
		Next: errs.T("try the query with the same account", "请用同一账户试行该查询")}
}

// markOf is a cell of the mark's column as a mark.
func (q *Query) markOf(v any) (string, bool) {
	if v == nil {
		return "", false
	}
	if q.Mark.Kind == MarkNumber {
		i, err := strconv.ParseInt(textOf(v), 10, 64)
		return strconv.FormatInt(i, 10), err == nil
	}
	if t, ok := v.(time.Time); ok { // one without a zone comes as if it were UTC's, and goes back so
		return utc().Format(clock.InstantOf(t)), true
	}
	at, _, err := clock.ParseInstant(textOf(v), utc())
	return utc().Format(at), err == nil
}

// later says whether a mark is beyond another.
func (q *Query) later(mark, other string) bool {
	if mark == "" {
		return false
	}
	if q.Mark.Kind == MarkNumber {
		a, _ := strconv.ParseInt(mark, 10, 64)
		b, _ := strconv.ParseInt(other, 10, 64)
		return a > b
	}
	a, _, _ := clock.ParseInstant(mark, utc())
	b, _, _ := clock.ParseInstant(other, utc())
	return a > b
}

// kept is a mark as it is written down.
type kept struct {
	Query  string    `json:"query"`
	Column string    `json:"column"`
	Is     MarkKind  `json:"is"`
	Mark   string    `json:"mark"`
	At     time.Time `json:"at"`
}

func (q *Query) markFile() string { return filepath.Join(q.Marks, q.Name+".mark.json") }

// readMark is the mark that was written down last, else where the definition says
// to start. One of another column says nothing of this one.
func (q *Query) readMark() (string, error) {
	text, err := os.ReadFile(q.markFile())
	if errors.Is(err, fs.ErrNotExist) {
		return q.Mark.Start, nil
	}
	if err != nil {
		return "", err
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return "", &errs.Error{Code: errs.Input, Place: errs.Place{File: q.markFile()}, Err: err, What: errs.T("this file should say how far a query has read, and can't be understood", "此文件应记录查询的读取位置，但无法识别"),
			Next: errs.T("delete it to read from the start again; nothing counts twice", "可删除此文件从头读取，不会重复计数")}
	}
	if k.Column != q.Mark.Column || k.Is != q.Mark.Kind || k.Mark == "" {
		return q.Mark.Start, nil
	}
	return k.Mark, nil
}

func (q *Query) writeMark(mark string) error {
	text, err := json.MarshalIndent(kept{q.Name, q.Mark.Column, q.Mark.Kind, mark, q.Now().UTC()}, "", "  ")
	if err == nil {
		err = os.MkdirAll(q.Marks, 0o750)
	}
	if err == nil {
		err = writeWhole(q.markFile(), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("query %s: the mark can't be written: %w", q.Name, err)
	}
	return nil
}

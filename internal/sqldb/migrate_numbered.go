package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// laidByNumber are the tables that SQLite lays out by a number from form 24 on, with what is
// changed of how they were made. Segments aren't among them: they are most of a record,
// which would all be written once more.
var laidByNumber = []struct {
	table string
	made  []string // was, is, …
}{
	{"findings", []string{"id text primary key", "id text not null unique", "number bigint not null unique", "number integer primary key"}},
	{"items", []string{"number bigint primary key", "number integer primary key"}},
	{"notes", []string{"number bigint primary key", "number integer primary key"}},
	{"seal_blocks", []string{"first bigint primary key", "first integer primary key"}},
	{"seal_batches", []string{"segment bigint primary key", "segment integer primary key"}},
}

// layByNumber makes those tables anew.
func layByNumber(ctx context.Context, s *Store, tx *sql.Tx) error {
	if s.postgres {
		return nil
	}
	for _, t := range laidByNumber {
		if err := layAnew(ctx, tx, t.table, t.made); err != nil {
			return fmt.Errorf("%s: %w", t.table, err)
		}
	}
	return nil
}

// layAnew makes a table as it was made, but for some words, and its indexes.
func layAnew(ctx context.Context, tx *sql.Tx, table string, changed []string) error {
	var made string
	if err := tx.QueryRowContext(ctx, `select sql from sqlite_schema where type = 'table' and name = $1`, table).Scan(&made); err != nil {
		return err
	}
	indexes, err := listOf[string](ctx, tx, `select sql from sqlite_schema where type = 'index' and tbl_name = $1 and sql is not null order by rowid`, table)
	if err != nil {
		return err
	}
	columns, err := listOf[string](ctx, tx, `select name from pragma_table_info($1) order by cid`, table)
	if err != nil {
		return err
	}
	_, body, _ := strings.Cut(made, "(")
	if strings.Contains(body, changed[len(changed)-1]) {
		return nil // it is so
	}
	for i := 0; i < len(changed); i += 2 {
		if strings.Count(body, changed[i]) != 1 {
			return fmt.Errorf("expected %q once in how it was made: %s", changed[i], made)
		}
		body = strings.Replace(body, changed[i], changed[i+1], 1)
	}
	all := strings.Join(columns, ", ")
	for _, text := range append([]string{
		`create table laid_anew (` + body,
		`insert into laid_anew (` + all + `) select ` + all + ` from ` + table + ` order by ` + strings.Fields(changed[len(changed)-2])[0],
		`drop table ` + table,
		`alter table laid_anew rename to ` + table,
	}, indexes...) {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

package sqldb

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"plumbline/internal/seal"
	"plumbline/internal/service"
)

// Every column of every sealed table, changed by itself, is found: a table that
// comes later is tried here without a word about it.
func testEveryColumn(t *testing.T, where string) {
	s := open(t, where)
	_, public := sealedRecord(t, s)
	_, err := s.Erase(ctx, erasing(1, 3, service.ByOrder, nil)) // its digests are of other tables
	must(t, err)
	for _, table := range sealedTables {
		t.Run(table.table, func(t *testing.T) {
			tx, err := s.write.BeginTx(ctx, nil)
			must(t, err)
			defer tx.Rollback()
			kinds := kindsOf(t, tx, table.table)
			somethingIn(t, s, tx, table, kinds)
			trust := seal.Trust{Keys: []string{public}}
			if err := s.verifySeal(ctx, tx, trust, new(SealTally)); err != nil && !strings.Contains(err.Error(), "of number/") {
				t.Fatalf("before anything was changed: %v", err)
			}
			for _, c := range table.columns {
				_, err := tx.ExecContext(ctx, `savepoint a`)
				must(t, err)
				done, err := tx.ExecContext(ctx, fmt.Sprintf(`update %s set %s = %s`, table.table, c, other(c, kinds[c])))
				must(t, err)
				if n, _ := done.RowsAffected(); n == 0 {
					t.Fatal("there is no row")
				}
				if err := s.verifySeal(ctx, tx, trust, new(SealTally)); err == nil || !strings.Contains(err.Error(), table.kind+" ") && !strings.Contains(err.Error(), "key") {
					t.Errorf("%s: %v", c, err)
				}
				_, err = tx.ExecContext(ctx, `rollback to savepoint a`)
				must(t, err)
			}
		})
	}
}

// other is another value than a column's own.
func other(column, kind string) string {
	switch kind {
	case "BIGINT", "INT8", "INTEGER":
		return column + " + 1000"
	case "BOOLEAN", "BOOL":
		return "not " + column
	case "BYTEA":
		return "(select tail from seal_head)"
	}
	return column + " || 'x'"
}

// kindsOf are the kinds of a table's columns.
func kindsOf(t *testing.T, tx *sql.Tx, table string) map[string]string {
	t.Helper()
	rows, err := tx.QueryContext(ctx, `select * from `+table+` where 1 = 0`)
	must(t, err)
	defer rows.Close()
	types, err := rows.ColumnTypes()
	must(t, err)
	kinds := map[string]string{}
	for _, c := range types {
		kinds[c.Name()] = strings.ToUpper(c.DatabaseTypeName())
	}
	return kinds
}

// somethingIn puts a row into a table that has none, and seals it.
func somethingIn(t *testing.T, s *Store, tx *sql.Tx, table *sealedTable, kinds map[string]string) {
	t.Helper()
	var n int
	must(t, tx.QueryRowContext(ctx, `select count(*) from `+table.table).Scan(&n))
	if n > 0 {
		return
	}
	var columns, values []string
	var key []any
	for c, kind := range kinds {
		v := map[string]string{"BIGINT": "1", "INTEGER": "1", "INT8": "1", "BOOLEAN": "true", "BOOL": "true", "BYTEA": "(select tail from seal_head)"}[kind]
		if v == "" {
			v = "'1'"
		}
		columns, values = append(columns, c), append(values, v)
	}
	_, err := tx.ExecContext(ctx, `insert into `+table.table+` (`+strings.Join(columns, ", ")+`) values (`+strings.Join(values, ", ")+`)`)
	must(t, err)
	for _, k := range table.key {
		if kind := kinds[k]; kind == "BIGINT" || kind == "INT8" || kind == "INTEGER" {
			key = append(key, int64(1))
		} else {
			key = append(key, "1")
		}
	}
	must(t, s.sealRow(ctx, tx, 1, table, key...))
}

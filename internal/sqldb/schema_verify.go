package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/seal"
)

// checkSchema looks whether the tables are as this program makes them, and nothing lies
// over them: a view in a table's place may show another thing tomorrow than it shows to
// whoever verifies, a trigger may write it, and a column without a type holds values that
// are compared otherwise than they are read.
func (s *Store) checkSchema(ctx context.Context) error {
	made, err := madeAnew(ctx)
	if err != nil {
		return err
	}
	defer made.Close()
	if s.postgres {
		return s.checkPostgresSchema(ctx, made)
	}
	want, err := made.schema(ctx)
	if err != nil {
		return err
	}
	is, err := s.schema(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		switch {
		case want[name] == "":
			return s.wrong(errs.Tf("the database has the %s, which is none of this program's", "数据库中的 %s 不属于本程序", name))
		case want[name] != is[name]:
			return s.wrong(errs.Tf("the %s of the database isn't made as this program makes it", "数据库中的 %s 与本程序的建表方式不同", name))
		}
		delete(want, name)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		return s.wrong(errs.Tf("the database lacks the %s", "数据库缺少 %s", name))
	}
	return s.checkTypes(ctx)
}

// madeAnew is an empty record in memory.
func madeAnew(ctx context.Context) (*Store, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each connection would have a database of its own
	s := &Store{name: ":memory:", read: db, write: db}
	if err := s.migrate(ctx, migrations); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// schema is how everything in a SQLite database was made, by kind and name; but for what
// SQLite itself makes.
func (s *Store) schema(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	return out, s.each(ctx, func(scan func(...any) error) error {
		var kind, name, made string
		err := scan(&kind, &name, &made)
		out[kind+" "+name] = strings.Join(strings.Fields(strings.ReplaceAll(made, `"`, "")), " ")
		return err
	}, `select type, name, sql from sqlite_schema where sql is not null and name not like 'sqlite\_%' escape '\'`)
}

// columnsOf are the columns of all tables with their declared types, sorted.
func (s *Store) columnsOf(ctx context.Context) (columns []column, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var c column
		err := scan(&c.table, &c.name, &c.kind)
		columns = append(columns, c)
		return err
	}, `select m.name, c.name, lower(c.type) from sqlite_schema m join pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite\_%' escape '\' order by m.name, c.cid`)
	return columns, err
}

type column struct{ table, name, kind string }

// storedAs says as what SQLite keeps a value of a declared type.
var storedAs = map[string]string{"bigint": "integer", "integer": "integer", "boolean": "integer", "text": "text", "bytea": "blob"}

// checkTypes looks whether every value is of the type of its column: SQLite takes any.
func (s *Store) checkTypes(ctx context.Context) error {
	columns, err := s.columnsOf(ctx)
	if err != nil {
		return err
	}
	for len(columns) > 0 {
		n := slices.IndexFunc(columns, func(c column) bool { return c.table != columns[0].table })
		if n < 0 {
			n = len(columns)
		}
		of := columns[:n]
		columns = columns[n:]
		odd := make([]string, len(of))
		for i, c := range of {
			as := storedAs[c.kind]
			if as == "" {
				return fmt.Errorf("column %s of %s is of the type %q, and nothing is said of that", c.name, c.table, c.kind)
			}
			odd[i] = `typeof(` + c.name + `) not in ('` + as + `', 'null')`
			if c.kind == "boolean" {
				odd[i] += ` or ` + c.name + ` not in (0, 1)`
			}
		}
		var rows int64
		if err := s.one(ctx, `select count(*) from `+of[0].table+` where `+strings.Join(odd, " or ")).Scan(&rows); err != nil {
			return s.fault(err)
		}
		if rows > 0 {
			return s.wrong(errs.Tf("%d rows of %s have values of another type than their columns: this program doesn't write so", "%[2]s 中有 %[1]d 行的值与列类型不符：本程序不会如此写入", rows, of[0].table))
		}
	}
	return nil
}

// checkPostgresSchema looks whether each table has its columns and is one, and nothing is done
// beside the program when it is written.
func (s *Store) checkPostgresSchema(ctx context.Context, made *Store) error {
	columns, err := made.columnsOf(ctx)
	if err != nil {
		return err
	}
	is := map[string]string{} // by table and column
	if err := s.each(ctx, func(scan func(...any) error) error {
		var table, name, kind string
		err := scan(&table, &name, &kind)
		is[table+"."+name] = kind
		return err
	}, `select table_name, column_name, data_type from information_schema.columns where table_schema = current_schema()`); err != nil {
		return err
	}
	tables := map[string]bool{}
	for _, c := range columns {
		kind := c.kind
		if tables[c.table] = true; kind == "integer" && is[c.table+"."+c.name] == "bigint" { // a key of SQLite's
			kind = "bigint"
		}
		if got := is[c.table+"."+c.name]; got != kind {
			return s.wrong(errs.Tf("the column %s of %s isn't made as this program makes it", "%[2]s 的列 %[1]s 与本程序的建表方式不同", c.name, c.table))
		}
	}
	for _, q := range []string{
		`select table_name from information_schema.tables where table_schema = current_schema() and table_type <> 'BASE TABLE'`,
		`select c.relname from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = current_schema() and not t.tgisinternal`,
		`select c.relname from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace where n.nspname = current_schema() and c.relkind = 'r'`,
		`select c.relname from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = current_schema()`,
	} {
		var odd string
		if err := s.each(ctx, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			if tables[name] {
				odd = name
			}
			return err
		}, q); err != nil {
			return err
		}
		if odd != "" {
			return s.wrong(errs.Tf("%s is a view, or has a trigger, a rule or a policy: this program makes none", "%s 是视图，或设有触发器、规则、策略：本程序从不如此", odd))
		}
	}
	return nil
}

// checkSurplus wants no more rows than there is something of.
func (s *Store) checkSurplus(ctx context.Context) error {
	var size int64
	if err := s.one(ctx, `select size from seal_head`).Scan(&size); err != nil {
		return s.misread(err)
	}
	if err := s.each(ctx, func(scan func(...any) error) error {
		var level, first, last, odd int64
		if err := scan(&level, &first, &last, &odd); err != nil {
			return err
		}
		if level < 0 || level >= 63/seal.TileHeight || first < 0 || last >= size>>(seal.TileHeight*(level+1)) || odd > 0 {
			return s.wrong(errs.Tf("the tree of %d leaves has tiles where it has none, on level %d", "%d 条日志的树在第 %d 层有多余的分块", size, level))
		}
		return nil
	}, `select level, min(number), max(number), count(case when length(hashes) <> `+strconv.Itoa(fullTile)+` then 1 end) from seal_tiles group by level`); err != nil {
		return err
	}
	one := func(table string) numbered {
		return numbered{`select 1`, `select count(*) from ` + table, "rows of " + table, table + " 的行"}
	}
	return s.checkEqual(ctx, one("position"), one("seal_head"), one("schema_version"),
		numbered{`select segment from position`, `select count(*) from seal_batches`, "roots of segments", "数据段的根"},
		numbered{`select 0`, `select count(*) from seal_erased e left join segments g on g.number = e.segment where g.number is null`, "events that are said to be erased from segments that there aren't", "不存在的数据段中的已销毁事件"})
}

package sqldb

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/errs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migration is one step of the tables, from the number before it to its own.
type migration struct {
	number int64
	file   string
}

// steps lists the migrations in order; their numbers have no gaps.
func steps(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var out []migration
	for _, name := range names {
		digits, _, _ := strings.Cut(strings.TrimPrefix(name, "migrations/"), "_")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n != int64(len(out))+1 {
			return nil, fmt.Errorf("%s: migrations are numbered from 0001 on, without gaps", name)
		}
		out = append(out, migration{n, name})
	}
	return out, nil
}

// migrate brings the tables forward, all steps in one transaction: a fault
// leaves the database as it was.
func (s *Store) migrate(ctx context.Context, files fs.FS) error {
	list, err := steps(files)
	if err != nil {
		return err
	}
	want := list[len(list)-1].number
	if at, err := s.version(ctx, s.read); err == nil && at == want { // the usual case needs no lock
		return nil
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if err := s.claim(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `create table if not exists schema_version (version bigint not null)`); err != nil {
			return err
		}
		at, err := s.version(ctx, tx)
		if err != nil {
			return err
		}
		if at > want {
			return &errs.Error{Code: errs.Input, Place: errs.Place{File: s.name},
				What: errs.Tf("the database is of form %d; this program knows forms up to %d", "数据库格式为 %d；本程序最高支持格式 %d", at, want),
				Next: errs.T("use the program that wrote it, or a newer one", "请使用写入时的程序或更新版本")}
		}
		for _, m := range list[at:] {
			if err := s.apply(ctx, tx, files, m); err != nil {
				return fmt.Errorf("%s: %w", m.file, err)
			}
		}
		return nil
	})
}

// sameForm says whether the tables are as this program makes them.
func (s *Store) sameForm(ctx context.Context, files fs.FS) error {
	list, err := steps(files)
	if err != nil {
		return err
	}
	want := list[len(list)-1].number
	at, err := s.version(ctx, s.read)
	if err != nil {
		return s.fault(err)
	}
	if at != want {
		return &errs.Error{Code: errs.Input, Place: errs.Place{File: s.name},
			What: errs.Tf("the database is of form %d; this program looks at form %d alone", "数据库格式为 %d；本程序只能检查格式 %d", at, want),
			Next: errs.T("use the program that wrote it last; a service of this one brings an older form forward when it starts", "请使用最后写入时的程序；旧格式在新版服务启动时会自动升级")}
	}
	return nil
}

// claim makes sure that nobody else migrates, and that the tables are ours.
func (s *Store) claim(ctx context.Context, tx *sql.Tx) error {
	if s.postgres {
		_, err := tx.ExecContext(ctx, `select pg_advisory_xact_lock($1)`, int64(holdKey)+1)
		return err
	}
	var ours, all int64
	err := tx.QueryRowContext(ctx, `select count(case when name = 'schema_version' then 1 end), count(*) from sqlite_schema`).Scan(&ours, &all)
	if err == nil && ours == 0 && all > 0 {
		err = &errs.Error{Code: errs.Usage, Place: errs.Place{File: s.name}, What: errs.T("a database of some other program", "这是其他程序的数据库"),
			Next: errs.T("name another file", "请换一个文件")}
	}
	return err
}

// converting is what SQL alone can't do of a step, after its file has run.
var converting = map[int64]func(ctx context.Context, s *Store, tx *sql.Tx) error{21: blocksFromLeaves, 24: layByNumber, 25: headOfOlder}

func (s *Store) apply(ctx context.Context, tx *sql.Tx, files fs.FS, m migration) error {
	text, err := fs.ReadFile(files, m.file)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	if convert := converting[m.number]; convert != nil {
		if err := convert(ctx, s, tx); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `delete from schema_version`); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `insert into schema_version (version) values ($1)`, m.number)
	return err
}

// querier is a database or a transaction on it.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version is the form of the tables, 0 where there are none.
func (s *Store) version(ctx context.Context, q querier) (int64, error) {
	var n int64
	err := q.QueryRowContext(ctx, `select coalesce(max(version), 0) from schema_version`).Scan(&n)
	return n, err
}

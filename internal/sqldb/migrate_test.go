package sqldb

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"plumbline/internal/sqldb/pgtest"
)

// later are migrations beyond those of the program: what a newer one would have.
func later(t *testing.T, more ...string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	must(t, err)
	for _, name := range names {
		text, err := migrations.ReadFile(name)
		must(t, err)
		out[name] = &fstest.MapFile{Data: text}
	}
	for i, text := range more {
		out[fmt.Sprintf("migrations/%04d_later.sql", len(names)+1+i)] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// upTo is the migrations up to a number.
func upTo(files fstest.MapFS, number int) fstest.MapFS {
	out := fstest.MapFS{}
	for name, f := range files {
		if n := 0; func() bool { _, err := fmt.Sscanf(filepath.Base(name), "%d", &n); return err == nil }() && n <= number {
			out[name] = f
		}
	}
	return out
}

func testMigration(t *testing.T, fresh func(t *testing.T) string) {
	newest := later(t, "alter table users add column note text not null default 'old'; create index users_role on users (role);",
		"create table more (n bigint primary key); insert into more select count(*) from users;")
	list, err := steps(newest)
	must(t, err)

	// From every older form, with what was in it, and from an empty database.
	for from := 0; from < len(list); from++ {
		where := fresh(t)
		s := &Store{name: where, postgres: IsPostgres(where)}
		open := s.openSQLite
		if s.postgres {
			open = s.openPostgres
		}
		must(t, open(where))
		if from > 0 {
			must(t, s.migrate(ctx, upTo(newest, from)))
			_, err := s.write.ExecContext(ctx, `insert into users (name, hash, role, created) values ('a', 'h', 'r', 1)`)
			must(t, err)
		}
		for range 2 { // the second time nothing is left to do
			must(t, s.migrate(ctx, newest))
		}
		at, err := s.version(ctx, s.read)
		must(t, err)
		equal(t, fmt.Sprintf("form, from %d", from), at, int64(len(list)))
		var users int
		must(t, s.read.QueryRowContext(ctx, `select count(*) from users`).Scan(&users))
		equal(t, fmt.Sprintf("users, from %d", from), users, min(from, 1))
		must(t, s.Close())
		_, err = Open(ctx, where)
		told(t, err, fmt.Sprintf("the database is of form %d; this program knows forms up to %d", len(list), len(list)-2))
	}

	// A fault in the last step takes the steps before it back.
	where := fresh(t)
	s := open(t, where)
	err = s.migrate(ctx, later(t, "create table more (n bigint);", "insert into nowhere values (1);"))
	told(t, err, "nowhere")
	at, err := s.version(ctx, s.read)
	must(t, err)
	equal(t, "form after a fault", at, int64(len(list)-2))
	if err := s.read.QueryRowContext(ctx, `select count(*) from more`).Scan(new(int)); err == nil {
		t.Error("a table of a step that was taken back is there")
	}

	// Several programs at once: one does it, the others wait.
	where = fresh(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := Open(ctx, where)
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	wg.Wait()
}

func TestMigration(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		testMigration(t, func(t *testing.T) string { return filepath.Join(t.TempDir(), "record.db") })
	})
	t.Run("postgres", func(t *testing.T) {
		server := pgtest.Start(t)
		testMigration(t, func(t *testing.T) string { return server.Database(t) })
	})
}

func TestMigrationsAreNumbered(t *testing.T) {
	for _, names := range [][]string{{"migrations/0002_a.sql"}, {"migrations/0001_a.sql", "migrations/0003_b.sql"}, {"migrations/a.sql"}, {"migrations/0001_a.sql", "migrations/0001_b.sql"}} {
		files := fstest.MapFS{}
		for _, n := range names {
			files[n] = &fstest.MapFile{}
		}
		if _, err := steps(files); err == nil {
			t.Errorf("%v are taken", names)
		}
	}
}

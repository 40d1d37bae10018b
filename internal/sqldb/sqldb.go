package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/seal"
	"plumbline/internal/service"
)

// Store is a database that holds a record. Many goroutines may use it.
type Store struct {
	read, write *sql.DB
	name        string // what a fault calls it; never with a password
	postgres    bool
	hold        *sql.Conn      // of PostgreSQL: keeps the lock of [Store.Hold]
	holder      int64          // which of those who ever held the record this is; 0: none
	policy      *ledger.Policy // by which findings come onto the ledger; nil: the usual one
	prepared    prepared       // of what commits write
	readers     prepared       // of what is read
	emptier     *emptier       // of SQLite's log; nil where there is none
	tail        atomic.Pointer[tail]
	shape       seal.Shape // of the trees over events that it seals
	board       board
	paths       unitPaths // of who holds the record

	broken atomic.Pointer[errs.Error] // what was found damaged; nothing is written from then on

	known struct { // sources as last read
		sync.Mutex
		ask  *sql.Stmt // whether they changed: asked by every step of the judge and every request
		at   int64
		list []service.Source
	}
}

// IsPostgres says whether where is the URL of a PostgreSQL database and not the
// path of a file.
func IsPostgres(where string) bool {
	return strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://")
}

// Open opens the record at a path (SQLite; made where it isn't there) or at a
// PostgreSQL URL, and brings its tables to the form that this program knows. A
// database of a newer form is refused.
func Open(ctx context.Context, where string) (*Store, error) {
	return openAs(ctx, where, func(s *Store) error { return s.migrate(ctx, migrations) })
}

// OpenAsIs opens a record to look at it: one whose tables are of another form than
// this program's is refused and not brought forward.
func OpenAsIs(ctx context.Context, where string) (*Store, error) {
	return openAs(ctx, where, func(s *Store) error { return s.sameForm(ctx, migrations) })
}

func openAs(ctx context.Context, where string, ready func(*Store) error) (*Store, error) {
	s := &Store{name: where, postgres: IsPostgres(where), shape: seal.Wide}
	var err error
	if s.postgres {
		err = s.openPostgres(where)
	} else {
		err = s.openSQLite(where)
	}
	if err != nil {
		return nil, err
	}
	if err := ready(s); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close lets the database go.
func (s *Store) Close() error {
	var held error
	if s.hold != nil {
		_, gone := s.hold.ExecContext(context.Background(), `select pg_advisory_unlock($1)`, int64(holdKey))
		if held = s.hold.Close(); gone != nil { // with its connection, so is the lock
			held = nil
		}
		s.hold = nil
	}
	return errors.Join(held, s.emptier.close(), s.read.Close(), s.write.Close(), s.emptier.release())
}

// The pragmas of every connection; busy_timeout stands first, as the others may
// have to wait already. The file of the log keeps the length that it gets in a burst,
// so that the disk needn't find room for it each time.
var pragmas = []string{"busy_timeout(20000)", "journal_mode(wal)", "synchronous(full)", "trusted_schema(0)", "cell_size_check(1)", "journal_size_limit(268435456)"}

// writerPragmas are those of the one connection that writes: room for the upper
// pages of the indexes on findings, which are written in no order (the usual 2 MB
// make it read them anew for each), and a log that is put into the file beside the
// commits (wal.go), by one of them only where that never got through it. What is
// deleted is written over, from the first day on: an erasure could do that no more with
// what was left behind before.
var writerPragmas = []string{"cache_size(-131072)", "wal_autocheckpoint(64000)", "secure_delete(1)"}

func (s *Store) openSQLite(path string) error {
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return &errs.Error{Code: errs.Usage, Place: errs.Place{File: path}, Err: err, What: errs.T("its folder isn't there", "所在文件夹不存在"),
			Next: errs.T("make it first, or give the right one", "请先创建，或改正路径")}
	}
	// Made by us, so that nobody else reads it whatever the folder allows; the
	// write-ahead log gets the same rights. What goes wrong, SQLite says below.
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
		f.Close()
	}
	var err error
	if s.write, err = sql.Open("sqlite", dsn(path, append(slices.Clone(pragmas), writerPragmas...)...)); err != nil {
		return s.fault(err)
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", dsn(path, append(slices.Clone(pragmas), "query_only(1)")...)); err != nil {
		return s.fault(err)
	}
	s.read.SetMaxOpenConns(8)
	s.read.SetMaxIdleConns(8)
	return s.fault(s.startEmptying(path))
}

// dsn names a file with what each connection to it begins with.
func dsn(path string, pragmas ...string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": pragmas}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

func (s *Store) openPostgres(where string) error {
	s.name = "PostgreSQL"
	config, err := pgx.ParseConfig(where)
	if err != nil {
		// The cause would show the URL, and with it a password.
		return &errs.Error{Code: errs.Usage, What: errs.T("the URL of the PostgreSQL database can't be read", "PostgreSQL 数据库地址无法识别"),
			Next: errs.T("write postgres://USER:PASSWORD@HOST:5432/DATABASE", "请写 postgres://用户:密码@主机:5432/数据库")}
	}
	s.name = "PostgreSQL " + config.Host + "/" + config.Database
	// What is acknowledged must be on disk, whatever the server's default.
	config.RuntimeParams["synchronous_commit"] = "on"
	config.RuntimeParams["application_name"] = "plumbline"
	config.ConnectTimeout = 10 * time.Second
	s.write = stdlib.OpenDB(*config)
	s.write.SetMaxOpenConns(2) // one may keep the lock of Hold
	s.read = stdlib.OpenDB(*config)
	s.read.SetMaxOpenConns(8)
	s.read.SetMaxIdleConns(8)
	return nil
}

// holdKey is the number of the advisory lock of the one service that judges.
const holdKey = 0x706c756d62

// Hold makes this the one service that judges, until Close. Of two on one
// PostgreSQL database the second is refused, by a lock that ends with its
// connection; a file's directory has a lock of its own. Where a lock was lost (the
// database was started anew), whoever held the record before can commit nothing
// once another holds it.
func (s *Store) Hold(ctx context.Context) error {
	if s.postgres {
		if err := s.lock(ctx); err != nil {
			return err
		}
	}
	if err := s.inTx(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `update position set holder = holder + 1 returning holder`).Scan(&s.holder)
	}); err != nil {
		return err
	}
	return s.warm(ctx)
}

// warm has the connection that writes read the two indexes into which new findings go in
// no order, as far as its cache holds them: some tenths of a second for 600,000 findings.
// Read page by page in a burst's first two seconds, they made each commit take 8 to 12 ms
// in place of 2.
func (s *Store) warm(ctx context.Context) error {
	if s.postgres { // its cache is all connections'
		return nil
	}
	for _, column := range []string{"id", "actor"} {
		var n int64
		if err := s.write.QueryRowContext(ctx, `select count(*) from (select 1 from findings where `+column+` >= '' limit 1000000)`).Scan(&n); err != nil {
			return s.fault(err)
		}
	}
	return nil
}

func (s *Store) lock(ctx context.Context) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return s.fault(err)
	}
	var got bool
	err = conn.QueryRowContext(ctx, `select pg_try_advisory_lock($1)`, int64(holdKey)).Scan(&got)
	if err == nil && got {
		s.hold = conn
		return nil
	}
	if err = errors.Join(err, conn.Close()); err != nil {
		return s.fault(err)
	}
	return &errs.Error{Code: errs.Usage, Place: errs.Place{File: s.name}, What: errs.T("another service already judges on this database", "已有另一个服务正在使用此数据库"),
		Next: errs.T("stop it first (pg_stat_activity shows where it runs: application_name plumbline)", "请先停止该服务（可在 pg_stat_activity 中按 application_name 为 plumbline 查找）")}
}

// inTx runs f in one transaction of the writer. Nothing is written over damage: what
// hangs on a page that went bad would lose more.
func (s *Store) inTx(ctx context.Context, f func(tx *sql.Tx) error) error {
	if found := s.broken.Load(); found != nil {
		return found
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.fault(err)
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback() // the database may have done it already
		return s.fault(err)
	}
	err = tx.Commit()
	s.emptier.written()
	return s.fault(err)
}

// each runs a query and calls f for each row.
func (s *Store) each(ctx context.Context, f func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := s.query(ctx, query, args...)
	if err != nil {
		return s.fault(err)
	}
	return s.eachOf(rows, f)
}

func (s *Store) eachOf(rows *sql.Rows, f func(scan func(...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return s.misread(err)
		}
	}
	return s.fault(rows.Err())
}

// listOf is the one column that a query of a transaction gives.
func listOf[T any](ctx context.Context, tx *sql.Tx, query string, args ...any) (list []T, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one T
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// plain is a text from outside as both databases can hold it: PostgreSQL takes
// neither NUL nor what isn't UTF-8, and one such name must not keep the record
// from being written. The event itself keeps its bytes, in its segment.
func plain(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "␀")
	}
	return strings.ToValidUTF8(s, "�")
}

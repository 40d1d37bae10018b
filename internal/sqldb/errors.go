package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// fault says in words what the database refused, and what to do about it.
func (s *Store) fault(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		return err
	}
	what := &errs.Error{Code: errs.Internal, Place: errs.Place{File: s.name}, Err: err, What: errs.Tf("the database says: %v", "数据库报告：%v", err)}
	if e := (*sqlite.Error)(nil); errors.As(err, &e) {
		sqliteFault(what, e.Code()&0xff)
	}
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
		postgresFault(what, e.Code)
	} else if s.postgres && lineBroken(err) {
		because(what, service.ErrAway, errs.Tf("the database can't be reached: %v", "无法连接数据库：%v", err), lookAtIt)
	}
	if errors.Is(what, service.ErrDamaged) && !strings.HasPrefix(what.What.En, otherTables.En) { // a statement may be at fault
		s.broken.CompareAndSwap(nil, what)
	}
	return what
}

// damaged says that what is stored isn't what was written.
func (s *Store) damaged(what errs.Text) error {
	e := &errs.Error{Code: errs.Input, Place: errs.Place{File: s.name}, Err: service.ErrDamaged, What: what, Next: service.UseBackup}
	s.broken.CompareAndSwap(nil, e)
	return e
}

// lineBroken says whether an error is of the line to PostgreSQL, not of the server.
func lineBroken(err error) bool {
	var net net.Error
	connecting := (*pgconn.ConnectError)(nil)
	for _, gone := range []error{io.EOF, io.ErrUnexpectedEOF, driver.ErrBadConn, sql.ErrConnDone} {
		if errors.Is(err, gone) {
			return true
		}
	}
	return errors.As(err, &connecting) || errors.As(err, &net) || pgconn.SafeToRetry(err)
}

// misread says of a row that can't be read as this program writes it (a number that
// is text, a list that is no JSON) that it is damaged. database/sql has no type for
// the former. That alone keeps nobody from writing.
func (s *Store) misread(err error) error {
	syntax, kind := (*json.SyntaxError)(nil), (*json.UnmarshalTypeError)(nil)
	if errors.As(err, &syntax) || errors.As(err, &kind) || strings.HasPrefix(err.Error(), "sql: Scan error on column") {
		return s.wrong(errs.Tf("a row isn't as it was written: %v", "有一行与写入时不同：%v", err))
	}
	return s.fault(err)
}

// because gives a fault its kind, for programs, beside its words.
func because(e *errs.Error, kind error, what, next errs.Text) {
	e.Err, e.What, e.Next = fmt.Errorf("%w: %w", kind, e.Err), what, next
}

var (
	noRoom      = errs.T("the disk is full: nothing of this was written, and what was written before is whole", "磁盘已满：本次内容未写入，此前写入的内容完好")
	makeRoom    = errs.T("make room; writing goes on by itself then", "请腾出空间，之后会自动继续")
	mayWrite    = errs.T("give the account that runs the program the right to write into the data directory", "请让运行本程序的账户可写入数据目录")
	lookAtIt    = errs.T("check that it runs, and the URL", "请检查数据库是否运行、地址是否正确")
	otherTables = errs.T("the database's tables aren't as this program made them: it is damaged, or somebody changed them", "数据库的表与本程序所建不符：数据库已损坏或被改动")
	isBad       = errs.T("the database is damaged", "数据库已损坏")
)

// notAsMade is what SQLite says where its schema was changed.
var notAsMade = regexp.MustCompile(`no such (table|column|index)|has no column named|unsupported file format|malformed`)

func sqliteFault(e *errs.Error, code int) {
	switch code {
	case lib.SQLITE_FULL:
		because(e, service.ErrNoRoom, noRoom, makeRoom)
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM, lib.SQLITE_AUTH:
		because(e, service.ErrReadOnly, errs.Tf("can't be opened or written: the file, its folder or the disk is read-only (%v)", "无法打开或写入：文件、文件夹或磁盘为只读（%v）", e.Err), mayWrite)
	case lib.SQLITE_CORRUPT:
		e.Code = errs.Input
		because(e, service.ErrDamaged, isBad, service.UseBackup)
	case lib.SQLITE_NOTADB:
		e.Code = errs.Input
		because(e, service.ErrDamaged, errs.T("isn't a database of SQLite, or is damaged", "不是 SQLite 数据库，或已损坏"), service.UseBackup)
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		e.What, e.Next = errs.T("another program has been writing for too long", "另一个程序长时间占用写入"), errs.T("wait for it to end, then try again", "请等待其结束后重试")
	case lib.SQLITE_ERROR: // of statements that are the program's own
		if notAsMade.MatchString(e.Err.Error()) {
			e.Code = errs.Input
			because(e, service.ErrDamaged, errs.T(otherTables.En+": "+e.Err.Error(), otherTables.Zh+"："+e.Err.Error()), service.UseBackup)
		}
	case lib.SQLITE_IOERR:
		e.What = errs.Tf("the disk can't be read or written: %v", "磁盘读写失败：%v", e.Err)
		e.Next = errs.T("check the disk", "请检查磁盘")
	}
}

func postgresFault(e *errs.Error, code string) {
	switch {
	case len(code) != 5:
	case code == "53100":
		because(e, service.ErrNoRoom, noRoom, makeRoom)
	case code[:2] == "08" || code == "57P01" || code == "57P02" || code == "57P03" || code == "53300": // stopping, starting, or full of others
		because(e, service.ErrAway, errs.Tf("the database can't be reached: %v", "无法连接数据库：%v", e.Err), lookAtIt)
	case code == "25006":
		because(e, service.ErrReadOnly, errs.T("the database is read-only; it may be a standby", "数据库为只读，可能是备用库"), errs.T("give the URL of the primary", "请使用主库的地址"))
	case code == "42501":
		e.What = errs.T("the database's account lacks the right to do this", "数据库账户没有相应权限")
		e.Next = errs.T("make it the owner of the database", "请将其设为数据库所有者")
	case code == "XX001" || code == "XX002":
		e.Code = errs.Input
		because(e, service.ErrDamaged, isBad, service.UseBackup)
	case code[:2] == "28":
		e.What, e.Next = errs.T("the database refuses the account or its password", "数据库拒绝该账户或密码"), errs.T("check the URL", "请检查地址")
	case code == "3D000":
		e.What, e.Next = errs.T("there is no such database", "没有这个数据库"), errs.T("make it first: createdb NAME", "请先创建：createdb 名称")
	}
}

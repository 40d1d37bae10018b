package datadir

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"plumbline/internal/errs"
	"plumbline/internal/sqldb"
)

// Verify looks at the whole record of a directory on which no service runs, and
// changes nothing: pages and indexes, segments without gaps and readable, numberings
// and counts. also looks at what else there is to be held against it, with the
// record open; it may be nil.
func Verify(ctx context.Context, c Config, also func(*sqldb.Store) error) (t sqldb.Tally, err error) {
	if _, err := os.Stat(filepath.Join(c.Data, recordFile)); c.Postgres == "" && errors.Is(err, fs.ErrNotExist) {
		return t, noRecord(c.Data)
	}
	lock, err := hold(c.Data, lockFile, errs.T("a service uses this directory", "有服务正在使用此目录"))
	if err != nil {
		return t, err
	}
	defer lock.Close()
	store, err := sqldb.OpenAsIs(ctx, c.record())
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(takenOut(c, err), store.Close()) }()
	if t, err = store.Verify(ctx); err != nil {
		return t, err
	}
	if err := store.VerifyMore(ctx); err != nil {
		return t, err
	}
	// An empty file would be a whole record, too; one whose settings were taken away
	// or spoilt isn't one that was never set up: what it is held against says so first.
	_, unset := store.Settings(ctx)
	if also == nil {
		return t, unset
	}
	if err := also(store); err != nil {
		return t, err
	}
	return t, unset
}

// takenOut says of a record that lacks a row which every record has what that means:
// the database's own words would pass for a fault of the program.
func takenOut(c Config, err error) error {
	if !errors.Is(err, sql.ErrNoRows) || errs.CodeOf(err) != errs.Internal {
		return err
	}
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: c.Data}, Err: err,
		What: errs.T("the record lacks a row that every record has, such as where it stands or the head of the seal: it was taken out, or the file is damaged", "记录缺少必有的数据行（如记录位置或存证日志头）：已被删除，或文件已损坏"),
		Next: errs.T("keep it as it is, and hold it against a backup and what the witnesses have", "请保持原状，并与备份和见证方所存内容核对")}
}

package datadir

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
	"plumbline/internal/service"
	"plumbline/internal/sqldb"
)

// The files of a data directory.
const (
	recordFile = "plumbline.db"
	configFile = "plumbline.yaml"
	packsDir   = "packs"
	lockFile   = "lock"        // of the service
	backupLock = "backup-lock" // of a backup
)

// own are the files and folders, beside the record, that are the agency's own.
// How far queries have read isn't among them: a mark newer than the record would
// skip what the record lacks, and what is read twice counts once.
var own = []string{configFile, "organisation.yaml", "organisation.xlsx", "queries.yaml", "reconcile.yaml", "ledger.yaml", packsDir, "files"}

// Open opens the record that a configuration names, which must have been set up.
func Open(ctx context.Context, c Config) (*sqldb.Store, error) {
	if _, err := os.Stat(filepath.Join(c.Data, recordFile)); c.Postgres == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, noRecord(c.Data)
	}
	store, err := sqldb.Open(ctx, c.record())
	if err != nil {
		return nil, err
	}
	if _, err := store.Settings(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// Is says whether a folder is a data directory, whatever else lies in it.
func Is(dir string) bool {
	return slices.ContainsFunc([]string{recordFile, configFile, lockFile, sealKeyFile}, func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return err == nil
	})
}

func noRecord(dir string) error {
	return &errs.Error{Code: errs.Usage, Place: errs.Place{File: dir}, What: errs.T("no data directory of Plumbline: it has no record", "不是准绳的数据目录：其中没有记录"),
		Next: errs.T("run plumbline setup first, or give the right directory", "请先运行 plumbline setup，或改正目录")}
}

// Serving is a record that this program alone serves.
type Serving struct {
	Store *sqldb.Store
	lock  *os.File
}

// Serve opens the record for the one service that judges. A second one on the
// same directory, or on the same PostgreSQL database, is refused.
func Serve(ctx context.Context, c Config) (*Serving, error) {
	lock, err := hold(c.Data, lockFile, errs.T("another service uses this directory", "已有另一个服务使用此目录"))
	if err != nil {
		return nil, err
	}
	sweepStages(c.Data)
	store, err := Open(ctx, c)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := store.Hold(ctx); err != nil {
		return nil, errors.Join(err, store.Close(), lock.Close())
	}
	return &Serving{store, lock}, nil
}

// Close lets record and directory go.
func (s *Serving) Close() error { return errors.Join(s.Store.Close(), s.lock.Close()) }

// SetupOptions are what a service begins with.
type SetupOptions struct {
	Config   Config
	Settings service.Settings
	Admin    string
	Password string
	Now      clock.Instant
}

// Setup makes a data directory and its record, once.
func Setup(ctx context.Context, o SetupOptions) error {
	hash, err := identity.NewHash(o.Password, "", "")
	if err != nil {
		return err
	}
	// Whoever may read the record may read everything: the account alone.
	if err := os.MkdirAll(o.Config.Data, 0o700); err != nil {
		return unwritable(o.Config.Data, err)
	}
	store, err := sqldb.Open(ctx, o.Config.record())
	if err != nil {
		return err
	}
	err = store.SetUp(ctx, o.Settings, identity.Account{Name: o.Admin, Hash: hash, Roles: []access.Role{access.Administrator}, Created: o.Now})
	if err == nil {
		_, err = o.Config.Signing(ctx, store)
	}
	return errors.Join(err, store.Close())
}

// unwritable is the error of a directory that can't be written.
func unwritable(dir string, err error) error {
	why := err
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		why = p.Err
	}
	return &errs.Error{Code: errs.Internal, Place: errs.Place{File: dir}, Err: err, What: errs.Tf("can't be written: %v", "无法写入：%v", why),
		Next: errs.T("check that the folder is there, that you may write to it and that the disk has room", "请检查文件夹是否存在、是否可写、磁盘是否有空间")}
}

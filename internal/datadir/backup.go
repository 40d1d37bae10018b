package datadir

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/sqldb"
)

// Manifest is the first entry of a backup: what it holds, with its hashes.
type Manifest struct {
	Format   int         `json:"format"`
	Program  string      `json:"program"`
	Made     time.Time   `json:"made"`
	Agency   string      `json:"agency"`
	Segments int64       `json:"segments"`
	Events   int64       `json:"events"`
	Findings int64       `json:"findings"`
	Files    []FileEntry `json:"files"`
}

// FileEntry is one file of a backup.
type FileEntry struct {
	Name   string `json:"name"` // with slashes, from the data directory
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const (
	manifestName   = "manifest.json"
	manifestFormat = 1
)

// BackupOptions say what is taken down where, and for whom.
type BackupOptions struct {
	Config     Config
	File       string
	Recipients []string // age1…: who may read it
	Plain      bool     // nobody in particular: not encrypted
	Program    string   // the program's version
	Now        time.Time
}

// Backup writes the data directory as it stands at one instant into one file,
// which appears once it is whole and has been read again. A service may go on
// meanwhile.
func Backup(ctx context.Context, o BackupOptions) (m Manifest, err error) {
	to, err := o.recipients()
	if err != nil {
		return m, err
	}
	if _, err := os.Lstat(o.File); err == nil {
		return m, &errs.Error{Code: errs.Usage, Place: errs.Place{File: o.File}, What: errs.T("this file is there already; a backup writes over none", "文件已存在；备份不会覆盖"), Next: errs.T("name another file", "请换一个文件名")}
	}
	if o.Config.Postgres != "" {
		return m, &errs.Error{Code: errs.Usage, What: errs.T("the record is in PostgreSQL, which has its own backup", "记录在 PostgreSQL 中，请用其自带的备份工具"),
			Next: errs.T("use pg_dump --format=custom, and keep plumbline.yaml and packs/ of the data directory with it", "请使用 pg_dump --format=custom，并一并保存数据目录中的 plumbline.yaml 和 packs/")}
	}
	lock, err := hold(o.Config.Data, backupLock, errs.T("another backup of this directory is being made", "此目录正在进行另一次备份"))
	if err != nil {
		return m, err
	}
	defer lock.Close()
	stage := filepath.Join(o.Config.Data, ".backup")                                 // beside the record: as well guarded as it
	if err := errors.Join(os.RemoveAll(stage), os.Mkdir(stage, 0o700)); err != nil { // one that was killed may have left its own
		return m, unwritable(o.Config.Data, err)
	}
	defer os.RemoveAll(stage)
	if m, err = o.stage(ctx, stage); err != nil {
		return m, err
	}
	if err := o.write(ctx, stage, m, to); err != nil {
		return m, err
	}
	return m, o.noted(ctx, m)
}

// noted puts into the record that there is a backup, for whoever looks after it.
func (o BackupOptions) noted(ctx context.Context, m Manifest) error {
	where, err := filepath.Abs(o.File)
	if err != nil {
		return err
	}
	info, err := os.Stat(where)
	if err != nil {
		return errs.Unreadable(where, err)
	}
	store, err := Open(ctx, o.Config)
	if err == nil {
		err = store.AddBackup(ctx, sqldb.Backup{At: clock.InstantOf(m.Made), File: where, Size: info.Size(), Encrypted: !o.Plain, Events: m.Events, Findings: m.Findings, Program: m.Program})
		err = errors.Join(err, store.Close())
	}
	if err != nil {
		return &errs.Error{Code: errs.CodeOf(err), Err: err, Place: errs.Place{File: o.File}, What: errs.Tf("the backup is whole, but the record couldn't note it: %s", "备份完整，但未能在记录中登记：%s", errs.In(err, errs.En)),
			Next: errs.T("keep the file; the page of administration doesn't know of it", "请保留该文件；系统管理页面不会显示此备份")}
	}
	return nil
}

// recipients reads who may read the backup, with somebody more: a key that only
// this call knows, by which it reads again what it has written.
func (o BackupOptions) recipients() (*readers, error) {
	switch {
	case o.Plain && len(o.Recipients) > 0:
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("a plain backup has no recipients", "不加密的备份没有接收人"), Next: errs.T("leave out --plain, or the recipients", "请去掉 --plain 或接收人")}
	case o.Plain:
		return nil, nil
	case len(o.Recipients) == 0:
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("nobody is named who may read the backup", "没有指定谁可以读取备份"),
			Next: errs.T("name a recipient (--recipient age1…, made by age-keygen), or write --plain for a backup that everybody can read", "请指定接收人（--recipient age1…，由 age-keygen 生成），或用 --plain 生成任何人可读的备份")}
	}
	r := &readers{}
	quantum := false
	for _, text := range o.Recipients {
		list, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil {
			return nil, &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("%q is no recipient of age", "%q 不是 age 接收人", text),
				Next: errs.T("write the public key, which begins with age1; the secret one begins with AGE-SECRET-KEY and stays where it is", "请写以 age1 开头的公钥；私钥以 AGE-SECRET-KEY 开头，不要使用")}
		}
		for _, one := range list {
			_, hybrid := one.(*age.HybridRecipient)
			quantum = quantum || hybrid
		}
		r.to = append(r.to, list...)
	}
	return r, r.join(quantum)
}

// readers are who may read a backup, and the identity of one of them.
type readers struct {
	to   []age.Recipient
	self age.Identity
}

// join adds a key of our own, of the kind that the others are: age mixes none
// that a quantum computer breaks with those that it doesn't.
func (r *readers) join(quantum bool) error {
	if quantum {
		key, err := age.GenerateHybridIdentity()
		if err != nil {
			return err
		}
		r.self, r.to = key, append(r.to, key.Recipient())
		return nil
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	r.self, r.to = key, append(r.to, key.Recipient())
	return nil
}

// stage copies what belongs to a backup into a folder, looks whether the record
// is whole, and hashes all of it.
func (o BackupOptions) stage(ctx context.Context, dir string) (m Manifest, err error) {
	store, err := Open(ctx, o.Config)
	if err != nil {
		return m, err
	}
	set, err := store.Settings(ctx)
	if err == nil {
		err = store.CopyTo(ctx, filepath.Join(dir, recordFile))
	}
	if err = errors.Join(err, store.Close()); err != nil {
		return m, err
	}
	tally, err := verified(ctx, filepath.Join(dir, recordFile))
	if err != nil {
		return m, err
	}
	m = Manifest{Format: manifestFormat, Program: o.Program, Made: o.Now.UTC().Truncate(time.Second), Agency: set.Agency, Segments: tally.Segments, Events: tally.Events, Findings: tally.Findings}
	more, err := copyExtras(o.Config.Data, dir)
	if err != nil {
		return m, err
	}
	for _, name := range append([]string{recordFile}, more...) {
		e, err := entryOf(dir, name)
		if err != nil {
			return m, err
		}
		m.Files = append(m.Files, e)
	}
	return m, nil
}

// verified opens a copy of a record and looks at all of it.
func verified(ctx context.Context, path string) (sqldb.Tally, error) {
	store, err := sqldb.Open(ctx, path)
	if err != nil {
		return sqldb.Tally{}, err
	}
	tally, err := store.Verify(ctx)
	if err == nil {
		_, err = store.Settings(ctx) // an empty file would be a whole record, too
	}
	return tally, errors.Join(err, store.Close())
}

// copyExtras copies what else a data directory holds that is the agency's own.
func copyExtras(from, to string) (names []string, err error) {
	for _, root := range own {
		err := filepath.WalkDir(filepath.Join(from, root), func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && path == filepath.Join(from, root) {
				return nil
			}
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			name, err := filepath.Rel(from, path)
			if err != nil {
				return err
			}
			names = append(names, filepath.ToSlash(name))
			return copyFile(path, filepath.Join(to, name))
		})
		if err != nil {
			return nil, errs.Unreadable(filepath.Join(from, root), err)
		}
	}
	return names, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func entryOf(dir, name string) (FileEntry, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return FileEntry{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return FileEntry{name, n, hex.EncodeToString(h.Sum(nil))}, err
}

// write puts the staged files into the backup, reads it again, and gives it its
// name.
func (o BackupOptions) write(ctx context.Context, stage string, m Manifest, to *readers) error {
	part := filepath.Join(filepath.Dir(o.File), fmt.Sprintf(".%s.%d", filepath.Base(o.File), os.Getpid()))
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return unwritable(o.File, err)
	}
	defer os.Remove(part) // gone already where all went well
	err = pack(until{ctx, f}, stage, m, to)
	if err == nil {
		err = f.Sync()
	}
	if errors.Is(err, context.Canceled) {
		return errors.Join(err, f.Close())
	}
	if err != nil {
		return errors.Join(unwritable(o.File, err), f.Close())
	}
	if _, err = f.Seek(0, io.SeekStart); err == nil {
		err = o.readAgain(f, m, to)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, o.File); err != nil {
		return unwritable(o.File, err)
	}
	return syncDir(filepath.Dir(o.File))
}

// pack writes the manifest and the files as tar, encrypted where there are
// readers.
func pack(f io.Writer, stage string, m Manifest, to *readers) error {
	buffered := bufio.NewWriterSize(f, 1<<20)
	out := io.WriteCloser(keepOpen{buffered})
	if to != nil {
		var err error
		if out, err = age.Encrypt(buffered, to.to...); err != nil {
			return err
		}
	}
	t := tar.NewWriter(out)
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := addFile(t, manifestName, int64(len(text)), m.Made, strings.NewReader(string(text))); err != nil {
		return err
	}
	for _, e := range m.Files {
		in, err := os.Open(filepath.Join(stage, e.Name))
		if err != nil {
			return err
		}
		err = addFile(t, e.Name, e.Size, m.Made, in)
		if err = errors.Join(err, in.Close()); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), out.Close(), buffered.Flush())
}

// until is a writer that fails once its context has ended.
type until struct {
	ctx context.Context
	to  io.Writer
}

// Write writes, or says why no more is written.
func (u until) Write(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.to.Write(p)
}

// keepOpen is a writer with nothing to close.
type keepOpen struct{ io.Writer }

// Close does nothing.
func (keepOpen) Close() error { return nil }

func addFile(t *tar.Writer, name string, size int64, at time.Time, from io.Reader) error {
	if err := t.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: at, Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err := io.Copy(t, from)
	return err
}

// readAgain holds what stands in the file against what was to be written.
func (o BackupOptions) readAgain(f io.Reader, m Manifest, to *readers) error {
	var who []age.Identity
	if to != nil {
		who = []age.Identity{to.self}
	}
	got, err := unpack(f, o.File, who, func(_ string, r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
	if err == nil && fmt.Sprint(got) != fmt.Sprint(m) {
		err = notWhole(o.File, errs.T("what was written isn't what is there", "写入的内容与文件不符"))
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return unwritable(dir, err)
	}
	err = d.Sync()
	if err = errors.Join(err, d.Close()); err != nil {
		return unwritable(dir, err)
	}
	return nil
}

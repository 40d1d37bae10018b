package datadir

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"plumbline/internal/errs"
)

// RestoreOptions say which backup goes where.
type RestoreOptions struct {
	File     string
	Dir      string
	Identity string // a file of age's secret keys; "" for a plain backup
}

// Restore puts a backup into an empty directory, and only there. Nothing stands
// in it under its name before every hash, the database and every segment of the
// record have been checked.
func Restore(ctx context.Context, o RestoreOptions) (m Manifest, err error) {
	who, err := o.identities()
	if err != nil {
		return m, err
	}
	f, err := os.Open(o.File)
	if err != nil {
		return m, errs.Unreadable(o.File, err)
	}
	defer f.Close()
	made, err := emptyDir(o.Dir)
	if err != nil {
		return m, err
	}
	lock, err := hold(o.Dir, restoreLock, errs.T("another backup is put into this directory", "另有备份正恢复到此目录"))
	if err != nil {
		return m, err
	}
	sweepStages(o.Dir)
	stage, err := os.MkdirTemp(o.Dir, stagePrefix)
	if err != nil {
		return m, errors.Join(unwritable(o.Dir, err), lock.Close())
	}
	defer func() {
		os.RemoveAll(stage)
		os.Remove(filepath.Join(o.Dir, restoreLock))
		lock.Close()
		if err != nil && made {
			os.Remove(o.Dir)
		}
	}()
	m, err = unpack(f, o.File, who, func(name string, r io.Reader) error {
		return putFile(filepath.Join(stage, filepath.FromSlash(name)), r)
	})
	if err != nil {
		return m, err
	}
	if err = o.check(ctx, stage, m); err != nil {
		return m, err
	}
	return m, o.place(stage)
}

// check looks at the record that was unpacked.
func (o RestoreOptions) check(ctx context.Context, stage string, m Manifest) error {
	if _, err := os.Stat(filepath.Join(stage, recordFile)); err != nil {
		return notWhole(o.File, errs.Tf("it holds no %s", "其中没有 %s", recordFile))
	}
	tally, err := verified(ctx, filepath.Join(stage, recordFile))
	if err != nil {
		return err
	}
	if tally.Segments != m.Segments || tally.Events != m.Events || tally.Findings != m.Findings {
		return notWhole(o.File, errs.Tf("the record holds %d segments, %d events, %d findings; the manifest says %d, %d, %d", "记录有数据段 %d 个、事件 %d 条、问题 %d 项；清单为 %d、%d、%d",
			tally.Segments, tally.Events, tally.Findings, m.Segments, m.Events, m.Findings))
	}
	return nil
}

// place moves what was checked to where it belongs; the record last, since it
// makes the directory one.
func (o RestoreOptions) place(stage string) error {
	for _, name := range append(slices.Clone(own), recordFile) {
		err := os.Rename(filepath.Join(stage, name), filepath.Join(o.Dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return unwritable(o.Dir, err)
		}
	}
	return syncDir(o.Dir)
}

// identities reads the secret keys, where there are any.
func (o RestoreOptions) identities() ([]age.Identity, error) {
	if o.Identity == "" {
		return nil, nil
	}
	f, err := os.Open(o.Identity)
	if err != nil {
		return nil, errs.Unreadable(o.Identity, err)
	}
	defer f.Close()
	list, err := age.ParseIdentities(f)
	if err != nil { // the cause might show a key
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: o.Identity}, What: errs.T("no file of secret keys of age", "不是 age 私钥文件"),
			Next: errs.T("give the file that age-keygen wrote; its key begins with AGE-SECRET-KEY", "请提供 age-keygen 生成的文件，其中私钥以 AGE-SECRET-KEY 开头")}
	}
	return list, nil
}

// emptyDir makes a directory, or sees that it is empty.
func emptyDir(dir string) (made bool, err error) {
	list, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return false, unwritable(dir, err)
		}
		return true, nil
	case err != nil:
		return false, unwritable(dir, err)
	case slices.ContainsFunc(list, func(e fs.DirEntry) bool { return !strings.HasPrefix(e.Name(), stagePrefix) }):
		return false, &errs.Error{Code: errs.Usage, Place: errs.Place{File: dir}, What: errs.T("the directory isn't empty; a backup is put into an empty one alone", "目录不是空的；备份只能恢复到空目录"),
			Next: errs.T("name another directory", "请换一个目录")}
	}
	return false, nil
}

// A backup is unpacked into a folder within the directory that it is put into. One that
// a killed restore left behind goes with the next restore or start.
const (
	stagePrefix = ".restore-"
	restoreLock = stagePrefix + "lock"
)

// sweepStages removes what restores that were killed left behind.
func sweepStages(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, stagePrefix+"*")) // the pattern is well formed
	for _, name := range left {
		if filepath.Base(name) != restoreLock {
			os.RemoveAll(name)
		}
	}
}

func putFile(name string, r io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return unwritable(name, err)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return unwritable(name, err)
	}
	if _, err = io.Copy(f, r); err != nil {
		return errors.Join(err, f.Close())
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return unwritable(name, err)
	}
	return nil
}

// ageMagic is how a file begins that age has encrypted.
const ageMagic = "age-encryption.org/"

// unpack reads a backup through and gives each file to put. Names, sizes and
// hashes must be those of the manifest, which comes first.
func unpack(f io.Reader, file string, who []age.Identity, put func(name string, r io.Reader) error) (m Manifest, err error) {
	in := bufio.NewReaderSize(f, 1<<20)
	plain := io.Reader(in)
	head, err := in.Peek(len(ageMagic))
	switch {
	case err == nil && string(head) == ageMagic:
		if plain, err = decrypt(in, file, who); err != nil {
			return m, err
		}
	case len(who) > 0 && err == nil:
		return m, &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}, What: errs.T("this isn't encrypted, and a key was given", "文件未加密，却提供了私钥"),
			Next: errs.T("leave out --identity, if a plain backup is what you mean", "若确为不加密的备份，请去掉 --identity")}
	}
	t := tar.NewReader(plain)
	if m, err = readManifest(t, file); err != nil {
		return m, err
	}
	for _, e := range m.Files {
		if err := readEntry(t, file, e, put); err != nil {
			return m, err
		}
	}
	if _, err := t.Next(); !errors.Is(err, io.EOF) {
		return m, notWhole(file, errs.T("something follows what the manifest lists", "清单之后还有其他内容"))
	}
	if _, err := io.Copy(io.Discard, plain); err != nil { // age tells of an end that is missing only at the end
		return m, notWhole(file, errs.Tf("it ends too early: %v", "文件不完整：%v", err))
	}
	return m, nil
}

// safe says whether a name is one that a backup can have: nothing leads out of
// the directory.
func safe(name string) bool {
	return name == path.Clean(name) && filepath.IsLocal(filepath.FromSlash(name)) &&
		(name == recordFile || name != packsDir && slices.Contains(own, name) || strings.HasPrefix(name, packsDir+"/"))
}

func decrypt(in io.Reader, file string, who []age.Identity) (io.Reader, error) {
	if len(who) == 0 {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}, What: errs.T("the backup is encrypted", "备份已加密"),
			Next: errs.T("give the secret key of a recipient: --identity KEYFILE", "请提供接收人的私钥文件：--identity 文件")}
	}
	plain, err := age.Decrypt(in, who...)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}, Err: err, What: errs.T("the backup was encrypted to others: none of the keys opens it", "备份加密给了其他人：所给私钥都无法打开"),
			Next: errs.T("give the key of somebody whom --recipient named", "请提供备份时 --recipient 所指定的人的私钥")}
	}
	if err != nil {
		return nil, notWhole(file, errs.Tf("it can't be decrypted: %v", "无法解密：%v", err))
	}
	return plain, nil
}

func readManifest(t *tar.Reader, file string) (m Manifest, err error) {
	h, err := t.Next()
	if err != nil || h.Name != manifestName {
		return m, &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, Err: err, What: errs.T("this is no backup of Plumbline", "不是准绳的备份文件"), Next: errs.T("give a file that plumbline backup wrote", "请提供 plumbline backup 生成的文件")}
	}
	text, err := io.ReadAll(io.LimitReader(t, 64<<20))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, notWhole(file, errs.Tf("its manifest can't be read: %v", "清单无法读取：%v", err))
	}
	if m.Format != manifestFormat {
		return m, &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, What: errs.Tf("a backup of form %d; this program reads form %d", "备份格式为 %d；本程序只能读取格式 %d", m.Format, manifestFormat),
			Next: errs.Tf("use the program that wrote it (%s), or a newer one", "请使用写入时的程序（%s）或更新版本", m.Program)}
	}
	return m, nil
}

func readEntry(t *tar.Reader, file string, e FileEntry, put func(name string, r io.Reader) error) error {
	h, err := t.Next()
	if err != nil || h.Name != e.Name || h.Size != e.Size || h.Typeflag != tar.TypeReg || !safe(e.Name) {
		return notWhole(file, errs.Tf("%s should come next in it, and doesn't", "下一项应为 %s，实际不是", e.Name))
	}
	sum := sha256.New()
	if err := put(e.Name, io.TeeReader(t, sum)); err != nil {
		if e := (*errs.Error)(nil); errors.As(err, &e) {
			return err
		}
		return notWhole(file, errs.Tf("%s can't be read: %v", "%s 无法读取：%v", e.Name, err))
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != e.SHA256 {
		return notWhole(file, errs.Tf("%s isn't what was put in: its SHA-256 is %s and should be %s", "%s 与写入时不同：SHA-256 为 %s，应为 %s", e.Name, got, e.SHA256))
	}
	return nil
}

// notWhole is the error of a backup that can't be relied on.
func notWhole(file string, what errs.Text) error {
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, What: errs.T("the backup is damaged: "+what.En, "备份已损坏："+what.Zh),
		Next: errs.T("use another backup", "请使用其他备份")}
}

//go:build unix

package datadir

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"plumbline/internal/errs"
)

// hold locks a file of a directory for this process. The system lets the lock go
// when the process ends, however it ends; the file stays, and its number is for
// whoever is refused, who is told what another process does.
func hold(dir, file string, does errs.Text) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: dir}, Err: err, What: errs.T("there is no such directory", "没有这个目录"),
			Next: errs.T("check the path, or make one: plumbline setup", "请检查路径，或用 plumbline setup 建立")}
	}
	if err != nil {
		return nil, unwritable(dir, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		who, _ := io.ReadAll(io.LimitReader(f, 32)) // without the number it is refused all the same
		f.Close()
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: dir},
			What: errs.Tf("%[1]s: process %[3]s", "%[2]s：进程 %[3]s", does.En, does.Zh, strings.TrimSpace(string(who))),
			Next: errs.T("wait for it to end or stop it, or give another directory", "请等待其结束或先停止，或换一个目录")}
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return nil, errors.Join(unwritable(dir, err), f.Close())
	}
	return f, nil
}

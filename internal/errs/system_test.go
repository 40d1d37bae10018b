package errs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What a system says of a file is said in Chinese too, without naming the file
// again; what isn't known is quoted as such.
func TestSystem(t *testing.T) {
	_, missing := os.Open(filepath.Join(t.TempDir(), "none"))
	for _, c := range []struct {
		err  error
		want Text
	}{
		{missing, T("no such file or directory", "文件不存在")},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, T("permission denied", "没有权限")},
		{fmt.Errorf("reading: %w", syscall.EIO), T("reading: input/output error", "磁盘或网络读写出错")},
		{errors.New("strange"), T("strange", "系统报错（原文：strange）")},
	} {
		if got := System(c.err); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.err, got, c.want)
		}
	}
}

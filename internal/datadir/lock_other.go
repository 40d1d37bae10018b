//go:build !unix

package datadir

import (
	"os"
	"runtime"

	"plumbline/internal/errs"
)

// hold refuses: here the program knows no lock that ends with its holder.
func hold(dir, _ string, _ errs.Text) (*os.File, error) {
	return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: dir}, What: errs.Tf("a data directory can't be locked on %s", "无法在 %s 系统上锁定数据目录", runtime.GOOS),
		Next: errs.T("run this on Linux, macOS or BSD", "请在 Linux、macOS 或 BSD 上运行")}
}

//go:build !unix

package datadir

import (
	"os"
	"runtime"

	"plumbline/internal/errs"
)

// hold refuses: here the program knows no lock that ends with its holder.
func hold(dir string) (*os.File, error) {
	return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: dir}, What: errs.Tf("the service doesn't run on %s", "服务不支持 %s 系统", runtime.GOOS),
		Next: errs.T("run it on Linux, macOS or BSD", "请在 Linux、macOS 或 BSD 上运行")}
}

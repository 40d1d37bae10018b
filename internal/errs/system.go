package errs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// System is what an error of the operating system means, in both languages. The
// system speaks English, or whatever it was set to; what it said stands behind
// the Chinese sentence where that alone might not be enough to find help.
func System(err error) Text {
	said := err
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		said = p.Err // the place names the file already
	}
	for _, known := range []struct {
		err error
		zh  string
	}{
		{fs.ErrNotExist, "文件不存在"},
		{fs.ErrExist, "文件已存在"},
		{fs.ErrPermission, "没有权限"},
		{syscall.EISDIR, "这是文件夹，不是文件"},
		{syscall.ENOTDIR, "路径中有一段不是文件夹"},
		{syscall.ENOSPC, "磁盘空间已满"},
		{syscall.EROFS, "所在磁盘只读"},
		{syscall.ENAMETOOLONG, "文件名过长"},
		{syscall.ELOOP, "符号链接循环"},
		{syscall.EMFILE, "打开的文件过多"},
		{syscall.EIO, "磁盘或网络读写出错"},
		{syscall.ESTALE, "网络文件夹的连接已失效"},
		{os.ErrDeadlineExceeded, "等待超时"},
		{io.ErrUnexpectedEOF, "文件不完整，提前结束"},
		{io.EOF, "文件不完整，提前结束"},
		{io.ErrShortWrite, "没有写完"},
	} {
		if errors.Is(err, known.err) {
			return T(said.Error(), known.zh)
		}
	}
	return Tf("%v", "系统报错（原文：%v）", said)
}

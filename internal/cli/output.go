package cli

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"plumbline/internal/errs"
)

// write gives what makes a document standard output, or a file where a name is
// given. A file appears only once it is whole.
func (c *call) write(file string, make func(io.Writer) error) error {
	if file == "" {
		out := bufio.NewWriterSize(c.doc, 1<<16)
		if err := make(out); err != nil {
			return unwritten(c.say("standard output", "标准输出"), err)
		}
		return out.Flush()
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return unwritten(file, err)
	}
	defer os.Remove(f.Name()) // gone already where all went well
	out := bufio.NewWriterSize(f, 1<<16)
	err = make(out)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return unwritten(file, err)
	}
	return nil
}

// unwritten is the error of a file that can't be written.
func unwritten(file string, err error) error {
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		return err
	}
	why := err
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		why = p.Err
	}
	return &errs.Error{Code: errs.Internal, Place: errs.Place{File: file}, Err: err, What: errs.Tf("can't be written: %v", "无法写入：%v", why),
		Next: errs.T("check that the folder is there, that you may write to it and that the disk has room", "请检查文件夹是否存在、是否可写、磁盘是否有空间")}
}

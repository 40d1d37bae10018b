package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"plumbline/internal/errs"
)

// write gives what makes a document standard output, or a file where a name is
// given. A file appears only once it is whole, with the rights that the user's
// files get; what a link points at is written, not the link.
func (c *call) write(file string, make func(io.Writer) error) error {
	if file == "" {
		if err := filled(c.doc, make); err != nil {
			return unwritten(c.say("standard output", "标准输出"), err)
		}
		return nil
	}
	name := file
	if target, err := filepath.EvalSymlinks(file); err == nil {
		name = target
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return device(file, make)
	}
	part := filepath.Join(filepath.Dir(name), fmt.Sprintf(".%s.%d", filepath.Base(name), os.Getpid()))
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return unwritten(file, err)
	}
	defer os.Remove(part) // gone already where all went well
	err = filled(f, make)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(part, name)
	}
	if err != nil {
		return unwritten(file, err)
	}
	return nil
}

// device writes into a pipe or device, which must stay what it is: a file put in
// its place would take /dev/null from the whole machine.
func device(file string, make func(io.Writer) error) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return unwritten(file, err)
	}
	err = filled(f, make)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return unwritten(file, err)
	}
	return nil
}

// filled writes a document through a buffer.
func filled(to io.Writer, make func(io.Writer) error) error {
	out := bufio.NewWriterSize(to, 1<<16)
	if err := make(out); err != nil {
		return err
	}
	return out.Flush()
}

// spare refuses to write over a log that is read: it is the evidence.
func spare(to string, logs []string) error {
	out, err := os.Stat(to)
	if err != nil {
		return nil // it isn't there yet
	}
	for _, log := range logs {
		if in, err := os.Stat(log); err == nil && os.SameFile(in, out) && out.Mode().IsRegular() {
			return &errs.Error{Code: errs.Usage, Place: errs.Place{File: to}, What: errs.T("this is the log that is read; it would be written over", "这是要读取的日志，不能覆盖"),
				Next: errs.T("name another file", "请写另一个文件名")}
		}
	}
	return nil
}

// unwritten is the error of a file that can't be written.
func unwritten(file string, err error) error {
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		return err
	}
	why := errs.System(err)
	return &errs.Error{Code: errs.Internal, Place: errs.Place{File: file}, Err: err, What: errs.T("can't be written: "+why.En, "无法写入："+why.Zh),
		Next: errs.T("check that the folder is there, that you may write to it and that the disk has room", "请检查文件夹是否存在、是否可写、磁盘是否有空间")}
}

package errs

// Unreadable is the error of a file that can't be read, with what the system says
// of it.
func Unreadable(file string, err error) error {
	why := System(err)
	return &Error{Code: Input, Place: Place{File: file}, Err: err, What: T("can't be read: "+why.En, "无法读取："+why.Zh),
		Next: T("check the path and the right to read it", "请检查路径和读取权限")}
}

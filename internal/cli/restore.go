package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"plumbline/internal/datadir"
	"plumbline/internal/errs"
)

type restoreCmd struct {
	Data     string `help:"The directory to put it into; it must be empty, or not be there yet." zh:"恢复到的目录，须为空或尚不存在。" placeholder:"DIR"`
	Identity string `help:"The file of a recipient's secret key, for an encrypted backup." zh:"接收人的私钥文件，用于已加密的备份。" placeholder:"KEYFILE"`
	File     string `arg:"" help:"The backup." zh:"备份文件。"`
}

// Run puts a backup into an empty directory, which must be named: no variable
// decides where a record comes to be.
func (x *restoreCmd) Run(c *call) error {
	if x.Data == "" {
		return &errs.Error{Code: errs.Usage, What: errs.T("no directory is given to restore into", "没有指定恢复到的目录"), Next: errs.T("write --data DIR", "请写 --data 目录")}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second one ends the program, whatever it waits for
	m, err := datadir.Restore(ctx, datadir.RestoreOptions{File: x.File, Dir: x.Data, Identity: x.Identity})
	if err != nil {
		return err
	}
	return c.whole(x.Data, m)
}

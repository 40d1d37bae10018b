package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"plumbline/internal/datadir"
	"plumbline/internal/i18n"
)

type backupCmd struct {
	place
	Recipient []string `sep:"none" help:"Who may read the backup: a public key of age (age1…). May be repeated." zh:"谁可以读取备份：age 公钥（age1…）。可重复。" placeholder:"KEY"`
	Plain     bool     `help:"Encrypt nothing: whoever has the file reads all of it." zh:"不加密：得到文件的人即可读取全部内容。"`
	File      string   `arg:"" help:"The file to write; it must not be there yet." zh:"要写入的文件，不得已存在。"`
}

// Run takes a data directory down into one file, while it is in use.
func (x *backupCmd) Run(c *call) error {
	config, err := x.config()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second one ends the program, whatever it waits for
	m, err := datadir.Backup(ctx, datadir.BackupOptions{Config: config, File: x.File, Recipients: x.Recipient, Plain: x.Plain, Program: versionText(), Now: time.Now()})
	if err != nil {
		return err
	}
	return c.whole(x.File, m)
}

// whole says what a backup holds that was read through.
func (c *call) whole(name string, m datadir.Manifest) error {
	w := i18n.Words{Lang: c.lang}
	_, err := fmt.Fprintln(c.Out, c.say("%s: %s events in %s segments, %s findings; read again and whole", "%s：事件 %s 条（数据段 %s 个），问题 %s 项；已复核，完整无误",
		name, w.Int(int(m.Events)), w.Int(int(m.Segments)), w.Int(int(m.Findings))))
	return err
}

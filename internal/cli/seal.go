package cli

import (
	"context"
	"fmt"
	"time"

	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/sqldb"
)

// sealCmd is the key and the head of a log.
type sealCmd struct {
	Key        sealKeyCmd        `cmd:"" help:"Show the public keys of the log, for auditors and witnesses." zh:"显示日志公钥，供审计人员和见证方使用。"`
	Checkpoint sealCheckpointCmd `cmd:"" help:"Show the last signed checkpoint, to be kept elsewhere: plumbline verify --older holds the log against it." zh:"显示最近签署的检查点，可另行保存：plumbline verify --older 据此核对日志。"`
	Rotate     sealRotateCmd     `cmd:"" help:"Let a new key follow the log's own, in an emergency: else two persons do it in the service. Both sign until the old one is retired. Start the service anew afterwards." zh:"紧急情况下更换日志密钥（平时须在系统中由两人办理）；旧密钥停用前两者共同签署。完成后请重启服务。"`
	Retire     sealRetireCmd     `cmd:"" help:"Let the new key alone sign, once everybody has it; in an emergency, as rotate. Start the service anew afterwards." zh:"各方都取得新公钥后停用旧密钥；同样仅限紧急情况。完成后请重启服务。"`
}

type sealKeyCmd struct{ place }

// Run shows the log's keys, oldest first.
func (x *sealKeyCmd) Run(c *call) error {
	return x.with(func(ctx context.Context, s *sqldb.Store) error {
		keys, err := s.SealKeys(ctx)
		for _, k := range keys {
			fmt.Fprintln(c.Out, k.Key)
		}
		return err
	})
}

type sealCheckpointCmd struct{ place }

// Run shows the last checkpoint; one that was cosigned, if there is one.
func (x *sealCheckpointCmd) Run(c *call) error {
	return x.with(func(ctx context.Context, s *sqldb.Store) error {
		signed, cosigned, err := s.Checkpoints(ctx)
		if err != nil {
			return err
		}
		if cosigned != nil {
			signed = cosigned
		}
		if signed == nil {
			return &errs.Error{Code: errs.Usage, What: errs.T("nothing was signed yet", "尚未签署"), Next: errs.T("start the service: it signs within a second", "请启动服务：一秒内即会签署")}
		}
		_, err = c.doc.Write(signed)
		return err
	})
}

// alone is who does at the console what else takes two persons, and why.
type alone struct {
	By     string `required:"" help:"Your account: it stands in the record that you did this without a second person." zh:"本人账户名：记录中将注明由您办理且未经第二人批准。" placeholder:"NAME"`
	Reason string `required:"" help:"Why it can't wait for a second person; sealed with it." zh:"不能等待第二人批准的理由，一并存证。" placeholder:"TEXT"`
}

type sealRotateCmd struct {
	place
	alone
}

// Run lets a new key follow.
func (x *sealRotateCmd) Run(c *call) error {
	return x.step(c, x.place, app.Rotate, func(public string) string {
		return c.say("%s\nboth keys sign from the service's next start on; give this one to witnesses and auditors, then: plumbline seal retire", "%s\n服务下次启动后两个密钥共同签署；请将此公钥告知见证方和审计人员，然后运行 plumbline seal retire", public)
	})
}

type sealRetireCmd struct {
	place
	alone
}

// Run lays the old key down.
func (x *sealRetireCmd) Run(c *call) error {
	return x.step(c, x.place, app.LayOld, func(string) string {
		return c.say("the last key alone signs from the service's next start on", "服务下次启动后仅由新密钥签署")
	})
}

func (x alone) step(c *call, at place, step string, said func(public string) string) error {
	config, err := at.config()
	if err != nil {
		return err
	}
	return at.with(func(ctx context.Context, s *sqldb.Store) error {
		public, err := app.KeyAlone(ctx, s, config, step, x.By, x.Reason, clock.InstantOf(time.Now()))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.Out, said(public))
		return err
	})
}

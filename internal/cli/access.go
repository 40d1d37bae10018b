package cli

import (
	"context"
	"fmt"
	"os"

	"plumbline/internal/access"
	"plumbline/internal/app"
	"plumbline/internal/errs"
	"plumbline/internal/sqldb"
)

// accessCmd is who may do what. Changing it takes two persons, who sign in: on the
// command line it is only read.
type accessCmd struct {
	Show  accessShowCmd  `cmd:"" help:"Show the table in force of who may do what." zh:"显示现行权限表。"`
	Check accessCheckCmd `cmd:"" help:"Check a table that an agency wants, and show what it would change. Two persons put it into force (docs/access.md)." zh:"检查拟用的权限表，并列出将改变的内容；启用须经两人（见 docs/access.md）。"`
}

type accessShowCmd struct{ place }

// Run shows the table.
func (x *accessShowCmd) Run(c *call) error {
	return x.with(func(ctx context.Context, s *sqldb.Store) error {
		p, _, err := app.Table(ctx, s)
		if err != nil {
			return err
		}
		for i, e := range p.Entries() {
			if i > 0 {
				fmt.Fprintln(c.Out)
			}
			fmt.Fprintf(c.Out, "action %s: %s | %s\n", e.Action, e.Title.En, e.Title.Zh)
			if e.People {
				fmt.Fprintln(c.Out, "  people")
			}
			for _, l := range e.Lines {
				fmt.Fprintln(c.Out, "  "+l.String())
			}
		}
		return nil
	})
}

type accessCheckCmd struct {
	place
	File string `arg:"" help:"The table, in the form that access show writes; actions that it leaves out stay as the program has them." zh:"权限表文件，格式同 access show 的输出；未写明的操作按系统默认。"`
}

// Run checks a table, and holds it against the one in force.
func (x *accessCheckCmd) Run(c *call) error {
	text, err := os.ReadFile(x.File)
	if err != nil {
		return errs.Unreadable(x.File, err)
	}
	next, err := access.Parse(x.File, string(text))
	if err != nil {
		return err
	}
	return x.with(func(ctx context.Context, s *sqldb.Store) error {
		now, _, err := app.Table(ctx, s)
		if err != nil {
			return err
		}
		none := c.say("nothing", "无")
		list := now.Differences(next)
		for _, d := range list {
			was, is := d.Was, d.Is
			if was == "" {
				was = none
			}
			if is == "" {
				is = none
			}
			fmt.Fprintf(c.Out, "%s %s: %s → %s\n", d.Action, d.Role, was, is)
		}
		if len(list) == 0 {
			fmt.Fprintln(c.Out, c.say("it says what the table in force says", "与现行权限表内容一致"))
		}
		return nil
	})
}

package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/identity"
	"plumbline/internal/org"
	"plumbline/internal/sqldb"
)

// accountCmd is who may sign in. A running service sees each change with the next
// request.
type accountCmd struct {
	Add     accountAddCmd     `cmd:"" help:"Add an account, with a first password that is changed on signing in." zh:"添加账户并设置初始密码，首次登录须修改。"`
	List    accountListCmd    `cmd:"" help:"List the accounts with their roles." zh:"列出账户及角色。"`
	Change  accountChangeCmd  `cmd:"" help:"Give an account other roles, another person or unit." zh:"变更账户的角色、人员或单位。"`
	Disable accountDisableCmd `cmd:"" help:"Let nobody sign in by an account any more, and end its sessions." zh:"停用账户并结束其登录。"`
	Reset   accountResetCmd   `cmd:"" help:"Give an account another first password, and end its sessions. A disabled one may be used again." zh:"重置密码并结束其登录；已停用的账户恢复使用。"`
}

// identified opens the record for f, with what signs people in.
func (p place) identified(f func(ctx context.Context, ids *identity.Identity, s *sqldb.Store) error) error {
	config, err := p.config()
	if err != nil {
		return err
	}
	return p.keeping(func(ctx context.Context, k *org.Keeper, s *sqldb.Store, _ *clock.Zone) error {
		known := func(_ context.Context, person, unit string) error {
			if organisation := k.Now(); organisation != nil {
				return organisation.Knows(org.PersonID(person), org.UnitID(unit))
			}
			return nil
		}
		return f(ctx, identity.New(identity.Options{Store: s, Breached: config.SignIn.Breached, Now: k.Time, Known: known}), s)
	})
}

// secret is where a password comes from: never a flag, which others on the machine
// could read.
type secret struct {
	PasswordFile string `help:"A file with the password, alone on one line. Without it: asked for at the terminal." zh:"存放密码的文件，只有一行。不写时在终端输入。" placeholder:"FILE"`
}

func (x secret) read(c *call) (string, error) {
	if x.PasswordFile != "" {
		return identity.ReadPassword(x.PasswordFile)
	}
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return "", &errs.Error{Code: errs.Usage, What: errs.T("no password is given", "没有给出密码"),
			Next: errs.T("write --password-file FILE, or run this at a terminal", "请写 --password-file 文件，或在终端中运行")}
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(c.Err, prompt)
		text, err := term.ReadPassword(in)
		fmt.Fprintln(c.Err)
		return string(text), err
	}
	first, err := ask(c.say("first password: ", "初始密码："))
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	again, err := ask(c.say("the same again: ", "再次输入："))
	if err == nil && again != first {
		err = &errs.Error{Code: errs.Usage, What: errs.T("the two differ", "两次输入不一致"), Next: errs.T("try again", "请重试")}
	}
	return first, err
}

type accountAddCmd struct {
	place
	secret
	Role     []string `required:"" help:"What the account may do, separated by commas: administrator, supervisor, head, officer, verifier, auditor, custodian, lay." zh:"账户的角色，以逗号分隔：administrator 系统管理员、supervisor 执法监督员、head 单位负责人、officer 民警、verifier 核查员、auditor 审计员、custodian 密封身份保管人、lay 特邀监督员。" placeholder:"ROLE,…"`
	Person   string   `help:"Who it is, as events name them as their actor." zh:"账户所属人员，即事件中的经办人编号。" placeholder:"ID"`
	Unit     string   `help:"The unit of an account that is of no person of the organisation." zh:"账户不对应组织人员时所属的单位。" placeholder:"UNIT"`
	External string   `help:"How the agency's own sign-in calls them; then no password is needed." zh:"单位统一认证中的标识；填写后可不设密码。" placeholder:"ID"`
	Name     string   `arg:"" help:"The name to sign in with." zh:"用户名。"`
}

// Run adds an account.
func (x *accountAddCmd) Run(c *call) error {
	roles, err := parseRoles(x.Role)
	if err != nil {
		return err
	}
	password := ""
	if x.External == "" || x.PasswordFile != "" {
		if password, err = x.read(c); err != nil {
			return err
		}
	}
	return x.identified(func(ctx context.Context, ids *identity.Identity, _ *sqldb.Store) error {
		return ids.Add(ctx, identity.Account{Name: x.Name, Person: x.Person, Unit: x.Unit, Roles: roles, External: x.External}, password)
	})
}

func parseRoles(names []string) (out []access.Role, err error) {
	for _, n := range names {
		r, err := access.ParseRole(n)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

type accountListCmd struct{ place }

// Run lists the accounts.
func (x *accountListCmd) Run(c *call) error {
	return x.identified(func(ctx context.Context, ids *identity.Identity, s *sqldb.Store) error {
		zone, err := agencyZone(ctx, s)
		if err != nil {
			return err
		}
		list, err := ids.Accounts(ctx)
		if err != nil {
			return err
		}
		head := []string{c.say("account", "账户"), c.say("roles", "角色"), c.say("person", "人员"), c.say("unit", "单位"), c.say("second factor", "动态验证码"), c.say("since", "建立时间"), c.say("state", "状态")}
		var rows [][]string
		for i := range list {
			rows = append(rows, c.accountRow(&list[i], zone))
		}
		return c.table(head, rows)
	})
}

func (c *call) accountRow(a *identity.Account, zone *clock.Zone) []string {
	var roles []string
	for _, r := range a.Roles {
		roles = append(roles, r.Title().In(c.lang))
	}
	state, second := c.say("active", "启用"), c.say("no", "无")
	switch {
	case a.Disabled:
		state = c.say("disabled", "停用")
	case a.Change:
		state = c.say("password to be changed", "待修改密码")
	}
	if a.Secret != "" {
		second = c.say("yes", "有")
	}
	return []string{a.Name, strings.Join(roles, c.say(", ", "、")), a.Person, a.Unit, second, i18n.Words{Lang: c.lang}.Time(zone, a.Created), state}
}

type accountChangeCmd struct {
	place
	Role     []string `help:"What the account may do from now on, separated by commas." zh:"账户今后的角色，以逗号分隔。" placeholder:"ROLE,…"`
	Person   *string  `help:"Who it is; '' for nobody of the organisation." zh:"账户所属人员；'' 表示不对应组织人员。" placeholder:"ID"`
	Unit     *string  `help:"The unit of an account that is of no person." zh:"账户不对应组织人员时所属的单位。" placeholder:"UNIT"`
	External *string  `help:"How the agency's own sign-in calls them." zh:"单位统一认证中的标识。" placeholder:"ID"`
	Name     string   `arg:"" help:"The account's name." zh:"用户名。"`
}

// Run changes an account.
func (x *accountChangeCmd) Run(*call) error {
	roles, err := parseRoles(x.Role)
	if err != nil {
		return err
	}
	return x.identified(func(ctx context.Context, ids *identity.Identity, _ *sqldb.Store) error {
		return ids.Change(ctx, x.Name, func(a *identity.Account) {
			if roles != nil {
				a.Roles = roles
			}
			for _, f := range []struct{ to, from *string }{{&a.Person, x.Person}, {&a.Unit, x.Unit}, {&a.External, x.External}} {
				if f.from != nil {
					*f.to = *f.from
				}
			}
		})
	})
}

type accountDisableCmd struct {
	place
	Name string `arg:"" help:"The account's name." zh:"用户名。"`
}

// Run disables an account.
func (x *accountDisableCmd) Run(*call) error {
	return x.identified(func(ctx context.Context, ids *identity.Identity, _ *sqldb.Store) error {
		return ids.Disable(ctx, x.Name)
	})
}

type accountResetCmd struct {
	place
	secret
	SecondFactor bool   `help:"Take its second factor away, too, where the phone was lost." zh:"同时清除动态验证码（手机遗失时）。"`
	Name         string `arg:"" help:"The account's name." zh:"用户名。"`
}

// Run gives an account another password.
func (x *accountResetCmd) Run(c *call) error {
	password, err := x.read(c)
	if err != nil {
		return err
	}
	return x.identified(func(ctx context.Context, ids *identity.Identity, _ *sqldb.Store) error {
		return ids.Reset(ctx, x.Name, password, x.SecondFactor)
	})
}

package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
	"plumbline/internal/pack"
	"plumbline/internal/service"
	"plumbline/internal/sqldb"
)

// place are the flags that say where a record is.
type place struct {
	Data     string `help:"The data directory. Without it: PLUMBLINE_DATA." zh:"数据目录。不写时取环境变量 PLUMBLINE_DATA。" placeholder:"DIR"`
	Postgres string `help:"The PostgreSQL database that holds the record, where it isn't SQLite in the data directory." zh:"保存记录的 PostgreSQL 数据库地址；不写时用数据目录中的 SQLite。" placeholder:"URL"`
}

// config puts the flags together with the environment and the directory's file.
func (p place) config() (datadir.Config, error) {
	return datadir.Load(datadir.Config{Data: p.Data, Postgres: p.Postgres}, os.Environ())
}

// agencyZone is the zone of a record's days.
func agencyZone(ctx context.Context, s *sqldb.Store) (*clock.Zone, error) {
	set, err := s.Settings(ctx)
	if err != nil {
		return nil, err
	}
	return clock.LoadZone(set.Zone)
}

type setupCmd struct {
	place
	Agency       string   `required:"" help:"The agency's name, as pages show it." zh:"单位名称，显示在页面上。" placeholder:"NAME"`
	Zone         string   `required:"" help:"The agency's time zone, as Asia/Shanghai." zh:"单位所在时区，如 Asia/Shanghai。" placeholder:"ZONE"`
	Admin        string   `required:"" help:"The name of the first administrator." zh:"首位管理员的名称。" placeholder:"NAME"`
	PasswordFile string   `required:"" help:"A file with the administrator's password, alone on one line, 12 characters or more." zh:"存放管理员密码的文件：只有一行，不少于 12 个字符。" placeholder:"FILE"`
	LogName      string   `help:"The name of the log that seals the record: a URL without its scheme, as log.example.org. Without it: one by chance." zh:"存证日志的名称：不带协议的网址，如 log.example.org。不写时随机生成。" placeholder:"NAME"`
	Pack         []string `required:"" sep:"none" help:"A pack by which is judged: a built-in one, a file or a folder. May be repeated." zh:"用于判断的规则包：内置规则包、文件或文件夹。可重复。" placeholder:"PACK"`
}

// Run makes a data directory. The language of the call becomes the agency's.
func (x *setupCmd) Run(c *call) error {
	for flag, value := range map[string]string{"--agency": x.Agency, "--admin": x.Admin} {
		if strings.TrimSpace(value) == "" {
			return &errs.Error{Code: errs.Usage, What: errs.Tf("%s is empty", "%s 为空", flag), Next: errs.T("give a name", "请写名称")}
		}
	}
	if _, err := clock.LoadZone(x.Zone); err != nil {
		return &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("--zone: %[2]v", "--zone：未知时区 %[1]q；请写 IANA 时区名称，如 Asia/Shanghai", x.Zone, err)}
	}
	packs, elsewhere, err := x.packs()
	if err != nil {
		return err
	}
	password, err := identity.ReadPassword(x.PasswordFile)
	if err != nil {
		return err
	}
	config, err := x.config()
	if err != nil {
		return err
	}
	config.LogName = x.LogName
	err = datadir.Setup(context.Background(), datadir.SetupOptions{Config: config, Admin: x.Admin, Password: password, Now: clock.Instant(time.Now().UnixMicro()),
		Settings: service.Settings{Agency: x.Agency, Zone: x.Zone, Lang: string(c.lang), Packs: packs}})
	if err != nil {
		return err
	}
	for _, p := range elsewhere {
		fmt.Fprintln(c.Err, c.say("note: the pack %s counts days as they are in %s, and the agency's are those of %s: its days end at another hour; if that isn't meant, copy its folder, write zone: %[3]s there and give the copy",
			"注意：规则包 %s 按 %s 的日期计日，而本机关按 %s：其期限届满的钟点不同；如非本意，请复制该文件夹，写入 zone: %[3]s，再使用副本", p.Name, p.Log.Zone.Name(), x.Zone))
	}
	_, err = fmt.Fprintln(c.Out, c.say("%[1]s is set up\nnext: plumbline source add --data %[1]s NAME, then plumbline serve --data %[1]s", "%[1]s 已完成设置\n下一步：plumbline source add --data %[1]s 名称，然后 plumbline serve --data %[1]s", config.Data))
	return err
}

// packs are the packs by names that mean the same wherever the service is
// started; they must load. Those are given, too, of which the days aren't the agency's.
func (x *setupCmd) packs() (names []string, elsewhere []*pack.Pack, err error) {
	names = slices.Clone(x.Pack)
	for i, n := range names {
		if slices.Contains(pack.BuiltIn(), n) {
			continue
		}
		if _, err := os.Stat(n); err != nil {
			continue // Packs says what there is
		}
		path, err := filepath.Abs(n)
		if err != nil {
			return nil, nil, fmt.Errorf("working folder: %w", err)
		}
		names[i] = path
	}
	list, err := app.Packs(names)
	elsewhere = slices.DeleteFunc(list, func(p *pack.Pack) bool { return p.Log.Zone.Name() == x.Zone })
	return names, elsewhere, err
}

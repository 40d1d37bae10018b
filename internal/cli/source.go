package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/service"
	"plumbline/internal/sqldb"
)

// sourceCmd is who may send events. A running service sees each change with the
// next events that come in.
type sourceCmd struct {
	Add     sourceAddCmd     `cmd:"" help:"Add a source, and print its token: it is shown this once." zh:"添加来源并输出令牌（仅显示一次）。"`
	List    sourceListCmd    `cmd:"" help:"List the sources and what they have done." zh:"列出来源及其情况。"`
	Disable sourceDisableCmd `cmd:"" help:"Let a source's token open nothing any more." zh:"停用来源，其令牌失效。"`
	Rotate  sourceRotateCmd  `cmd:"" help:"Give a source another token, and print it; the old one opens nothing any more. A disabled source may send again." zh:"更换来源的令牌并输出，旧令牌失效。已停用的来源恢复使用。"`
}

// with opens the record for f.
func (p place) with(f func(ctx context.Context, s *sqldb.Store) error) error {
	config, err := p.config()
	if err != nil {
		return err
	}
	ctx := context.Background()
	s, err := datadir.Open(ctx, config)
	if err != nil {
		return err
	}
	return errors.Join(f(ctx, s), s.Close())
}

type sourceAddCmd struct {
	place
	Role     string   `help:"What the token may do: source sends events, reader reads, admin also mends and tries packs." zh:"令牌的权限：source 报送事件，reader 只读，admin 还可处理隔离事件和试行规则包。" enum:"source,reader,admin" default:"source" placeholder:"ROLE"`
	Unit     string   `help:"The unit of events that name none." zh:"未写明单位的事件所属的单位。" placeholder:"UNIT"`
	Types    []string `help:"Event types that it may send, separated by commas. Without it: any." zh:"可报送的事件类型，以逗号分隔。不写时不限。" placeholder:"TYPE,…"`
	Lateness string   `help:"How late its events may come, as 48h or 2d; absence is judged that much later." zh:"事件最多迟到多久，如 48h 或 2d；缺失的判断相应推迟。" default:"0s" placeholder:"DURATION"`
	Skew     string   `help:"How far ahead of their receipt events may be dated." zh:"事件时间最多可比接收时间早多少（时钟误差）。" default:"5m" placeholder:"DURATION"`
	Habit    string   `help:"How long without contact before its silence is a finding, as 6h or 1d; 0s: never." zh:"多久没有联系就视为中断并记为问题，如 6h 或 1d；0s 表示从不。" default:"0s" placeholder:"DURATION"`
	Name     string   `arg:"" help:"The source's name." zh:"来源名称。"`
}

// Run adds a source and prints its token alone.
func (x *sourceAddCmd) Run(c *call) error {
	src := service.Source{Name: x.Name, Role: service.Role(x.Role), Unit: x.Unit, Types: x.Types, Created: clock.Instant(time.Now().UnixMicro())}
	if err := app.SourceName(x.Name); err != nil {
		return err
	}
	for _, d := range []struct {
		flag, text string
		to         *int64
	}{{"--lateness", x.Lateness, &src.Lateness}, {"--skew", x.Skew, &src.Skew}, {"--habit", x.Habit, &src.Habit}} {
		var err error
		if *d.to, err = length(d.flag, d.text); err != nil {
			return err
		}
	}
	token, kept := datadir.NewToken()
	src.Token = kept
	return x.with(func(ctx context.Context, s *sqldb.Store) error {
		if err := c.unknownTypes(ctx, s, x.Types); err != nil {
			return err
		}
		if _, err := s.AddSource(ctx, src); err != nil {
			return err
		}
		_, err := fmt.Fprintln(c.Out, token)
		return err
	})
}

// length reads a length of time in microseconds; a day is 24 hours.
func length(flag, text string) (int64, error) {
	d, err := clock.ParseDuration(text)
	if err == nil && d.Unit == clock.UnitDay {
		d = clock.Duration{N: d.N * 24, Unit: clock.UnitHour}
	}
	if err != nil || !d.Elapsed() {
		return 0, &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("%s %q is not a length of time", "%s %q 不是时间长度", flag, text),
			Next: errs.T("write whole seconds, minutes, hours or days: 90s, 30m, 48h, 2d", "请写整数的秒、分、小时或天：90s、30m、48h、2d")}
	}
	return d.Micros(), nil
}

// unknownTypes warns of types that no rule of the packs names: they were
// probably meant otherwise.
func (c *call) unknownTypes(ctx context.Context, s *sqldb.Store, types []string) error {
	set, err := s.Settings(ctx)
	if err != nil || len(types) == 0 {
		return err
	}
	packs, err := app.Packs(set.Packs)
	if err != nil { // no reason to add no source
		c.warn(errs.In(err, c.lang))
		return nil
	}
	var known []string
	for _, p := range packs {
		for _, r := range p.Rules {
			for _, use := range r.Types() {
				known = append(known, use.Name)
			}
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, t := range types {
		if !slices.Contains(known, t) {
			e := errs.Error{What: errs.Tf("no rule names the event type %q", "没有规则用到事件类型 %q", t), Next: errs.DidYouMean(t, known)}
			c.warn(e.In(c.lang))
		}
	}
	return nil
}

type sourceListCmd struct{ place }

// Run lists the sources.
func (x *sourceListCmd) Run(c *call) error {
	return x.with(func(ctx context.Context, s *sqldb.Store) error {
		zone, err := agencyZone(ctx, s)
		if err != nil {
			return err
		}
		sources, err := s.Sources(ctx)
		if err != nil {
			return err
		}
		states, err := s.SourceStates(ctx)
		if err != nil {
			return err
		}
		if len(sources) == 0 {
			_, err := fmt.Fprintln(c.Out, c.say("no sources yet; plumbline source add adds one", "尚无来源；用 plumbline source add 添加"))
			return err
		}
		head := []string{c.say("source", "来源"), c.say("role", "权限"), c.say("unit", "单位"), c.say("events", "事件"), c.say("last contact", "最近联系"), c.say("lateness", "允许迟到"), c.say("state", "状态"), c.say("types", "事件类型")}
		var rows [][]string
		for i := range sources {
			rows = append(rows, c.sourceRow(&sources[i], states, zone))
		}
		return c.table(head, rows)
	})
}

func (c *call) sourceRow(src *service.Source, states []service.SourceState, zone *clock.Zone) []string {
	w := i18n.Words{Lang: c.lang}
	state, contact, taken := c.say("active", "启用"), c.say("never", "从未"), int64(0)
	if i := slices.IndexFunc(states, func(t service.SourceState) bool { return t.Source == src.ID }); i >= 0 {
		if taken = states[i].Taken; states[i].Contact != 0 {
			contact = w.Time(zone, states[i].Contact)
		}
		if states[i].Silent {
			state = c.say("silent", "中断")
		}
	}
	if src.Disabled {
		state = c.say("disabled", "停用")
	}
	types := strings.Join(src.Types, ", ")
	if types == "" {
		types = c.say("any", "不限")
	}
	role := map[service.Role]string{service.RoleSource: c.say("sends", "报送"), service.RoleReader: c.say("reads", "只读"), service.RoleAdmin: c.say("administers", "管理"), service.RoleHand: c.say("entered on pages", "页面补录")}[src.Role]
	return []string{src.Name, role, src.Unit, w.Int(int(taken)), contact, w.Span(src.Lateness), state, types}
}

type sourceDisableCmd struct {
	place
	Name string `arg:"" help:"The source's name." zh:"来源名称。"`
}

// Run disables a source.
func (x *sourceDisableCmd) Run(c *call) error {
	return x.with(func(ctx context.Context, s *sqldb.Store) error { return s.Disable(ctx, x.Name) })
}

type sourceRotateCmd struct {
	place
	Name string `arg:"" help:"The source's name." zh:"来源名称。"`
}

// Run gives a source another token and prints it alone.
func (x *sourceRotateCmd) Run(c *call) error {
	token, kept := datadir.NewToken()
	return x.with(func(ctx context.Context, s *sqldb.Store) error {
		if err := s.SetToken(ctx, x.Name, kept); err != nil {
			return err
		}
		_, err := fmt.Fprintln(c.Out, token)
		return err
	})
}

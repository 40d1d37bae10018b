package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/org"
	"plumbline/internal/sqldb"
)

// orgCmd is the organisation of a record. A running service takes a change over
// within seconds.
type orgCmd struct {
	Import  orgImportCmd  `cmd:"" help:"Show what files would change of the organisation, and with --apply enter it." zh:"显示文件将带来的组织机构变更；加 --apply 则录入。"`
	Show    orgShowCmd    `cmd:"" help:"Show the units, and who holds which post, as of a day." zh:"显示某日的单位和任职情况。"`
	History orgHistoryCmd `cmd:"" help:"Show who entered what change when." zh:"显示历次变更的录入情况。"`
}

// keeping opens the organisation of the record for f.
func (p place) keeping(f func(ctx context.Context, k *org.Keeper, s *sqldb.Store, zone *clock.Zone) error) error {
	return p.with(func(ctx context.Context, s *sqldb.Store) error {
		zone, err := agencyZone(ctx, s)
		if err != nil {
			return err
		}
		k, err := org.Keep(ctx, s, zone, func() clock.Instant { return clock.InstantOf(time.Now()) })
		if err != nil {
			return err
		}
		return f(ctx, k, s, zone)
	})
}

type orgImportCmd struct {
	place
	From    string   `help:"The files say how things are from this day on; without it they are the whole history." zh:"文件所述自该日起生效；不写时文件为全部历史。" placeholder:"DAY"`
	Apply   bool     `help:"Enter the change, not only show it." zh:"录入变更，而不只是显示。"`
	Reason  string   `help:"Why, and on what paper it rests. Needed for days that have passed, and to take conflicts away." zh:"理由及依据。涉及已过去的日期或撤销回避申报时必填。" placeholder:"TEXT"`
	Account string   `help:"The account that answers for the change." zh:"对此变更负责的账户。" placeholder:"NAME"`
	Files   []string `arg:"" name:"file" help:"YAML, a workbook, or tables of units, posts, officers or conflicts." zh:"YAML、工作簿，或单位、岗位、人员、回避的表格。"`
}

// Run shows what would change, and enters it where it is told to.
func (x *orgImportCmd) Run(c *call) error {
	var from clock.Day
	if x.From != "" {
		day, err := clock.ParseDay(x.From)
		if err != nil {
			return &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("--from %q is not a day", "--from %q 不是日期", x.From), Next: errs.T("write it as 2026-04-01", "请写成 2026-04-01")}
		}
		from = day
	}
	draft, err := app.OrganisationDraft(x.Files...)
	if err != nil {
		return err
	}
	return x.keeping(func(ctx context.Context, k *org.Keeper, s *sqldb.Store, _ *clock.Zone) error {
		who, err := x.author(ctx, s)
		if err != nil {
			return err
		}
		p, err := k.Plan(ctx, who, draft, from, x.From != "")
		if err != nil {
			return err
		}
		if err := c.showPlan(p); err != nil || p.Differs.Empty() {
			return err
		}
		if !x.Apply {
			_, err := fmt.Fprintln(c.Out, c.say("nothing was entered; --apply enters it", "尚未录入；加 --apply 录入"))
			return err
		}
		r, err := k.Apply(ctx, who, p, x.Reason)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.Out, c.say("entered as revision %d", "已录入，为第 %d 次变更", r.Number))
		return err
	})
}

// author is who answers: an account, else whoever works at the machine.
func (x *orgImportCmd) author(ctx context.Context, s *sqldb.Store) (org.Author, error) {
	if x.Account == "" {
		return org.Author{Account: "command line"}, nil
	}
	a, err := s.Account(ctx, x.Account)
	if err != nil {
		return org.Author{}, err
	}
	if a == nil {
		return org.Author{}, &errs.Error{Code: errs.Usage, What: errs.Tf("there is no account %q", "没有账户 %q", x.Account), Next: errs.T("plumbline account list shows them", "可用 plumbline account list 查看")}
	}
	return org.Author{Account: a.Name, Person: org.PersonID(a.Person)}, nil
}

// mostShown is how many changes are listed; the figures have all.
const mostShown = 200

func (c *call) showPlan(p *org.Plan) error {
	d := p.Differs
	if d.Empty() {
		_, err := fmt.Fprintln(c.Out, c.say("nothing differs from the organisation that there is", "与现有组织机构没有差异"))
		return err
	}
	w := i18n.Words{Lang: c.lang}
	list := append(append([]org.Change{}, d.Units...), d.People...)
	var rows [][]string
	for i := range list[:min(len(list), mostShown)] {
		ch := &list[i]
		who := c.say("unit", "单位")
		if ch.Person != "" {
			who = c.say("person", "人员")
		}
		rows = append(rows, []string{who, string(ch.Unit) + string(ch.Person), changeWords[ch.Kind].In(c.lang), c.daysOf(ch.Span), c.side(p.Is, ch.Was), c.side(p.Is, ch.Is)})
	}
	if len(rows) > 0 {
		if err := c.table([]string{"", c.say("id", "编号"), c.say("change", "变更"), c.say("days", "日期"), c.say("was", "原"), c.say("is", "现")}, rows); err != nil {
			return err
		}
	}
	lines := []string{c.say("units that change: %s; people: %s", "变更单位 %s 个、人员 %s 名", w.Int(len(d.Units)), w.Int(len(d.People)))}
	if len(list) > mostShown {
		lines[0] += c.say("; the first %d are shown", "；仅列出前 %d 项", mostShown)
	}
	if d.Posts > 0 {
		lines = append(lines, c.say("%d titles of posts", "岗位名称 %d 项", d.Posts))
	}
	if d.Declared+d.Withdrawn > 0 {
		lines = append(lines, c.say("%d conflicts are declared, %d are no more", "新增回避申报 %d 项，撤销 %d 项", d.Declared, d.Withdrawn))
	}
	if p.Past {
		lines = append(lines, c.say("this changes days that have passed; findings on them: %s", "此变更涉及已过去的日期；涉及问题 %s 项", w.Int(len(p.Touched))))
	}
	if d.Withdraws() {
		lines = append(lines, c.say("this takes a declared conflict away, and needs a reason", "此变更撤销回避申报，须说明理由"))
	}
	for _, odd := range p.Is.Odd() {
		c.warn(odd.In(c.lang))
	}
	_, err := fmt.Fprintln(c.Out, strings.Join(lines, "\n"))
	return err
}

var changeWords = map[org.Kind]errs.Text{
	org.Added: errs.T("new", "新增"), org.Ended: errs.T("ends", "终止"), org.Moved: errs.T("moves", "调整隶属"), org.Renamed: errs.T("is renamed", "更名"),
	org.Territory: errs.T("other territory", "调整辖区"), org.Succeeded: errs.T("other successor", "变更承接单位"), org.Transferred: errs.T("transferred", "调动"), org.Changed: errs.T("other post or rank", "职务或警衔变更"),
}

// tenureWords say how somebody holds a post where it isn't their primary one.
var tenureWords = map[org.Tenure]errs.Text{org.Acting: errs.T("(acting)", "（代理）"), org.Second: errs.T("(second)", "（兼任）")}

// daysOf is a stretch of days in short.
func (c *call) daysOf(s org.Span) string {
	switch {
	case org.Beginning(s.From) && org.Unending(s.To):
		return c.say("always", "始终")
	case org.Unending(s.To):
		return c.say("from %s", "自 %s", s.From)
	case org.Beginning(s.From):
		return c.say("before %s", "%s 前", s.To)
	}
	return c.say("%s to %s", "%s 至 %s", s.From, s.To)
}

// side is a unit or a person in short.
func (c *call) side(o *org.Organisation, s org.State) string {
	if s.Title != (errs.Text{}) {
		text := s.Title.In(c.lang)
		if s.Parent != "" {
			text += c.say(" under %s", "（上级 %s）", s.Parent)
		}
		return text
	}
	parts := make([]string, len(s.Posts))
	for i, h := range s.Posts {
		parts[i] = strings.Join(strings.Fields(string(h.Unit)+" "+o.PostTitle(h.Post).In(c.lang)+" "+h.Rank+" "+tenureWords[h.As].In(c.lang)), " ")
	}
	return strings.Join(parts, "; ")
}

type orgShowCmd struct {
	place
	AsOf     string `help:"As of this day. Without it: today." zh:"截至该日。不写时为今天。" placeholder:"DAY"`
	Revision int64  `help:"As it was entered by this revision. Without it: the last." zh:"第几次变更录入的内容。不写时为最近一次。" placeholder:"N"`
}

// Run shows the organisation.
func (x *orgShowCmd) Run(c *call) error {
	return x.keeping(func(ctx context.Context, k *org.Keeper, _ *sqldb.Store, zone *clock.Zone) error {
		at := k.Time()
		if x.AsOf != "" {
			day, err := clock.ParseDay(x.AsOf)
			if err != nil {
				return &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("--as-of %q is not a day", "--as-of %q 不是日期", x.AsOf), Next: errs.T("write it as 2026-04-01", "请写成 2026-04-01")}
			}
			at = zone.First(day)
		}
		o, _, err := k.As(ctx, x.Revision)
		if err != nil {
			return err
		}
		if o == nil {
			_, err := fmt.Fprintln(c.Out, c.say("no organisation yet; plumbline org import enters one", "尚无组织机构；用 plumbline org import 录入"))
			return err
		}
		holders := map[org.UnitID][]org.Holding{}
		for _, h := range o.Holdings(at) {
			holders[h.Unit] = append(holders[h.Unit], h)
		}
		var rows [][]string
		for _, b := range o.Tree(at) {
			rows = append(rows, []string{strings.Repeat("  ", b.Depth) + string(b.ID), b.Title.In(c.lang), "", "", ""})
			for _, h := range holders[b.ID] {
				rows = append(rows, []string{strings.Repeat("  ", b.Depth+1) + "·", "", string(h.Person), o.PostTitle(h.Post).In(c.lang), h.Rank})
			}
		}
		return c.table([]string{c.say("unit", "单位"), c.say("name", "名称"), c.say("person", "人员"), c.say("post", "岗位"), c.say("rank", "警衔")}, rows)
	})
}

type orgHistoryCmd struct{ place }

// Run shows the revisions.
func (x *orgHistoryCmd) Run(c *call) error {
	return x.keeping(func(ctx context.Context, k *org.Keeper, _ *sqldb.Store, zone *clock.Zone) error {
		list, err := k.Revisions(ctx, mostShown)
		if err != nil {
			return err
		}
		w := i18n.Words{Lang: c.lang}
		var rows [][]string
		for _, r := range list {
			from := ""
			if r.HasFrom {
				from = c.daysOf(org.Span{From: r.From, To: org.NoEnd})
			}
			past := ""
			if r.Past {
				past = c.say("yes, %s findings", "是，涉及问题 %s 项", w.Int(int(r.Touched)))
			}
			rows = append(rows, []string{w.Int(int(r.Number)), w.Time(zone, r.At), r.Account, from, past, w.Int(int(r.Units)), w.Int(int(r.People)), r.Reason})
		}
		return c.table([]string{c.say("revision", "变更"), c.say("entered", "录入时间"), c.say("by", "录入人"), c.say("counts", "生效"), c.say("past days", "追溯"), c.say("units", "单位"), c.say("people", "人员"), c.say("reason", "理由")}, rows)
	})
}

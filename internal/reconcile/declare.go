package reconcile

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/yamlfile"
)

// Rule is a declared comparison.
type Rule struct {
	Name        string
	Title, Says errs.Text
	Severity    string // info, minor, major, critical
	Left, Right Side
	ByUnit      bool    // by day and unit; else by day alone
	Absolute    int     // by how many the two may differ
	Percent     float64 // of the larger one, by how much they may differ; the greater of the two allowances counts
	Wait        time.Duration
	From        clock.Day // days before it are not compared
}

// Side is what is counted on one side: events of a source, of some types, whose
// attributes have one of some values.
type Side struct {
	Source string
	Types  []string
	Where  map[string][]string
}

// Gap says whether two totals differ by more than they may.
func (r *Rule) Gap(left, right int) bool {
	more := max(left, right)
	allowed := max(float64(r.Absolute), float64(more)*r.Percent/100)
	return float64(more-min(left, right)) > allowed+1e-9*float64(more) // decimals are rounded
}

// after is the first instant at which a day is judged: it is over, and the wait has
// passed.
func (r *Rule) after(d clock.Day, z *clock.Zone) clock.Instant {
	return z.First(d+1) + clock.Instant(r.Wait.Microseconds())
}

// last is the last day that is judged at an instant, where what is missing is judged
// as of w.
func (r *Rule) last(now, w clock.Instant, z *clock.Zone) clock.Day {
	return z.Date(min(now-clock.Instant(r.Wait.Microseconds()), w)) - 1
}

// counts says whether a row of a log counts on a side.
func (s *Side) counts(l *event.Log, row uint32) bool {
	if l.SourceOf(row) != s.Source || len(s.Types) > 0 && !slices.Contains(s.Types, l.Types.Name(uint32(l.Type[row]))) {
		return false
	}
	for name, values := range s.Where {
		c := l.Attr(name)
		if c == nil {
			return false
		}
		v, kind := c.Get(row)
		if kind == event.Absent || !slices.Contains(values, l.Value(v, kind).Text(l.Zone)) {
			return false
		}
	}
	return true
}

var ruleName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// Parse reads declared comparisons from YAML; file is its name for errors.
//
//	reconcile:
//	- name: calls-accepted
//	  title: {en: Calls and cases accepted, zh: 报警与受案}
//	  says: {en: Every call at the switch is registered., zh: 每一起报警均须登记。}
//	  severity: major
//	  left: {source: switch, types: [Call received], where: {kind: [report]}}
//	  right: {source: desk, types: [Call registered]}
//	  by: [day, unit]
//	  tolerance: {absolute: 2, percent: 1}
//	  wait: 24h
//	  from: 2026-01-01      # days before it are not compared; without it all are
func Parse(file string, src []byte) ([]Rule, error) {
	f, root := yamlfile.Parse(file, src)
	if root == nil {
		return nil, f.Err()
	}
	fields := f.Fields(root, errs.T("a file of comparisons", "比对规则文件"), "reconcile")
	f.Needed(root, fields, "reconcile")
	var out []Rule
	for _, n := range f.Items(fields["reconcile"], errs.T("comparisons", "比对规则")) {
		r := rule(f, n)
		if r.Name != "" && slices.ContainsFunc(out, func(o Rule) bool { return o.Name == r.Name }) {
			f.Fail(n, errs.Tf("a second comparison %q", "比对规则 %q 重复", r.Name), errs.T("give each a name of its own: findings go by it", "请使用不同名称：发现的问题按名称归类"))
		}
		out = append(out, r)
	}
	return out, f.Err()
}

func rule(f *yamlfile.File, n *yamlfile.Node) Rule {
	v := f.Fields(n, errs.T("a comparison", "比对规则"), "name", "title", "says", "severity", "left", "right", "by", "tolerance", "wait", "from")
	for _, key := range []string{"name", "left", "right", "by", "wait"} {
		f.Needed(n, v, key)
	}
	r := Rule{Name: f.Word(v["name"]), Title: f.Text(v["title"]), Says: f.Text(v["says"]), Severity: "major", From: before}
	if r.Name != "" && !ruleName.MatchString(r.Name) {
		f.Fail(v["name"], errs.T("expected a name of small letters, digits and -", "名称只能含小写字母、数字和 -"), errs.Text{})
	}
	if r.Title == (errs.Text{}) {
		r.Title = errs.T(r.Name, r.Name)
	}
	if s := f.OneOf(v["severity"], "info", "minor", "major", "critical"); s != "" {
		r.Severity = s
	}
	r.Left, r.Right = side(f, v["left"]), side(f, v["right"])
	if v["by"] != nil {
		by := f.Words(v["by"])
		for _, w := range by {
			if w != "day" && w != "unit" {
				f.Fail(v["by"], errs.Tf("by: %q; expected day, or day and unit", "by：%q；应为 day，或 day 和 unit", w), errs.T("write [day] or [day, unit]", "请写 [day] 或 [day, unit]"))
			}
		}
		if !slices.Contains(by, "day") {
			f.Fail(v["by"], errs.T("totals are compared by day at least", "至少须按日比对"), errs.T("write [day] or [day, unit]", "请写 [day] 或 [day, unit]"))
		}
		r.ByUnit = slices.Contains(by, "unit")
	}
	r.tolerance(f, v["tolerance"])
	if w := v["wait"]; w != nil {
		wait, err := time.ParseDuration(f.Word(w))
		if err != nil || wait < 0 {
			f.Fail(w, errs.T("expected a time as 30m, 24h or 72h: how long after the day's end both sides must be known", "应为时长，如 30m、24h、72h：当日结束后多久双方数据应已到齐"), errs.Text{})
		}
		r.Wait = wait
	}
	if n := v["from"]; n != nil {
		day, err := clock.ParseDay(f.Word(n))
		if err != nil {
			f.Fail(n, errs.T("expected a day as 2026-01-01", "应为日期，如 2026-01-01"), errs.Text{})
		}
		r.From = day
	}
	return r
}

func side(f *yamlfile.File, n *yamlfile.Node) Side {
	if n == nil {
		return Side{}
	}
	v := f.Fields(n, errs.T("a side", "比对一方"), "source", "types", "where")
	f.Needed(n, v, "source")
	s := Side{Source: f.Word(v["source"]), Types: f.Words(v["types"]), Where: map[string][]string{}}
	if v["where"] != nil {
		keys, values := f.Entries(v["where"], errs.T("conditions", "条件"))
		for _, k := range keys {
			s.Where[k.Value] = f.Words(values[k.Value])
		}
	}
	return s
}

func (r *Rule) tolerance(f *yamlfile.File, n *yamlfile.Node) {
	if n == nil {
		return
	}
	v := f.Fields(n, errs.T("a tolerance", "容差"), "absolute", "percent")
	number := func(n *yamlfile.Node, most float64) float64 {
		if n == nil {
			return 0
		}
		x, err := strconv.ParseFloat(strings.TrimSuffix(f.Word(n), "%"), 64)
		if err != nil || x < 0 || x > most || math.IsNaN(x) {
			f.Fail(n, errs.Tf("expected a number from 0 to %v", "应为 0 到 %v 之间的数", most), errs.Text{})
			return 0
		}
		return x
	}
	r.Absolute = int(number(v["absolute"], 1_000_000_000))
	r.Percent = number(v["percent"], 100)
}

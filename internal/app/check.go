package app

import (
	"slices"
	"strings"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/pack"
	"plumbline/internal/report"
	"plumbline/internal/rule"
)

// CheckOptions say what is held against what, and what the report will need.
type CheckOptions struct {
	Source
	Rules    []string // packs: built-in names, files, folders; none: the built-in ones whose events occur
	AsOf     string   // RFC 3339, or a date; "": the last event
	Complete bool
	Lateness int64 // µs
	Workers  int
	Strict   bool // an event type that the log doesn't have is an error
	Keep     monitor.Keep
	Months   bool
	IDs      bool // events' ids are wanted, so that every attribute is read
	Version  string
	Started  time.Time // of which the elapsed time is told
}

// Checked is a check that ran.
type Checked struct {
	Doc      *report.Doc
	Packs    []*pack.Pack
	Read     *Read
	Warnings rule.Lint // of linting the packs, and of event types that don't occur
}

// Fits says whether the rules have anything to say of the log.
func (c *Checked) Fits() bool {
	return slices.ContainsFunc(c.Doc.Result.Rules, func(r *monitor.RuleResult) bool { return r.Totals.Activations > 0 })
}

// Check reads a log, judges it, and gives all that a report is made of.
func Check(o CheckOptions) (*Checked, error) {
	packs, err := Packs(o.Rules)
	if err != nil {
		return nil, err
	}
	o.Hash = true // the report names what was read
	read, packs, err := readFor(o.Source, packs, len(o.Rules) == 0, o.IDs)
	if err != nil {
		return nil, err
	}
	readAt := time.Now()
	rules := rulesOf(packs)
	c := &Checked{Packs: packs, Read: read}
	unknown := unknownTypes(read.Log, rules)
	c.Warnings = append(lints(packs), folded(unknown)...)
	if o.Strict && len(unknown) > 0 {
		return nil, asErrors(unknown)
	}
	mo := monitor.Options{Complete: o.Complete, Lateness: o.Lateness, Workers: o.Workers, Keep: o.Keep, Months: o.Months}
	if o.AsOf != "" {
		if mo.AsOf, err = asOf(o.AsOf, o.Zone, packs); err != nil {
			return nil, err
		}
		mo.HasAsOf = true
	}
	res, err := monitor.Check(read.Log, rules, mo)
	if err != nil {
		return nil, err
	}
	done := time.Now()
	c.Doc = &report.Doc{Result: res, Explain: report.Engine(res), Files: read.Files, Lints: c.Warnings, SetAside: len(read.Bad),
		Complete: o.Complete, Version: o.Version, Now: clock.InstantOf(done),
		Elapsed: report.Elapsed{Read: readAt.Sub(o.Started).Milliseconds(), Evaluate: done.Sub(readAt).Milliseconds(), Total: done.Sub(o.Started).Milliseconds()}}
	return c, nil
}

// Packs loads the packs that the arguments name, or all built-in ones; one
// named twice is taken once, two of one name are an error.
func Packs(names []string) ([]*pack.Pack, error) {
	if len(names) == 0 {
		names = pack.BuiltIn()
	}
	var out []*pack.Pack
	for _, n := range names {
		found, err := pack.Load(n)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			same := slices.IndexFunc(out, func(q *pack.Pack) bool { return q.Name == p.Name })
			switch {
			case same < 0:
				out = append(out, p)
			case out[same].File != p.File:
				return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: p.File},
					What: errs.Tf("two packs have the name %s; the other is %s", "有两个规则包都叫 %s，另一个是 %s", p.Name, out[same].File),
					Next: errs.T("give one of them another name (pack:), or check them one after the other", "请给其中一个改名（pack:），或分两次检查")}
			}
		}
	}
	var words []*rule.Vocabulary
	for _, p := range out {
		words = append(words, p.Vocabulary)
	}
	rule.Beside(words)
	return out, nil
}

func rulesOf(packs []*pack.Pack) []*rule.Rule {
	var out []*rule.Rule
	for _, p := range packs {
		out = append(out, p.Rules...)
	}
	return out
}

func lints(packs []*pack.Pack) rule.Lint {
	var out rule.Lint
	for _, p := range packs {
		out = append(out, p.Lint...)
	}
	return out
}

// unknownTypes are the event types that rules name and the log doesn't have,
// each at its first place, with the name that was probably meant.
func unknownTypes(l *event.Log, rules []*rule.Rule) rule.Lint {
	var out rule.Lint
	seen := map[string]bool{}
	types := typesOf(l)
	for _, r := range rules {
		for _, t := range r.Types() {
			if l.Types.Find(t.Name) != 0 || seen[r.Pack.Name+"\x00"+t.Name] {
				continue
			}
			seen[r.Pack.Name+"\x00"+t.Name] = true
			out = append(out, rule.Warning{Pos: t.Pos, What: errs.Tf("the log has no event type %q", "日志中没有事件类型 %q", t.Name), Next: errs.DidYouMean(t.Name, types)})
		}
	}
	return out
}

// fewTypes is up to how many missing event types of a pack are told one by one:
// one or two may be mistakes, but a log that is about something else has none
// of a hundred.
const fewTypes = 3

// folded tells of missing event types: those that may be slips of the pen each
// at its place, many others of a pack in one line.
func folded(unknown rule.Lint) rule.Lint {
	var out rule.Lint
	others := map[string]int{} // by the pack's file
	meant := func(w rule.Warning) bool { return strings.HasPrefix(w.Next.En, "did you mean") }
	for _, w := range unknown {
		if !meant(w) {
			others[w.Pos.File]++
		}
	}
	told := map[string]bool{}
	for _, w := range unknown {
		switch n := others[w.Pos.File]; {
		case meant(w) || n <= fewTypes:
			out = append(out, w)
		case !told[w.Pos.File]:
			told[w.Pos.File] = true
			out = append(out, rule.Warning{Pos: w.Pos,
				What: errs.Tf("%d event types that this pack's rules name don't occur in the log", "此规则包的规则所提及的 %d 种事件类型在日志中没有出现", n),
				Next: errs.T("`check --strict` lists them, `rules coverage` shows the rules that apply to nothing", "可用 check --strict 逐一列出，用 rules coverage 查看无从适用的规则")})
		}
	}
	return out
}

// asErrors makes errors of warnings.
func asErrors(w rule.Lint) errs.List {
	out := make(errs.List, len(w))
	for i, x := range w {
		out[i] = &errs.Error{Code: errs.Rules, Place: errs.Place{File: x.Pos.File, Line: x.Pos.Line, Column: x.Pos.Column}, What: x.What, Next: x.Next}
	}
	return out
}

func typesOf(l *event.Log) []string {
	out := make([]string, l.Types.Len())
	for i := range out {
		out[i] = l.Types.Name(uint32(i + 1))
	}
	return out
}

// asOf reads --as-of: an instant with its offset, a local time or a date in
// the packs' zone. Where the packs differ it is in the zone asked for, which
// must then be there.
func asOf(s string, zone *clock.Zone, packs []*pack.Pack) (clock.Instant, error) {
	if t, _, err := clock.ParseInstant(s, nil); err == nil {
		return t, nil
	}
	zones := zonesOf(packs)
	if len(zones) == 1 {
		zone = zones[0]
	}
	t, _, err := clock.ParseInstant(s, zones[0])
	switch {
	case err != nil:
		return 0, &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("--as-of %q is not a time or date", "--as-of %q 不是时间或日期", s),
			Next: errs.T("write 2026-03-01T09:10:00+01:00, or a date alone", "请写 2026-03-01T09:10:00+08:00，或只写日期")}
	case zone == nil:
		return 0, &errs.Error{Code: errs.Usage,
			What: errs.Tf("--as-of %q has no offset, and the packs have different zones (%s, %s)", "--as-of %q 没有时差，而各规则包的时区不同（%s、%s）", s, zones[0].Name(), zones[1].Name()),
			Next: errs.T("write it with its offset, or give --zone", "请写明时差，或给出 --zone")}
	case zone != zones[0]:
		t, _, err = clock.ParseInstant(s, zone)
	}
	return t, err
}

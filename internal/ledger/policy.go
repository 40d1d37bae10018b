package ledger

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/yamlfile"
)

//go:embed policy.yaml
var usual []byte

// severities, least first.
var severities = []string{"info", "minor", "major", "critical"}

// Policy is by when the agency wants the steps of an item done, and what it counts
// as no fault. It stands in ledger.yaml beside the record.
type Policy struct {
	assign, again, verify *clock.Clock
	answer                map[string]*clock.Clock // by severity
	NoFault               []NoFaultReason
	WarnAbove             float64 // share of no_fault
	WarnLeast             int64   // closed findings
}

// NoFaultReason is a reason why an item may be closed as no fault.
type NoFaultReason struct {
	Key   string
	Title errs.Text
}

// DefaultPolicy is what holds where the agency says nothing.
func DefaultPolicy(zone *clock.Zone) *Policy {
	p, err := ParsePolicy("policy.yaml", usual, zone, nil)
	if err != nil {
		panic("ledger: " + err.Error()) // our own file; a test reads it
	}
	return p
}

// ParsePolicy reads a policy from YAML; keys that it lacks are as usual. file is
// its name for errors, zone the agency's, more are calendars beside the built-in
// ones.
func ParsePolicy(file string, src []byte, zone *clock.Zone, more map[string]*clock.Calendar) (*Policy, error) {
	p := &Policy{answer: map[string]*clock.Clock{}}
	for i, part := range []struct {
		name string
		text []byte
	}{{"policy.yaml", usual}, {file, src}} {
		if i == 1 && file == "policy.yaml" {
			break
		}
		if err := p.read(part.name, part.text, file, src, zone, more); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// read takes over what one file says. The calendar is that of the agency's file,
// for what it leaves as usual, too.
func (p *Policy) read(name string, text []byte, file string, src []byte, zone *clock.Zone, more map[string]*clock.Calendar) error {
	f, root := yamlfile.Parse(name, text)
	if root == nil {
		return f.Err()
	}
	v := f.Fields(root, errs.T("the ledger's policy", "台账规定"), "calendar", "assign", "answer", "again", "verify", "no_fault", "warn_above", "warn_least")
	days := calendarOf(file, src, more)
	if n := v["calendar"]; n != nil && calendarNamed(n.Value, more) == nil {
		f.Fail(n, errs.Tf("there is no calendar %q", "没有日历 %q", n.Value), errs.T("built in are: weekends, cn", "内置日历有：weekends、cn"))
	}
	count := func(n *yamlfile.Node, to **clock.Clock) {
		if n == nil {
			return
		}
		d, err := clock.ParseDuration(strings.TrimSpace(n.Value))
		var c *clock.Clock
		if err == nil {
			c, err = clock.New(d, clock.Options{Calendar: days, Zone: zone, Roll: true})
		}
		if err != nil {
			f.Fail(n, errs.Tf("%q is not a length of time", "%q 不是期限", n.Value), errs.T("write 24h, 5d, 15wd or 1mo", "请写 24h、5d、15wd 或 1mo"))
			return
		}
		*to = c
	}
	count(v["assign"], &p.assign)
	count(v["again"], &p.again)
	count(v["verify"], &p.verify)
	if n := v["answer"]; n != nil {
		by := f.Fields(n, errs.T("deadlines by severity", "按严重程度的期限"), severities...)
		for _, s := range severities {
			c := p.answer[s]
			count(by[s], &c)
			p.answer[s] = c
		}
	}
	p.figures(f, v)
	return f.Err()
}

func (p *Policy) figures(f *yamlfile.File, v map[string]*yamlfile.Node) {
	if n := v["no_fault"]; n != nil {
		p.NoFault = nil
		keys, titles := f.Entries(n, errs.T("reasons of no fault", "不构成问题的理由"))
		for _, k := range keys {
			p.NoFault = append(p.NoFault, NoFaultReason{k.Value, f.Text(titles[k.Value])})
		}
	}
	if n := v["warn_above"]; n != nil {
		share, err := strconv.ParseFloat(strings.TrimSuffix(n.Value, "%"), 64)
		if err != nil || !strings.HasSuffix(n.Value, "%") || share < 0 || share > 100 {
			f.Fail(n, errs.T("expected a share from 0% to 100%", "应为 0% 至 100% 的比例"), errs.T("write 40%", "请写成 40%"))
		}
		p.WarnAbove = share / 100
	}
	if n := v["warn_least"]; n != nil {
		least, err := strconv.ParseInt(n.Value, 10, 32)
		if err != nil || least < 1 {
			f.Fail(n, errs.T("expected a number from 1 on", "应为不小于 1 的数"), errs.Text{})
		}
		p.WarnLeast = least
	}
}

// calendarOf is the calendar that a file names; faults are told where it is read.
func calendarOf(file string, src []byte, more map[string]*clock.Calendar) *clock.Calendar {
	if _, root := yamlfile.Parse(file, src); root != nil {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if root.Content[i].Value == "calendar" {
				return calendarNamed(root.Content[i+1].Value, more)
			}
		}
	}
	return nil
}

func calendarNamed(name string, more map[string]*clock.Calendar) *clock.Calendar {
	if c := more[name]; c != nil {
		return c
	}
	c, _ := clock.Builtin(name)
	return c
}

// Open is by when somebody should own a finding, and by when its owner answers.
func (p *Policy) Open(severity string, raised clock.Instant) (assignBy, due clock.Instant) {
	c := p.answer[severity]
	if c == nil {
		c = p.answer[severities[0]]
	}
	return p.assign.Due(raised).Due, c.Due(raised).Due
}

// reason finds a reason of no fault.
func (p *Policy) reason(key string) bool {
	return slices.ContainsFunc(p.NoFault, func(r NoFaultReason) bool { return r.Key == key })
}

// noFaultKeys are the reasons' keys, for faults.
func (p *Policy) noFaultKeys() []string {
	out := make([]string, len(p.NoFault))
	for i, r := range p.NoFault {
		out[i] = r.Key
	}
	return out
}

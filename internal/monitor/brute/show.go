package brute

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// String shows the whole question, in the product's formats, and the answer: each activation's
// verdict with, below it, what each reading and each world came to where they differ.
func (c Case) String() string {
	var b strings.Builder
	b.WriteString("── pack\n" + YAML(c.Pack))
	if name, text := c.Pack.CalendarFile(); name != "" {
		b.WriteString("── " + name + "\n" + text)
	}
	b.WriteString("── events\n" + JSONL(c.Events, c.Pack.Zone))
	zone := location(c.Pack.Zone)
	fmt.Fprintf(&b, "── as of %s, absence judged at %s, complete %v\n", show(c.T, zone), show(c.W, zone), c.Complete)
	for i := range c.Pack.Rules {
		c.answer(&b, &c.Pack.Rules[i], zone)
	}
	return b.String()
}

func (c *Case) answer(b *strings.Builder, r *Rule, zone *time.Location) {
	why := map[string][]string{}
	j := newJudge(c, r, zone)
	j.watch = func(t *trial, acts []*activation, got []Verdict) {
		for i, a := range acts {
			at := a.key + "\x1e" + j.events[a.at].ID
			why[at] = append(why[at], t.name()+": "+got[i].text(zone))
		}
	}
	result := j.judge()
	fmt.Fprintf(b, "── verdicts of rule %s: %+v\n", r.ID, result.Totals)
	for _, v := range result.Verdicts {
		fmt.Fprintf(b, "%s [%s]: %s\n", v.Event, strings.ReplaceAll(v.Key, "\x1f", " + "), v.text(zone))
		for _, line := range why[v.Key+"\x1e"+v.Event] {
			b.WriteString("    " + line + "\n")
		}
	}
}

// name says which evaluation this is.
func (t *trial) name() string {
	name := "unfavourably"
	if t.favourable {
		name = "favourably"
	}
	slots := slices.SortedFunc(maps.Keys(t.late), func(a, b slot) int {
		return cmp.Or(a.event-b.event, strings.Compare(fmt.Sprint(a.from), fmt.Sprint(b.from)))
	})
	for _, s := range slots {
		if name += ", last instant of " + t.events[s.event].ID; s.from {
			name += "'s from"
		}
	}
	return name
}

func (v Verdict) text(zone *time.Location) string {
	s := v.Verdict
	if v.First != "" {
		s += " by " + v.First
	}
	if v.HasDue {
		s += ", due " + show(v.Due, zone)
	}
	if v.Late > 0 {
		s += fmt.Sprintf(", late %v", time.Duration(v.Late)*time.Microsecond)
	}
	if v.LateDays > 0 {
		s += fmt.Sprintf(", late %d days", v.LateDays)
	}
	if v.AtRisk {
		s += ", at risk"
	}
	if v.Episode != "" {
		s += fmt.Sprintf(", number %v, episode of %s", v.Number, v.Episode)
	}
	return s
}

func show(t Instant, zone *time.Location) string {
	return time.UnixMicro(t).In(zone).Format("2006-01-02T15:04:05.999999Z07:00")
}

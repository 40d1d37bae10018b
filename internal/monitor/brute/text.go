package brute

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// YAML writes a pack in the rule language. Its calendar, if it has one, is a file of its own:
// [Pack.CalendarFile].
func YAML(p Pack) string {
	var b strings.Builder
	b.WriteString("pack: brute\nversion: 1.0.0\ntitle: {en: Random rules, zh: 随机规则}\njurisdiction: XX\n")
	fmt.Fprintf(&b, "log:\n  per: %s\n  zone: %s\n", p.Per, p.Zone)
	if len(p.Closes) > 0 {
		fmt.Fprintf(&b, "  closes: %s\n", list(p.Closes))
	}
	if len(p.Attributes) > 0 {
		var parts []string
		for _, name := range sorted(p.Attributes) {
			parts = append(parts, quote(name)+": "+kindName[p.Attributes[name]])
		}
		fmt.Fprintf(&b, "  attributes: {%s}\n", strings.Join(parts, ", "))
	}
	if c := p.Clock.yaml(); c != "" {
		fmt.Fprintf(&b, "clock: {%s}\n", c)
	}
	b.WriteString("rules:\n")
	for i := range p.Rules {
		p.Rules[i].yaml(&b)
	}
	return b.String()
}

var kindName = map[Kind]string{Number: "number", String: "string", Bool: "bool", Time: "time"}

func (r *Rule) yaml(b *strings.Builder) {
	fmt.Fprintf(b, "- id: %s\n  title: {en: A random rule, zh: 随机规则}\n", r.ID)
	b.WriteString("  basis: {text: \"Art. 1\", checked: 2026-11-21, status: verified}\n  severity: major\n")
	if r.EffectiveFrom != nil || r.EffectiveTo != nil {
		var parts []string
		if r.EffectiveFrom != nil {
			parts = append(parts, "from: "+r.EffectiveFrom.String())
		}
		if r.EffectiveTo != nil {
			parts = append(parts, "to: "+r.EffectiveTo.String())
		}
		fmt.Fprintf(b, "  effective: {%s}\n", strings.Join(parts, ", "))
	}
	if r.Form == "count" {
		r.Count.yaml(b, r.Per)
		return
	}
	if len(r.Per) > 0 {
		fmt.Fprintf(b, "  per: %s\n", list(r.Per))
	}
	if r.Over != "" {
		fmt.Fprintf(b, "  over: %s\n", r.Over)
	}
	fmt.Fprintf(b, "  when: %s\n  %s:\n", r.When.yaml(), map[bool]string{false: "must", true: "never"}[r.Never])
	if r.Form == "hold" {
		fmt.Fprintf(b, "    hold: %s\n", quote(r.Hold.String()))
		return
	}
	other := r.Other
	if r.WhereOutside {
		other.Where = nil
	}
	fmt.Fprintf(b, "    %s: %s\n", r.Form, other.yaml())
	if r.WhereOutside && r.Other.Where != nil {
		fmt.Fprintf(b, "    where: %s\n", quote(r.Other.Where.String()))
	}
	if !r.Within.none() {
		fmt.Fprintf(b, "    within: %s\n", r.Within)
	}
	if r.Immediately {
		b.WriteString("    immediately: true\n")
	}
	if r.Oldest {
		b.WriteString("    discharge: oldest\n")
	}
	if r.Unless != nil {
		fmt.Fprintf(b, "  unless: %s\n", r.Unless.yaml())
	}
	if c := r.Clock.yaml(); c != "" {
		fmt.Fprintf(b, "  clock: {%s}\n", c)
	}
	if !r.Warn.none() {
		fmt.Fprintf(b, "  warn: %s\n", r.Warn)
	}
}

func (c *Count) yaml(b *strings.Builder, per []string) {
	parts := []string{"of: " + c.Of.yaml()}
	if len(per) > 0 {
		parts = append(parts, "per: "+list(per))
	}
	parts = append(parts, "in: "+c.In.String(), "at_most: "+strconv.FormatFloat(c.AtMost, 'f', -1, 64))
	if c.Distinct != nil {
		parts = append(parts, "distinct: "+quote(c.Distinct.String()))
	}
	if c.Sum != nil {
		parts = append(parts, "sum: "+quote(c.Sum.String()))
	}
	fmt.Fprintf(b, "  count: {%s}\n", strings.Join(parts, ", "))
}

func (c *Clock) yaml() string {
	var parts []string
	option := func(name, value string) {
		if value != "" {
			parts = append(parts, name+": "+value)
		}
	}
	option("start", c.Start)
	option("roll", c.Roll)
	option("calendar", c.Calendar)
	option("hours", c.Hours)
	option("months", c.Months)
	if c.From != nil {
		option("from", quote(c.From.String()))
	}
	if p := c.Paused; p != nil {
		s := "from: " + p.From.yaml() + ", to: " + p.To.yaml()
		if !p.Max.none() {
			s += ", max: " + p.Max.String()
		}
		option("paused", "{"+s+"}")
	}
	var extended []string
	for _, x := range c.Extended {
		s := "{by: " + x.By.yaml()
		if x.To.none() {
			s += ", add: " + x.Add.String()
		} else {
			s += ", to: " + x.To.String()
		}
		if x.Times > 0 {
			s += ", times: " + strconv.Itoa(x.Times)
		}
		extended = append(extended, s+"}")
	}
	if len(extended) > 0 {
		option("extended", "["+strings.Join(extended, ", ")+"]")
	}
	return strings.Join(parts, ", ")
}

// String is the duration as the language writes it.
func (d Duration) String() string { return strconv.Itoa(d.N) + d.Unit }

func (p *Pattern) yaml() string {
	types := "any"
	if len(p.Types) == 1 {
		types = quote(p.Types[0])
	} else if p.Types != nil {
		types = list(p.Types)
	}
	if p.Where == nil {
		return types
	}
	return "{event: " + types + ", where: " + quote(p.Where.String()) + "}"
}

func list(values []string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = quote(v)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func sorted[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// CalendarFile writes the pack's own calendar as the file of its name; both are "" if the pack
// has none.
func (p *Pack) CalendarFile() (name, text string) {
	c := p.Calendar
	if c == nil {
		return "", ""
	}
	var weekend []string
	for _, d := range c.Weekend {
		weekend = append(weekend, strings.ToLower(d.String()))
	}
	text = fmt.Sprintf("name: %s\nsource: made up\nzone: %s\ncovers: {from: %s, to: %s}\nweekend: [%s]\noff: [%s]\nwork: [%s]\n",
		c.Name, p.Zone, c.From, c.To, strings.Join(weekend, ", "), dates(c.Off), dates(c.Work))
	return c.Name + ".yaml", text
}

func dates(days []Day) string {
	var parts []string
	for _, d := range days {
		parts = append(parts, d.String())
	}
	return strings.Join(parts, ", ")
}

// JSONL writes events one a line, times with the offset of zone, in the order given.
func JSONL(events []Event, zone string) string {
	var b strings.Builder
	for i := range events {
		b.Write(events[i].json(location(zone)))
		b.WriteByte('\n')
	}
	return b.String()
}

func (e *Event) json(zone *time.Location) []byte {
	type object struct {
		Type       string         `json:"type"`
		ID         string         `json:"id"`
		Qualifier  string         `json:"qualifier,omitempty"`
		Attributes map[string]any `json:"attributes,omitempty"`
	}
	line := struct {
		ID         string         `json:"id"`
		Type       string         `json:"type"`
		Time       any            `json:"time"`
		Seq        int64          `json:"seq"`
		Recorded   any            `json:"recorded,omitempty"`
		Actor      string         `json:"actor,omitempty"`
		Unit       string         `json:"unit,omitempty"`
		Objects    []object       `json:"objects"`
		Attributes map[string]any `json:"attributes,omitempty"`
	}{
		ID: e.ID, Type: e.Type, Time: Value{Kind: Time, At: e.Time, Day: e.Day}.plain(zone), Seq: e.Seq,
		Recorded: e.Recorded.plain(zone), Actor: e.Actor, Unit: e.Unit, Attributes: plainAll(e.Attributes, zone),
	}
	for _, o := range e.Objects {
		line.Objects = append(line.Objects, object{o.Type, o.ID, o.Qualifier, plainAll(o.Attributes, zone)})
	}
	b, err := json.Marshal(line)
	if err != nil {
		panic(fmt.Sprintf("event %s: %v", e.ID, err))
	}
	return b
}

func plainAll(m map[string]Value, zone *time.Location) map[string]any {
	all := map[string]any{}
	for name, v := range m {
		all[name] = v.plain(zone)
	}
	return all
}

// plain is the value as encoding/json takes it; Absent is null.
func (v Value) plain(zone *time.Location) any {
	switch v.Kind {
	case Number:
		return v.Num
	case String:
		return v.Str
	case Bool:
		return v.Bool
	case Time:
		if v.Day {
			return localDay(v.At, zone).String()
		}
		return time.UnixMicro(v.At).In(zone).Format("2006-01-02T15:04:05.999999Z07:00")
	}
	return nil
}

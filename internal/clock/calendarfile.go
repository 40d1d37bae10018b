package clock

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// maxCalendarBytes is far more than a century of holidays needs.
	maxCalendarBytes = 1 << 20
	// maxCoverage, in days, bounds the tables that a file makes us build.
	maxCoverage = 400 * 366
)

// ParseCalendar reads a calendar file; file is its name for errors, which give
// line and column.
//
//	name: cn                # by which rules find it
//	source: where the days come from (or a list)
//	zone: Asia/Shanghai
//	covers: {from: 2024-01-01, to: 2026-12-31}   # both included; or 2024-01-01..2026-12-31
//	weekend: [saturday, sunday]                  # the default
//	off: [2024-01-01, 2024-02-10..2024-02-17]    # lists may be nested
//	work: [2024-02-04]                           # days of the weekend that work
//
// Name, source, zone and covers are required. Refused are unknown keys, days
// outside the coverage, a day that is both off and work, and a day under work
// that isn't of the weekend.
func ParseCalendar(file string, data []byte) (*Calendar, error) {
	p := calendarFile{file: file}
	if len(data) > maxCalendarBytes {
		return nil, fmt.Errorf("%s: a calendar of %d bytes; at most %d are read", file, len(data), maxCalendarBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	err := dec.Decode(&doc)
	if err == io.EOF || err == nil && len(doc.Content) != 1 {
		return nil, fmt.Errorf("%s:1:1: the file is empty; a calendar has name, source, zone and covers", file)
	}
	if err != nil {
		return nil, fmt.Errorf("%s%s", file, yamlPosition(err))
	}
	switch err := dec.Decode(&more); {
	case err == nil:
		return nil, p.fail(&more, "a second document; a file has one calendar")
	case err != io.EOF:
		return nil, fmt.Errorf("%s%s", file, yamlPosition(err))
	}
	return p.calendar(doc.Content[0])
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// yamlPosition brings "yaml: line 3: what" into our form ":3:1: what".
func yamlPosition(err error) string {
	msg := err.Error()
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		return ":" + m[1] + ":1: " + msg[len(m[0]):]
	}
	return ": " + strings.TrimPrefix(msg, "yaml: ")
}

// calendarFile is a file on its way to a Calendar.
type calendarFile struct {
	file               string
	name, source, zone string
	covers             *yaml.Node
	from, to           Day
	weekend            [7]bool
	off, work          []datedRange
}

// datedRange is a range of days and where the file has it.
type datedRange struct {
	from, to Day
	node     *yaml.Node
}

func (p *calendarFile) fail(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %s", p.file, n.Line, n.Column, fmt.Sprintf(format, args...))
}

var calendarKeys = []string{"name", "source", "zone", "covers", "weekend", "off", "work"}

func (p *calendarFile) calendar(root *yaml.Node) (*Calendar, error) {
	nodes, err := p.mapping(root, calendarKeys)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"name", "source", "zone", "covers"} {
		if nodes[key] == nil {
			return nil, p.fail(root, "%s is missing; a calendar has name, source, zone and covers", key)
		}
	}
	steps := []func() error{
		func() error { return p.text(nodes["name"], &p.name) },
		func() error { return p.sources(nodes["source"]) },
		func() error { return p.readZone(nodes["zone"]) },
		func() error { return p.readCovers(nodes["covers"]) },
		func() error { return p.readWeekend(nodes["weekend"]) },
		func() error { return p.ranges(nodes["off"], &p.off) },
		func() error { return p.ranges(nodes["work"], &p.work) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p.build()
}

// mapping is n's values by key, each of them allowed and there once.
func (p *calendarFile) mapping(n *yaml.Node, allowed []string) (map[string]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, p.fail(n, "expected keys and values (%s)", strings.Join(allowed, ", "))
	}
	nodes := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		known := false
		for _, a := range allowed {
			known = known || a == key.Value
		}
		switch {
		case !known:
			return nil, p.fail(key, "unknown key %q; %s", key.Value, suggestion(key.Value, allowed))
		case nodes[key.Value] != nil:
			return nil, p.fail(key, "%s is there twice; keep one", key.Value)
		}
		nodes[key.Value] = value
	}
	return nodes, nil
}

// suggestion is "did you mean …?" or the list of what is allowed.
func suggestion(word string, allowed []string) string {
	if len(word) <= 40 {
		for _, a := range allowed {
			if editDistance(strings.ToLower(word), a) <= 1+len(a)/4 {
				return fmt.Sprintf("did you mean %q?", a)
			}
		}
	}
	return "expected one of " + strings.Join(allowed, ", ")
}

func (p *calendarFile) text(n *yaml.Node, to *string) error {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" {
		return p.fail(n, "expected a text")
	}
	*to = n.Value
	return nil
}

// sources reads one source or a list of them.
func (p *calendarFile) sources(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		return p.text(n, &p.source)
	}
	var all []string
	for _, item := range n.Content {
		var one string
		if err := p.text(item, &one); err != nil {
			return err
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return p.fail(n, "source is empty; say where the days come from")
	}
	p.source = strings.Join(all, "; ")
	return nil
}

func (p *calendarFile) readZone(n *yaml.Node) error {
	if err := p.text(n, &p.zone); err != nil {
		return err
	}
	if _, err := LoadZone(p.zone); err != nil {
		return p.fail(n, "%v", err)
	}
	return nil
}

func (p *calendarFile) readCovers(n *yaml.Node) error {
	p.covers = n
	if n.Kind == yaml.ScalarNode {
		r, err := p.dayRange(n)
		if err != nil {
			return err
		}
		return p.setCoverage(r.from, r.to)
	}
	nodes, err := p.mapping(n, []string{"from", "to"})
	if err != nil {
		return err
	}
	if nodes["from"] == nil || nodes["to"] == nil {
		return p.fail(n, "covers has a from and a to, both included: {from: 2024-01-01, to: 2026-12-31}")
	}
	from, err := p.dayRange(nodes["from"])
	if err != nil {
		return err
	}
	to, err := p.dayRange(nodes["to"])
	if err != nil {
		return err
	}
	if from.from != from.to || to.from != to.to {
		return p.fail(n, "from and to are one date each")
	}
	return p.setCoverage(from.from, to.to)
}

func (p *calendarFile) setCoverage(from, to Day) error {
	switch {
	case to < from:
		return p.fail(p.covers, "covers ends on %s, before it begins on %s", to, from)
	case to-from >= maxCoverage:
		return p.fail(p.covers, "covers %s to %s; at most 400 years", from, to)
	}
	p.from, p.to = from, to
	return nil
}

var weekdayNames = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

func (p *calendarFile) readWeekend(n *yaml.Node) error {
	if n == nil {
		p.weekend[0], p.weekend[6] = true, true
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		return p.fail(n, "weekend is a list of days: [saturday, sunday]")
	}
	for _, item := range n.Content {
		found := false
		for i, name := range weekdayNames {
			if item.Kind == yaml.ScalarNode && strings.ToLower(item.Value) == name {
				p.weekend[i], found = true, true
			}
		}
		if !found {
			return p.fail(item, "unknown day of the week %q; %s", item.Value, suggestion(item.Value, weekdayNames))
		}
	}
	if p.weekend == [7]bool{true, true, true, true, true, true, true} {
		return p.fail(n, "every day is of the weekend; no working day is left")
	}
	return nil
}

// ranges reads a list of dates and ranges, nested or not.
func (p *calendarFile) ranges(n *yaml.Node, to *[]datedRange) error {
	if n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		return p.fail(n, "expected a list of dates: [2024-01-01, 2024-02-10..2024-02-17]")
	}
	for _, item := range n.Content {
		if item.Kind == yaml.SequenceNode {
			if err := p.ranges(item, to); err != nil {
				return err
			}
			continue
		}
		r, err := p.dayRange(item)
		if err != nil {
			return err
		}
		*to = append(*to, r)
	}
	return nil
}

// dayRange reads "2024-01-01" or "2024-02-10..2024-02-17".
func (p *calendarFile) dayRange(n *yaml.Node) (datedRange, error) {
	if n.Kind != yaml.ScalarNode {
		return datedRange{}, p.fail(n, "expected a date or a range of dates: 2024-01-01 or 2024-02-10..2024-02-17")
	}
	first, last, isRange := strings.Cut(n.Value, "..")
	if !isRange {
		last = first
	}
	from, err := ParseDay(strings.TrimSpace(first))
	if err != nil {
		return datedRange{}, p.fail(n, "%v", err)
	}
	to, err := ParseDay(strings.TrimSpace(last))
	if err != nil {
		return datedRange{}, p.fail(n, "%v", err)
	}
	if to < from {
		return datedRange{}, p.fail(n, "the range ends on %s, before it begins on %s", to, from)
	}
	return datedRange{from, to, n}, nil
}

// build lays out the tables of the calendar.
func (p *calendarFile) build() (*Calendar, error) {
	c := &Calendar{name: p.name, source: p.source, zone: p.zone,
		bounded: true, from: p.from, to: p.to, week: newWeek(p.weekend)}
	for _, r := range append(p.off[:len(p.off):len(p.off)], p.work...) {
		if r.from < p.from || r.to > p.to {
			return nil, p.fail(r.node, "%s is outside covers, %s to %s", r.node.Value, p.from, p.to)
		}
	}
	// Where ranges begin (+1) and end (−1), so that many long ones cost nothing.
	bounds := make([]int32, p.to-p.from+2)
	for _, r := range p.off {
		bounds[r.from-p.from]++
		bounds[r.to-p.from+1]--
	}
	off := make([]bool, p.to-p.from+1)
	open := int32(0)
	for i := range off {
		open += bounds[i]
		off[i] = open > 0
	}
	work := make([]bool, len(off))
	for _, r := range p.work {
		for d := r.from; d <= r.to; d++ {
			switch {
			case off[d-p.from]:
				return nil, p.fail(r.node, "%s is under off and under work; keep one", d)
			case c.week.works(d):
				return nil, p.fail(r.node, "%s is a %s and a working day already; work lists days of the weekend that work", d, d.Weekday())
			}
			work[d-p.from] = true
		}
	}
	c.rank = make([]int32, 1, len(off)+1)
	for i := range off {
		d := p.from + Day(i)
		if work[i] || (c.week.works(d) && !off[i]) {
			c.nth = append(c.nth, d)
		}
		c.rank = append(c.rank, int32(len(c.nth)))
	}
	return c, nil
}

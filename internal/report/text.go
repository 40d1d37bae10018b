package report

import (
	"bufio"
	"io"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
	"plumbline/internal/stats"
)

// TextOptions say how text is shown. Width is in cells of the terminal and is
// held between 30 and 200; Color is for terminals that want it (not with
// NO_COLOR, not into a file).
type TextOptions struct {
	Lang  errs.Lang
	Width int
	Color bool
}

// examplesInText is how many violations the text explains.
const examplesInText = 3

// Text writes the report for a person at a terminal: the log, a table by rule
// with the worst first (a card a rule where it is narrow), examples, who is
// concerned, notes.
func Text(w io.Writer, d *Doc, o TextOptions) error {
	out := bufio.NewWriter(w)
	p := &page{w: out, d: d, o: o, i: i18n.Words{Lang: o.Lang}, width: min(200, max(30, o.Width))}
	p.rules = d.worstFirst()
	p.top()
	p.table()
	p.examples()
	p.concerned()
	p.notes()
	return out.Flush()
}

// page writes text; it never writes a line longer than its width, names
// without a place to break excepted.
type page struct {
	w     *bufio.Writer
	d     *Doc
	o     TextOptions
	i     i18n.Words
	width int
	rules []ruleFigures
}

// Styles of a terminal.
const (
	plainText = ""
	bold      = "\x1b[1m"
	faint     = "\x1b[2m"
	red       = "\x1b[31m"
	reset     = "\x1b[0m"
)

func (p *page) style(style, s string) string {
	if !p.o.Color || style == plainText || s == "" {
		return s
	}
	return style + s + reset
}

// line writes one line as it is.
func (p *page) line(s string) {
	p.w.WriteString(strings.TrimRight(s, " "))
	p.w.WriteByte('\n')
}

// text writes a text, wrapped, each line indented; the first may hang out.
func (p *page) text(indent int, style, s string) {
	for _, l := range wrap(s, p.width-indent) {
		p.line(strings.Repeat(" ", indent) + p.style(style, l))
	}
}

func (p *page) heading(s string) {
	p.line("")
	p.text(0, bold, s)
}

// join puts figures beside each other with a middle dot; what doesn't fit goes
// to the next line, never broken within a figure.
func (p *page) join(indent int, parts []string) {
	line := ""
	for _, s := range parts {
		switch {
		case line == "":
			line = s
		case indent+cells(line)+3+cells(s) > p.width:
			p.text(indent, plainText, line)
			line = s
		default:
			line += " · " + s
		}
	}
	p.text(indent, plainText, line)
}

// top says what was read and as of when it was judged.
func (p *page) top() {
	i, d, f, z := p.i, p.d, p.d.logFigures(), p.d.zone()
	p.text(0, bold, i.T("text.title", strings.Join(d.packs(p.o.Lang), i.T("list.semicolon"))))
	for _, file := range d.Files {
		p.text(0, plainText, file.Name+" · "+i.Bytes(file.Size)+" · SHA-256 "+file.SHA256[:min(12, len(file.SHA256))]+"…")
	}
	parts := []string{i.N("log.events", f.Events)}
	for _, o := range f.Objects {
		parts = append(parts, objects(i, o))
	}
	p.join(2, parts)
	if f.Any {
		p.join(2, []string{i.T("log.span", i.Time(z, f.First), i.Time(z, f.Last), z.Name())})
	}
	p.join(2, leftOut(i, d, f))
	as := i.T("log.as_of", i.Time(z, d.Result.AsOf))
	if d.Result.W != d.Result.AsOf {
		as += i.T("log.absence", i.Time(z, d.Result.W))
	}
	p.join(2, []string{as, i.T("log.elapsed", i.Millis(d.Elapsed.Read), i.Millis(d.Elapsed.Evaluate))})
}

// leftOut says what of the input doesn't count, or not as it came.
func leftOut(i i18n.Words, d *Doc, f logFigures) []string {
	return []string{i.N("log.set_aside", d.SetAside), i.N("log.repeated", f.Repeated), i.N("log.waiting", f.Waiting), i.N("log.mistyped", f.Mistyped)}
}

// objects is "150,370 cases": how many there are of a type.
func objects(i i18n.Words, o objectCount) string {
	if o.Type == "case" {
		return i.N("log.cases", o.N)
	}
	return i.N("log.objects", o.N, brief(o.Type))
}

// headline is the whole in one sentence.
func headline(i i18n.Words, list []ruleFigures) string {
	s := sum(list)
	if s.Violations+s.Warnings == 0 {
		return i.N("head.clean", s.Activations)
	}
	text := i.N("head.violations", s.Violations, i.Int(len(list)), i.Int(s.RulesBroken))
	if s.Warnings > 0 {
		text += i.N("head.warnings", s.Warnings)
	}
	return text
}

// examples explains a few violations with the slip of their deadline.
func (p *page) examples() {
	list := p.d.examples(p.rules, examplesInText)
	if len(list) == 0 {
		return
	}
	p.heading(p.i.T("text.examples"))
	for n, e := range list {
		ex := p.d.Explain(e.rr, e.i)
		if n > 0 {
			p.line("")
		}
		p.example(n+1, e, ex)
	}
}

func (p *page) example(n int, e example, ex *monitor.Explanation) {
	i, r := p.i, e.rr.Rule
	word := verdictWord(i, p.d.Result, ex)
	if !r.Basis.Verified {
		word += i.T("text.warning_only")
	}
	p.text(2, bold, i.Int(n)+". "+r.Title.In(p.o.Lang))
	if says := r.Says.In(p.o.Lang); says != "" {
		p.text(5, plainText, says)
	}
	parts := []string{severityWord(i, r.Severity), keyWords(i, ex.Key), word}
	if due := dueWords(i, p.d.Result, ex); due != "" {
		parts = append(parts, due)
	}
	p.join(5, append(parts, r.Basis.Text.In(i.Lang)))
	p.text(5, faint, i.T(e.why))
	s := saidOf(ex, p.o.Lang)
	p.text(5, plainText, s.Sentence)
	p.slip(5, slip(i, p.d, ex))
	for _, more := range []string{s.NearMiss, s.Sufficed} {
		if more != "" {
			p.text(5, plainText, more)
		}
	}
}

// said is an explanation in sentences, each of them once: what happened, what
// came nearest (where that isn't what was late), what would have sufficed.
type said struct{ Sentence, NearMiss, Sufficed string }

func saidOf(ex *monitor.Explanation, lang errs.Lang) said {
	s := said{Sentence: ex.Sentence.In(lang), Sufficed: ex.Sufficed.Text.In(lang)}
	if n := ex.NearMiss; n != nil && (ex.Other == nil || n.Event.Row != ex.Other.Row) {
		s.NearMiss = n.Text.In(lang)
	}
	for _, part := range []string{s.NearMiss, s.Sufficed} {
		if part != "" {
			s.Sentence = strings.TrimSpace(strings.Replace(s.Sentence, part, "", 1))
		}
	}
	long := longNames(ex)
	return said{long.Replace(s.Sentence), long.Replace(s.NearMiss), long.Replace(s.Sufficed)}
}

// longNames makes the names in the sentences of an explanation brief.
func longNames(ex *monitor.Explanation) *strings.Replacer {
	var names []string
	for _, k := range ex.Key {
		names = append(names, k.ID)
	}
	events := append([]monitor.Event{ex.Activation}, ex.TooLate...)
	if ex.Other != nil {
		events = append(events, *ex.Other)
	}
	if ex.NearMiss != nil {
		events = append(events, ex.NearMiss.Event)
	}
	for _, e := range events {
		names = append(names, e.Type, e.Actor, e.Unit)
	}
	var pairs []string
	for _, n := range names {
		if short := brief(n); short != n {
			pairs = append(pairs, n, short)
		}
	}
	return strings.NewReplacer(pairs...)
}

// leastWhy is the least room for the middle column of a computation; with less,
// the reason stands under what it explains.
const leastWhy = 18

// slip writes a computation in three columns: what, why, value.
func (p *page) slip(indent int, rows []slipRow) {
	label, value := 0, 0
	for _, r := range rows {
		label, value = max(label, cells(r.Label)), max(value, cells(r.Value))
	}
	why := min(60, p.width-indent-label-value-4)
	for _, r := range rows {
		if why < leastWhy {
			p.slipNarrow(indent, r)
			continue
		}
		style := p.slipStyle(indent, label+why+value+4, r)
		for k, l := range wrap(r.Why, why) {
			left, right := "", ""
			if k == 0 {
				left, right = r.Label, r.Value
			}
			p.line(strings.Repeat(" ", indent) + p.style(style, pad(left, label, false)+"  "+pad(l, why, false)+"  "+pad(right, value, true)))
		}
	}
}

// slipStyle is the style of a row; a sum gets its line drawn above it.
func (p *page) slipStyle(indent, wide int, r slipRow) string {
	switch r.Class {
	case "eq":
		p.line(strings.Repeat(" ", indent) + p.style(faint, strings.Repeat("-", wide)))
		return bold
	case "bad":
		return red
	}
	return plainText
}

// slipNarrow writes a row on two lines or more: what and value, then why.
func (p *page) slipNarrow(indent int, r slipRow) {
	room := p.width - indent
	style := p.slipStyle(indent, room, r)
	right := r.Value
	if right == noValue {
		right, r.Why = r.Why, ""
	}
	if right == "" || cells(r.Label)+2+cells(right) <= room {
		p.line(strings.Repeat(" ", indent) + p.style(style, pad(r.Label, room-cells(right), false)+pad(right, 0, true)))
	} else {
		p.text(indent, style, r.Label)
		for _, l := range wrap(right, room) {
			p.line(strings.Repeat(" ", indent) + p.style(style, pad(l, room, true)))
		}
	}
	if r.Why != "" {
		p.text(indent+2, style, r.Why)
	}
}

// concerned names actors and units whose share of a rule's violations is
// clearly above the others', by name.
func (p *page) concerned() {
	i := p.i
	p.heading(i.T("text.concerned"))
	any, compared := false, false
	for _, f := range p.rules {
		if f.rr.Totals.Violations == 0 {
			continue
		}
		for _, dim := range p.d.dimensions() {
			c, ok := p.d.concerned(f, dim.codes)
			compared = compared || ok
			if len(c.Groups) == 0 {
				continue
			}
			any = true
			p.text(2, bold, f.rr.Rule.Title.In(p.o.Lang))
			for _, g := range c.Groups {
				p.text(4, plainText, concernText(i, dim.key, g))
			}
			if c.TooFew > 0 {
				p.text(4, faint, i.N("concern.too_few_"+dim.key, c.TooFew, i.Int(stats.Enough)))
			}
		}
	}
	switch {
	case any:
		p.text(2, faint, i.T("concern.prompt"))
	case compared:
		p.text(2, plainText, i.T("concern.nobody"))
	default:
		p.text(2, plainText, i.T("concern.not_compared"))
	}
}

// dimension is what violations are compared by: the column of codes and the
// end of its keys.
type dimension struct {
	key   string // actor or unit
	codes []uint32
}

func (d *Doc) dimensions() []dimension {
	return []dimension{{"unit", d.Result.Log.Unit}, {"actor", d.Result.Log.Actor}}
}

func concernText(i i18n.Words, dim string, c concern) string {
	share := float64(c.Violations) / float64(c.Decided)
	return i.T("concern."+dim, brief(c.Name), i.Int(c.Violations), i.Int(c.Decided), i.Percent(share), i.Percent(c.Others))
}

func (p *page) notes() {
	notes := p.d.notes(p.i, p.rules)
	if len(notes) == 0 {
		return
	}
	p.heading(p.i.T("text.notes"))
	for _, n := range notes {
		for k, l := range wrap(n, p.width-4) {
			p.line(pad(map[bool]string{true: "  - ", false: ""}[k == 0], 4, false) + l)
		}
	}
}

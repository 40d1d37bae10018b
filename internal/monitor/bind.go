package monitor

import (
	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// What an event can be to a rule, as bits. An event type has a mask for each
// rule; an event whose mask is 0 never reaches the rule.
const (
	roleWhen uint8 = 1 << iota
	roleOther
	roleUnless
	rolePause  // a pause's from
	roleResume // a pause's to
	roleExtend
	roleCloses
	roleAny // every event concerns the rule (`immediately`)
)

// class is how a rule is evaluated.
type class uint8

const (
	classHold class = iota
	classResponse
	classPrecedence
	classCount
)

// bound is a rule bound to a log: patterns as masks over type codes,
// conditions as functions over rows.
type bound struct {
	r        *rule.Rule
	index    int // in the result
	class    class
	clk      *clock.Clock
	zone     *clock.Zone
	casePart int // which part of the key is the pack's `per`; −1: none

	when, other, unless, pause, resume test
	extend                             []extension
	hold                               test
	from                               func(when uint32, last bool) (clock.Instant, bool)
	win                                *window

	masks    []uint8 // by type code
	maskLog  *event.Dict
	closable bool
	days     bool // an elapsed clock (or window) on a log with days: worlds must be tried
	usesCase bool // a condition reads the case, whose attributes other events set
	machines bool // activations need machines: pauses, extensions, worlds
	history  bool // precedence that must look back over events
	joint    bool // discharge: oldest on a log with days: worlds concern the whole trace
	fromTime bool // `from` is the activating event's own time
	failures []func() []rule.Failure
	reads    []rule.Columns // of its conditions
	plain    bool           // nothing but its type says what an event is, once the rule is active
	always   bool           // whatever fits `when` by its type activates the rule
	alike    bool           // response: an event is the same to all open activations, in both readings
	once     bool           // precedence with history: one walk over it serves both readings

	direct   bool // response: what fits `when` by its type is open, until a time that follows from its own
	settling bool // alike, and what matches settles whatever is open

	// Batch: of which verdicts nothing more is wanted than their number, and how
	// many there were.
	counts [NotEvaluable + 1]bool
	tally  [NotEvaluable + 1]int
}

// counted counts a verdict of which nothing more is wanted, and says so.
func (b *bound) counted(v Verdict) bool {
	if !b.counts[v] {
		return false
	}
	b.tally[v]++
	return true
}

// test is a pattern's condition; a nil fn is always true. usesWhen says that it
// depends on the activation: on its event, or on the case as it was then.
type test struct {
	fn       rule.Test
	usesWhen bool
}

func (t test) eval(it, when uint32, obj event.ObjectID) clock.Tri {
	if t.fn == nil {
		return clock.Yes
	}
	return t.fn(it, when, obj)
}

type extension struct {
	p     rule.Pattern
	test  test
	to    clock.Duration
	add   clock.Duration
	isAdd bool
	times int
	types []bool // by type code
}

func bind(l *event.Log, r *rule.Rule, index int) *bound {
	b := &bound{r: r, index: index, clk: r.Within, zone: r.Pack.Log.Zone, casePart: -1, maskLog: l.Types, closable: r.Closable()}
	if len(r.Per) == 1 && r.Per[0] == r.Pack.Log.Per { // `case` has a value only where the key is one object
		b.casePart = 0
	}
	b.when = b.pattern(l, &r.When)
	switch r.Form {
	case rule.FollowedBy, rule.PrecededBy:
		b.other = b.pattern(l, &r.Other)
		if r.Unless != nil {
			b.unless = b.pattern(l, r.Unless)
		}
		if r.Paused != nil {
			b.pause, b.resume = b.pattern(l, &r.Paused.From), b.pattern(l, &r.Paused.To)
		}
		for i := range r.Extended {
			e := &r.Extended[i]
			x := extension{p: e.By, test: b.pattern(l, &e.By), times: e.Times}
			if e.Add != nil {
				x.add, x.isAdd = *e.Add, true
			} else {
				x.to = *e.To
			}
			b.extend = append(b.extend, x)
		}
		b.class = classResponse
		if r.Form == rule.PrecededBy {
			b.class = classPrecedence
		}
	case rule.Hold:
		b.class = classHold
		b.hold = b.condition(l, r.Hold)
	case rule.Count:
		b.class = classCount
		b.win = bindWindow(l, r, b)
	}
	if r.From != nil {
		from := r.From.Bind(l)
		b.from = from.Time
		b.failures = append(b.failures, from.Failures)
		b.fromTime = r.From.String() == "when.time"
	}
	b.plain = b.other.fn == nil && b.unless.fn == nil && b.pause.fn == nil && b.resume.fn == nil && len(b.extend) == 0
	b.always = b.when.fn == nil && !r.Effective.HasFrom && !r.Effective.HasTo && r.Over == rule.Each
	b.setDays(hasDays(l))
	b.fit()
	return b
}

// setDays chooses how activations are kept: plainly where nothing but one
// deadline moves, else as machines.
func (b *bound) setDays(days bool) {
	b.days = days && (b.clk != nil && (b.clk.Elapsed() || b.r.Paused != nil && b.r.Paused.Max != nil && b.r.Paused.Max.Elapsed()) ||
		b.win != nil && b.win.elapsed)
	b.machines = b.r.Paused != nil || len(b.extend) > 0 || b.days && b.clk != nil
	b.joint = b.days && b.r.Oldest
	b.history = b.r.Form == rule.PrecededBy &&
		(b.machines || b.r.Immediately || b.r.Over != rule.Each || b.other.usesWhen || b.unless.usesWhen)
	simple := !b.days && !b.machines && !b.r.Immediately && b.r.Over == rule.Each
	b.alike = simple && b.plain && !b.r.Oldest
	b.direct = simple && b.always && b.clk != nil && b.from == nil
	b.settling = b.alike && b.clk != nil && !b.r.Never
	b.once = simple && b.history
}

// hasDays says whether any time that a clock may start from or end at is a
// date alone.
func hasDays(l *event.Log) bool {
	if l.OnDay != nil || l.RecordedOnDay != nil {
		return true
	}
	for _, c := range l.Attrs {
		if c.Kinds(event.Day) {
			return true
		}
	}
	return false
}

func (b *bound) pattern(l *event.Log, p *rule.Pattern) test { return b.condition(l, p.Where) }

func (b *bound) condition(l *event.Log, c *rule.Cond) test {
	if c == nil {
		return test{}
	}
	bc := c.Bind(l)
	b.usesCase = b.usesCase || c.UsesCase()
	b.failures = append(b.failures, bc.Failures)
	b.reads = append(b.reads, bc.Reads)
	return test{fn: bc.Test, usesWhen: c.UsesWhen() || c.UsesCase()}
}

// fit makes the masks cover every type the log has by now.
func (b *bound) fit() {
	for code := len(b.masks); code <= b.maskLog.Len(); code++ {
		name := b.maskLog.Name(uint32(code))
		var m uint8
		if code > 0 {
			m = b.maskOfName(name)
		}
		b.masks = append(b.masks, m)
		for i := range b.extend {
			b.extend[i].types = append(b.extend[i].types, code > 0 && matches(&b.extend[i].p, name))
		}
	}
}

func (b *bound) maskOfName(name string) uint8 {
	r := b.r
	var m uint8
	set := func(p *rule.Pattern, bit uint8) {
		if p != nil && matches(p, name) {
			m |= bit
		}
	}
	set(&r.When, roleWhen)
	if r.Form == rule.FollowedBy || r.Form == rule.PrecededBy {
		set(&r.Other, roleOther)
		set(r.Unless, roleUnless)
		if r.Paused != nil {
			set(&r.Paused.From, rolePause)
			set(&r.Paused.To, roleResume)
		}
		for i := range r.Extended {
			set(&r.Extended[i].By, roleExtend)
		}
		if r.Immediately {
			m |= roleAny
		}
	}
	if b.closable && r.Form == rule.FollowedBy && (r.Within == nil || r.Never) {
		for _, c := range r.Pack.Log.Closes {
			if c == name {
				m |= roleCloses
			}
		}
	}
	return m
}

// matches says whether a pattern means an event type.
func matches(p *rule.Pattern, typ string) bool { return p.Any || contains(p.Types, typ) }

// accepts says whether a reading takes a test as true: what has no value is
// taken as true by the reading that the caller names.
func accepts(t clock.Tri, ifUnknown bool) bool {
	return t == clock.Yes || t == clock.Unknown && ifUnknown
}

// roles is what an event is to one activation under one reading.
type roles struct {
	match, unless, pause, resume bool
	extend                       uint32 // a bit for each extension
}

// favourable and unfavourable are the two readings of spec §6, as indices.
const (
	favourable   = 0
	unfavourable = 1
)

// rolesOf reads the event twice. For `must` the favourable reading takes what
// has no value as a match, an excuse, an extension and the beginning of a
// pause, and not as its end; for `never` the reverse, save for excuses.
func (b *bound) rolesOf(it, when uint32, obj event.ObjectID, mask uint8, typ uint16) (out [2]roles) {
	if b.plain {
		ro := roles{match: mask&roleOther != 0, unless: mask&roleUnless != 0, pause: mask&rolePause != 0, resume: mask&roleResume != 0}
		return [2]roles{ro, ro}
	}
	return b.rolesRead(it, when, obj, mask, typ)
}

func (b *bound) rolesRead(it, when uint32, obj event.ObjectID, mask uint8, typ uint16) (out [2]roles) {
	m, u, p, q := clock.No, clock.No, clock.No, clock.No
	if mask&roleOther != 0 {
		m = b.other.eval(it, when, obj)
	}
	if mask&roleUnless != 0 {
		u = b.unless.eval(it, when, obj)
	}
	if mask&rolePause != 0 {
		p = b.pause.eval(it, when, obj)
	}
	if mask&roleResume != 0 {
		q = b.resume.eval(it, when, obj)
	}
	for r := range out {
		fav := r == favourable
		longer := fav != b.r.Never // this reading takes what has no value in the sense that gives time
		out[r] = roles{match: accepts(m, longer), unless: accepts(u, fav), pause: accepts(p, longer), resume: accepts(q, !longer)}
	}
	if mask&roleExtend != 0 {
		for i := range b.extend {
			x := &b.extend[i]
			if !x.types[typ] {
				continue
			}
			t := x.test.eval(it, when, obj)
			for r := range out {
				if accepts(t, (r == favourable) != b.r.Never) {
					out[r].extend |= 1 << i
				}
			}
		}
	}
	return out
}

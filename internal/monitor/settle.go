package monitor

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/event"
)

// settle compares what was said with what is said now: it corrects the totals
// and reports what changed.
func (s *liveSet) settle() {
	sortJudged(s.was.list)
	sortJudged(s.is.list)
	i, j := 0, 0
	for i < len(s.was.list) || j < len(s.is.list) {
		c := 0
		switch {
		case i == len(s.was.list):
			c = 1
		case j == len(s.is.list):
			c = -1
		default:
			c = compareJudged(s.was.list[i], s.is.list[j])
		}
		var was, is *ruleJudged
		if c <= 0 {
			was = &s.was.list[i]
			i++
		}
		if c >= 0 {
			is = &s.is.list[j]
			j++
		}
		s.compare(was, is)
	}
	s.settleEpisodes()
}

func sortJudged(list []ruleJudged) {
	if len(list) > 1 && !slices.IsSortedFunc(list, compareJudged) {
		slices.SortFunc(list, compareJudged)
	}
}

func compareJudged(a, b ruleJudged) int {
	return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.row, b.row))
}

func (s *liveSet) compare(was, is *ruleJudged) {
	at := was
	if is != nil {
		at = is
	}
	rr := s.v.results[s.set.rules[at.rule]]
	b := s.x.rules[at.rule]
	if was != nil {
		s.count(b, &was.judged, -1)
	}
	if is != nil {
		s.count(b, &is.judged, 1)
	}
	if s.figures != nil && (was == nil || is == nil || was.verdict != is.verdict) {
		if was != nil {
			s.figure(b, was, -1)
		}
		if is != nil {
			s.figure(b, is, 1)
		}
	}
	if b.class == classCount {
		return // findings are by episode
	}
	if b.r.Warn != nil && b.clk != nil {
		s.nearing(rr, b, was, is)
	}
	violated := func(j *ruleJudged) bool { return j != nil && j.verdict.Violated() }
	switch {
	case violated(was) && !violated(is):
		s.report(Withdrawn, rr, b, was, is)
	case !violated(was) && violated(is):
		s.report(Raised, rr, b, was, is)
	case !violated(is):
	case was.verdict == Breached && is.verdict == MetLate:
		s.report(Cured, rr, b, was, is)
	case was.verdict != is.verdict || was.by != is.by || was.dl != is.dl || was.hasDue != is.hasDue:
		s.report(Amended, rr, b, was, is)
	}
}

func (s *liveSet) count(b *bound, j *judged, n int) {
	t := &s.totals[b.index]
	t.add(j.verdict, n)
	if s.v.l.Recorded != nil && b.enteredLate(s.v.l, j) {
		t.EnteredLate += n
	}
}

func (s *liveSet) report(kind ChangeKind, rr *RuleResult, b *bound, was, is *ruleJudged) {
	if s.v.quiet {
		return
	}
	c := Change{Kind: kind, Rule: rr.Rule}
	at := was
	if was != nil {
		c.Was = s.judgement(&was.judged)
	}
	if is != nil {
		c.Is = s.judgement(&is.judged)
		at = is
	}
	c.Key = s.keyOf(at)
	c.ID = BreachID(rr, c.Key, s.v.l.ID(at.row))
	s.changes = append(s.changes, told{c, s.step, s.set.rules[b.index], at.row, s.x.key})
}

// keyOf spells the key of a judgement that was just made.
func (s *liveSet) keyOf(j *ruleJudged) []KeyPart {
	if j.keys == nil {
		return s.keyer.spell(s.x.key)
	}
	var key []KeyPart
	for _, k := range j.keys {
		key = append(key, s.keyer.spell(k)...)
	}
	return key
}

// told is a change with its place among those of a batch.
type told struct {
	Change
	step     uint64
	rule     int
	row, key uint32
}

func (s *liveSet) judgement(j *judged) Judgement {
	return Judgement{Row: j.row, By: j.by, Key: KeyID(s.x.key), Verdict: j.verdict, HasDue: j.hasDue, Due: j.dl, Number: j.number}
}

// BreachID names a breach for good: the first 16 bytes in hex of SHA-256 over
// the JSON array [pack, rule, key, activating event's id], the same in batch,
// live and after a restart (spec §8). The key is its id, or a list of them
// where it has several parts.
func BreachID(rr *RuleResult, key []KeyPart, eventID string) string {
	var room [256]byte
	b := append(room[:0], '[')
	b = append(event.AppendCanonical(b, rr.Rule.Pack.Name), ',')
	b = append(event.AppendCanonical(b, rr.Rule.ID), ',')
	if len(key) == 1 {
		b = event.AppendCanonical(b, key[0].ID)
	} else {
		b = append(b, '[')
		for i, p := range key {
			if i > 0 {
				b = append(b, ',')
			}
			b = event.AppendCanonical(b, p.ID)
		}
		b = append(b, ']')
	}
	b = append(event.AppendCanonical(append(b, ','), eventID), ']')
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:16])
}

// settleEpisodes reports episodes that began, changed or are gone. One whose
// first activation is no longer first is withdrawn, naming the one it is part
// of now.
func (s *liveSet) settleEpisodes() {
	for _, is := range s.is.episodes {
		rr := s.v.results[s.set.rules[is.rule]]
		at := slices.IndexFunc(s.was.episodes, func(e ruleEpisode) bool { return e.rule == is.rule && e.First == is.First })
		switch {
		case at < 0:
			s.totals[is.rule].Episodes++
			s.reportEpisode(Raised, rr, is.Episode, "")
		case s.was.episodes[at].Last != is.Last || s.was.episodes[at].Count != is.Count:
			s.reportEpisode(Amended, rr, is.Episode, "")
		}
	}
	for _, was := range s.was.episodes {
		if slices.ContainsFunc(s.is.episodes, func(e ruleEpisode) bool { return e.rule == was.rule && e.First == was.First }) {
			continue
		}
		rr := s.v.results[s.set.rules[was.rule]]
		s.totals[was.rule].Episodes--
		by := ""
		for _, is := range s.is.episodes {
			if is.rule == was.rule && s.overlap(is.Episode, was.Episode) {
				by = BreachID(rr, s.keyer.spell(uint32(is.Key)), s.v.l.ID(is.First))
			}
		}
		s.reportEpisode(Withdrawn, rr, was.Episode, by)
	}
}

func (s *liveSet) overlap(a, b Episode) bool {
	l := s.v.l
	return !l.Before(a.Last, b.First) && !l.Before(b.Last, a.First)
}

func (s *liveSet) reportEpisode(kind ChangeKind, rr *RuleResult, e Episode, by string) {
	if s.v.quiet {
		return
	}
	key := s.keyer.spell(uint32(e.Key))
	c := Change{Kind: kind, Rule: rr.Rule, ID: BreachID(rr, key, s.v.l.ID(e.First)), Key: key, Episode: &e, ReplacedBy: by}
	s.changes = append(s.changes, told{c, s.step, slices.Index(s.v.results, rr), e.First, uint32(e.Key)})
}

// --- deadlines that pass ---------------------------------------------------

// timers are the traces to look at again, by the hour in which they fall due.
type timers struct {
	buckets map[int64][]timer
	hours   []int64   // sorted
	spare   [][]timer // room of buckets that are empty
}

type timer struct {
	at    clock.Instant // W
	trace uint32
}

const (
	hour         = 3600 * 1_000_000
	spareBuckets = 64
)

func (q *timers) add(at clock.Instant, trace uint32) {
	if q.buckets == nil {
		q.buckets = map[int64][]timer{}
	}
	h := int64(at) / hour
	if _, ok := q.buckets[h]; !ok {
		i, _ := slices.BinarySearch(q.hours, h)
		q.hours = slices.Insert(q.hours, i, h)
		if n := len(q.spare); n > 0 {
			q.buckets[h], q.spare = q.spare[n-1], q.spare[:n-1]
		}
	}
	q.buckets[h] = append(q.buckets[h], timer{at, trace})
}

// due takes out the traces whose time has come at w, but for those that were put
// off since, and appends them to out.
func (q *timers) due(out []uint32, w clock.Instant, stands func(timer) bool) []uint32 {
	n := 0
	for _, h := range q.hours {
		if h > int64(w)/hour {
			break
		}
		bucket := q.buckets[h]
		later := bucket[:0]
		for _, t := range bucket {
			switch {
			case t.at > w:
				later = append(later, t)
			case stands(t):
				out = append(out, t.trace)
			}
		}
		if len(later) > 0 {
			q.buckets[h] = later
			break
		}
		delete(q.buckets, h)
		if len(q.spare) < spareBuckets {
			q.spare = append(q.spare, later)
		}
		n++
	}
	q.hours = slices.Delete(q.hours, 0, n)
	return out
}

// schedule makes sure that a trace is looked at again when the first of its
// open deadlines passes. The runner has the whole trace, or of some rules all that
// can pass; then what was to come first may still do.
func (s *liveSet) schedule(t *trace, whole bool) {
	x := s.x
	next := clock.Instant(0)
	found := false
	sooner := func(at clock.Instant) {
		if at > x.w && (!found || at < next) {
			next, found = at, true
		}
	}
	for _, i := range x.touched {
		b, st := x.rules[i], &x.states[i]
		if b.joint && b.clk != nil && len(st.all) > 0 {
			sooner(x.w + 1) // its deadlines differ from world to world: look again at every tick
		}
		for a := range st.acts {
			x.nextChange(b, &st.acts[a], sooner)
		}
	}
	switch {
	case !whole && t.next != 0 && (!found || t.next < next), t.next == next:
		return
	case !found:
		t.next = 0
		return
	}
	t.next = next
	s.timers.add(next, s.number(t.key)-1)
}

// nextChange tells the instants of W at which an open activation's verdict may
// change without an event.
func (x *runner) nextChange(b *bound, a *act, sooner func(clock.Instant)) {
	if a.closed != 0 {
		sooner(x.log.Time[a.closed-1])
	}
	if b.clk == nil {
		return
	}
	coverageEnds := func() {
		if _, to, ok := b.clk.Calendar().Coverage(); ok {
			sooner(b.zone.First(to + 1))
		}
	}
	deadline := func(d clock.Deadline) {
		if d.Provisional {
			coverageEnds()
			return
		}
		if b.clk.Elapsed() {
			d.Due++
		}
		sooner(d.Due)
	}
	if a.x == nil || a.x.ms == nil {
		deadline(a.dl)
		return
	}
	for i := range a.x.ms {
		m := &a.x.ms[i]
		if m.verdict != None {
			continue
		}
		if m.open && b.r.Paused.Max == nil {
			continue
		}
		k := m.ticking
		if m.open {
			end, _, provisional := b.clk.PauseEnd(m.from, *b.r.Paused.Max)
			if provisional {
				coverageEnds()
				continue
			}
			sooner(end)
			b.expire(&k, end)
		}
		deadline(k.run.Deadline())
	}
}

// stands says whether a timer is the one that its trace waits for.
func (s *liveSet) stands(t timer) bool { return s.traces[t.trace].next == t.at }

// fall notes what waited for this W, or for T to come near its due, and how many
// traces that is: each once, since what it said before is said of the old T and W.
func (s *liveSet) fall() int {
	s.fallen = s.timers.due(s.fallen[:0], s.v.w, s.stands)
	for _, i := range s.fallen {
		s.traces[i].next = 0
	}
	s.fallen = s.near.from.due(s.fallen, s.v.now, func(timer) bool { return true })
	slices.Sort(s.fallen)
	s.fallen = slices.Compact(s.fallen)
	return len(s.fallen)
}

// again compares what those traces say as of now with what they said before T and W
// moved.
func (s *liveSet) again(was, wasNow clock.Instant) {
	x := s.x
	for n, i := range s.fallen {
		if n%broughtNear == 0 {
			s.bringFallen(s.fallen[n:min(n+broughtNear, len(s.fallen))])
		}
		t := &s.traces[i]
		x.w, x.asOf = was, wasNow
		s.load(t)
		s.was.reset()
		s.is.reset()
		s.openTouched(&s.was)
		x.w, x.asOf = s.v.w, s.v.now
		s.openTouched(&s.is)
		s.store(t)
		s.settle()
		s.schedule(t, true)
	}
}

func (s *liveSet) openTouched(d *verdicts) {
	roles := make([]role, len(s.x.touched))
	for i, r := range s.x.touched {
		roles[i] = role{rule: r}
	}
	s.open(roles, d)
}

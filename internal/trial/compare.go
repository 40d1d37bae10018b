package trial

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// Side is one version: its packs, and what the engine found with every verdict
// kept ([monitor.KeepAll]).
type Side struct {
	Packs  []*rule.Pack
	Result *monitor.Result
}

// Compare finds what differs. Both results are of the same events, row by row;
// the logs may differ in how attributes were read. At most examples are given
// of each kind of change of a rule.
func Compare(old, now Side, examples int) (*Diff, error) {
	if a, b := old.Result.Log.Rows(), now.Result.Log.Rows(); a != b {
		return nil, fmt.Errorf("comparing verdicts over %d and %d rows", a, b)
	}
	d := &Diff{Old: versions(old.Packs), New: versions(now.Packs), AsOf: now.Result.Log.Zone.Format(now.Result.AsOf), Complete: now.Result.Complete,
		Changes: generalChanges(old.Packs, now.Packs), Rules: []Rule{}}
	matched, err := match(old, now)
	if err != nil {
		return nil, err
	}
	whole, acts := newTally(), map[uint32]*judged{}
	for _, m := range matched {
		t := newTally()
		r := Rule{Pack: m.rule().Pack.Name, ID: m.rule().ID, Status: m.status, Text: m.changes, Examples: []Example{}}
		if m.status == Renamed {
			r.OldID = m.old.Rule.ID
		}
		pairs := pair(m.old, m.now)
		for i := range pairs {
			pairs[i].whose(m, now.Result.Log)
			t.count(pairs[i])
			whole.count(pairs[i])
			note(acts, &pairs[i])
		}
		r.Tally = t.tally()
		if r.Status != Same || r.changed() {
			r.Examples = exemplify(old.Result, now.Result, m, pairs, r.Concentrations, examples)
			d.Rules = append(d.Rules, r)
		}
	}
	d.Totals = whole.tally()
	d.Totals.Concentrations = byActs(acts)
	d.Same = len(d.Rules) == 0 && len(d.Changes) == 0
	return d, nil
}

func versions(packs []*rule.Pack) []Version {
	out := []Version{}
	for _, p := range packs {
		out = append(out, Version{Pack: p.Name, Version: p.Version, File: p.File, Rules: len(p.Rules)})
	}
	return out
}

// matching is a rule in both versions, or in one: then the other is nil.
type matching struct {
	old, now *monitor.RuleResult
	status   Status
	changes  []Change
}

func (m *matching) rule() *rule.Rule {
	if m.now != nil {
		return m.now.Rule
	}
	return m.old.Rule
}

// match puts the rules of the two versions beside each other: by pack and id,
// by id where each version is one pack, then by what they ask where one id is
// gone and one is new.
func match(old, now Side) ([]*matching, error) {
	sameName := len(old.Packs) != 1 || len(now.Packs) != 1
	key := func(r *rule.Rule) string {
		if sameName {
			return r.Pack.Name + "/" + r.ID
		}
		return r.ID
	}
	gone := map[string]*monitor.RuleResult{}
	for _, rr := range old.Result.Rules {
		gone[key(rr.Rule)] = rr
	}
	var out []*matching
	for _, rr := range now.Result.Rules {
		m := &matching{now: rr, status: New, changes: []Change{}}
		if was := gone[key(rr.Rule)]; was != nil {
			m.old = was
			delete(gone, key(rr.Rule))
		}
		out = append(out, m)
	}
	if err := renamed(out, gone); err != nil {
		return nil, err
	}
	for _, rr := range old.Result.Rules {
		if gone[key(rr.Rule)] != nil {
			out = append(out, &matching{old: rr, status: Removed, changes: []Change{}})
		}
	}
	for _, m := range out {
		if m.old == nil || m.now == nil {
			continue
		}
		a, err := fields(m.old.Rule)
		if err != nil {
			return nil, err
		}
		b, err := fields(m.now.Rule)
		if err != nil {
			return nil, err
		}
		m.changes = differences(a, b)
		switch {
		case m.status == Renamed:
		case len(m.changes) > 0:
			m.status = Changed
		default:
			m.status = Same
		}
	}
	return out, nil
}

// alikeEnough is the part of what two rules ask that they must share for one to
// be the other under a new id. A rule that is renamed and bent at once must not
// look like one that went and one that came.
const alikeEnough = 0.5

// renamed finds for new rules those that are gone and asked the same, or most
// of it; the most alike first.
func renamed(matched []*matching, gone map[string]*monitor.RuleResult) error {
	type couple struct {
		m     *matching
		key   string
		alike float64
	}
	var couples []couple
	for _, k := range slices.Sorted(maps.Keys(gone)) {
		was, err := fields(gone[k].Rule)
		if err != nil {
			return err
		}
		for _, m := range matched {
			if m.old != nil {
				continue
			}
			is, err := fields(m.now.Rule)
			if err != nil {
				return err
			}
			if a := alike(was, is); a >= alikeEnough {
				couples = append(couples, couple{m, k, a})
			}
		}
	}
	slices.SortStableFunc(couples, func(a, b couple) int { return cmp.Compare(b.alike, a.alike) })
	for _, c := range couples {
		if c.m.old == nil && gone[c.key] != nil {
			c.m.old, c.m.status = gone[c.key], Renamed
			delete(gone, c.key)
		}
	}
	return nil
}

// judged is one activation in both versions, or in one: then the other is nil.
type judged struct {
	old, now *monitor.Judgement
	rr       *monitor.RuleResult // of a version that has it
	row      uint32
	officer  *string
	unit     *string
}

func verdict(j *monitor.Judgement) monitor.Verdict {
	if j == nil {
		return monitor.None
	}
	return j.Verdict
}

func (p *judged) from() monitor.Verdict { return verdict(p.old) }
func (p *judged) to() monitor.Verdict   { return verdict(p.now) }
func (p *judged) vanished() bool        { return p.from().Violated() && !p.to().Violated() }
func (p *judged) appeared() bool        { return !p.from().Violated() && p.to().Violated() }

// pair puts the activations of a rule beside each other: those of one event and
// one key; where the key's kind changed, those of one event if each version has
// just one left.
func pair(old, now *monitor.RuleResult) []judged {
	type place struct{ a, b []*monitor.Judgement }
	rows := map[uint32]*place{}
	at := func(row uint32) *place {
		if rows[row] == nil {
			rows[row] = &place{}
		}
		return rows[row]
	}
	if old != nil {
		for i := range old.Judgements {
			p := at(old.Judgements[i].Row)
			p.a = append(p.a, &old.Judgements[i])
		}
	}
	if now != nil {
		for i := range now.Judgements {
			p := at(now.Judgements[i].Row)
			p.b = append(p.b, &now.Judgements[i])
		}
	}
	var out []judged
	for _, row := range slices.Sorted(maps.Keys(rows)) {
		a, b := rows[row].a, rows[row].b
		if len(a) != 1 || len(b) != 1 {
			for i, x := range a {
				for j, y := range b {
					if x != nil && y != nil && slices.Equal(old.KeyOf(x), now.KeyOf(y)) {
						out = append(out, judged{old: x, now: y, rr: now, row: row})
						a[i], b[j] = nil, nil
						break
					}
				}
			}
			a, b = left(a), left(b)
		}
		if len(a) == 1 && len(b) == 1 {
			out = append(out, judged{old: a[0], now: b[0], rr: now, row: row})
			continue
		}
		for _, x := range a {
			out = append(out, judged{old: x, rr: old, row: row})
		}
		for _, y := range b {
			out = append(out, judged{now: y, rr: now, row: row})
		}
	}
	return out
}

func left(list []*monitor.Judgement) []*monitor.Judgement {
	return slices.DeleteFunc(list, func(j *monitor.Judgement) bool { return j == nil })
}

// whose names the official and the unit of the activating event. What a member
// of the public did is nobody's in the agency, whatever stands there.
func (p *judged) whose(m *matching, l *event.Log) {
	for _, rr := range []*monitor.RuleResult{m.old, m.now} {
		if rr != nil && rr.Rule.Pack.Vocabulary != nil && rr.Rule.Pack.Vocabulary.Events[l.Types.Name(uint32(l.Type[p.row]))].Public {
			return
		}
	}
	name := func(col []uint32) *string {
		if col == nil || col[p.row] == 0 {
			return nil
		}
		s := l.Strings.Name(col[p.row])
		return &s
	}
	p.officer, p.unit = name(l.Actor), name(l.Unit)
}

// tallying counts changes by unit and official.
type tallying struct {
	all             Counts
	moves           map[[2]string]int
	units, officers map[string]*Group
}

func newTally() *tallying {
	return &tallying{moves: map[[2]string]int{}, units: map[string]*Group{}, officers: map[string]*Group{}}
}

func (t *tallying) count(p judged) {
	var c Counts
	count := func(n *int, yes bool) {
		if yes {
			*n++
		}
	}
	count(&c.ActivationsOld, p.old != nil)
	count(&c.ActivationsNew, p.now != nil)
	count(&c.ActivationsAppeared, p.old == nil)
	count(&c.ActivationsVanished, p.now == nil)
	count(&c.VerdictsChanged, p.old != nil && p.now != nil && p.from() != p.to())
	count(&c.ViolationsOld, p.from().Violated())
	count(&c.ViolationsNew, p.to().Violated())
	count(&c.ViolationsAppeared, p.appeared())
	count(&c.ViolationsVanished, p.vanished())
	t.all.add(c)
	if p.from() != p.to() {
		t.moves[[2]string{p.from().String(), p.to().String()}]++
	}
	group(t.units, p.unit).add(c)
	group(t.officers, p.officer).add(c)
}

// group is that of a name; an absent one is told from one that is empty.
func group(of map[string]*Group, name *string) *Group {
	key := ""
	if name != nil {
		key = "=" + *name
	}
	if of[key] == nil {
		of[key] = &Group{Name: name}
	}
	return of[key]
}

func (t *tallying) tally() Tally {
	list := func(of map[string]*Group) []Group {
		var out []Group
		for _, k := range slices.Sorted(maps.Keys(of)) {
			out = append(out, *of[k])
		}
		return out
	}
	units, officers := list(t.units), list(t.officers)
	out := Tally{Counts: t.all, Verdicts: []Move{}, Units: sorted(units), Officers: sorted(officers), Concentrations: []Concentration{}}
	out.Concentrations = append(append(out.Concentrations, concentrations(Officer, officers)...), concentrations(Unit, units)...)
	for m, n := range t.moves {
		out.Verdicts = append(out.Verdicts, Move{m[0], m[1], n})
	}
	slices.SortFunc(out.Verdicts, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return out
}

// note takes what one rule says of an event into what all say: in each version
// the act is a violation if any rule says so.
func note(acts map[uint32]*judged, p *judged) {
	a := acts[p.row]
	if a == nil {
		a = &judged{row: p.row, officer: p.officer, unit: p.unit}
		acts[p.row] = a
	}
	if p.officer == nil {
		a.officer, a.unit = nil, p.unit
	}
	worse := func(into **monitor.Judgement, j *monitor.Judgement) {
		if j != nil && (*into == nil || j.Verdict.Violated()) {
			*into = j
		}
	}
	worse(&a.old, p.old)
	worse(&a.now, p.now)
}

// byActs are the concentrations over all rules, counted in acts: whoever splits a
// rule in two, or moves its limits into another, doesn't hide a violation that
// is one of no rule any more.
func byActs(acts map[uint32]*judged) []Concentration {
	t := newTally()
	for _, row := range slices.Sorted(maps.Keys(acts)) {
		t.count(*acts[row])
	}
	return t.tally().Concentrations
}

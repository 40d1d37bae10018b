package sqldb

import (
	"plumbline/internal/access"
	"plumbline/internal/ledger"
)

// sieve is a query of items, by the codes of a board.
type sieve struct {
	b        *board
	states   [16]bool
	weights  [16]bool
	units    map[uint32]bool // nil: any
	rules    map[uint32]bool
	owner    *uint32
	verifier *uint32
	warning  *bool
	before   int64 // 0: whenever
	next     int64 // the first turn of what would be selected were it not for before
	who      viewer

	after        bool // only what comes after a turn and a number
	turn, number int64
}

func (b *board) sieve(q *ledger.Query) *sieve {
	k := &sieve{b: b, units: b.set(q.Units), rules: b.set(q.Rules), warning: q.Warning, before: int64(q.Before), next: 1<<63 - 1, who: b.viewer(q.For)}
	for i := range k.states {
		k.states[i], k.weights[i] = len(q.States) == 0, len(q.Severity) == 0
	}
	for _, s := range q.States {
		k.states[stateCode(s)] = true
	}
	for _, s := range q.Severity {
		if w := weightCode(s); w > 0 {
			k.weights[w] = true
		}
	}
	if q.Owner != "" {
		c := b.known(string(q.Owner))
		k.owner = &c
	}
	if q.Verifier != "" {
		c := b.known(q.Verifier)
		k.verifier = &c
	}
	return k
}

// set are the codes of some names; nil of none.
func (b *board) set(names []string) map[uint32]bool {
	if len(names) == 0 {
		return nil
	}
	out := map[uint32]bool{}
	for _, n := range names {
		out[b.known(n)] = true
	}
	return out
}

// post says whether the query selects an item.
func (k *sieve) post(p *post) bool {
	late := k.before != 0 && p.turn >= k.before
	if late && p.turn >= k.next || !(k.states[p.state] && k.weights[p.weight] &&
		(k.warning == nil || p.warning == *k.warning) &&
		(k.owner == nil || p.owner == *k.owner) &&
		(k.verifier == nil || p.verifier == *k.verifier) &&
		(k.units == nil || k.units[p.unit]) &&
		(k.rules == nil || k.rules[p.rule]) &&
		k.who.sees(p)) {
		return false
	}
	if late {
		k.next = p.turn
	}
	return !late
}

// item says it of one as the record has it.
func (k *sieve) item(it *ledger.Item) bool {
	p := post{number: it.Number, turn: dueOf(it.Turn), raised: int64(it.Opened), unit: k.b.known(string(it.Unit)), actor: k.b.known(string(it.Subject)), owner: k.b.known(string(it.Owner)),
		verifier: k.b.known(it.Verifier), rule: k.b.known(it.Rule), state: stateCode(it.State), weight: weightCode(it.Severity), warning: it.Warning}
	for _, c := range []uint32{p.unit, p.actor, p.owner} {
		if int(c) >= len(k.b.names) {
			return false // of somebody whom the board doesn't know yet
		}
	}
	return k.post(&p)
}

// viewer is somebody for whom items are: package access decides, once for all items that
// it can't tell apart.
type viewer struct {
	b       *board
	f       access.For
	all     bool
	theirs  []bool // by code: names by which items concern them
	nobody  []int8 // by unit: whether they see what concerns none of these; 0: not asked yet
	decided map[[3]uint32]bool
}

func (b *board) viewer(f access.For) viewer {
	v := viewer{b: b, f: f, all: f == (access.For{})}
	if !v.all {
		_, v.all = access.Ways(f.Who, f.Action, access.Columns{Owner: "%", Unit: "%", Subject: "%"})
	}
	if v.all {
		return v
	}
	v.theirs, v.nobody, v.decided = make([]bool, len(b.names)), make([]int8, len(b.names)), map[[3]uint32]bool{}
	for _, n := range access.Names(f.Who) {
		if c, ok := b.codes[plain(n)]; ok && c != 0 {
			v.theirs[c] = true
		}
	}
	return v
}

func (v *viewer) sees(p *post) bool {
	if v.all {
		return true
	}
	owner, actor := p.owner, p.actor
	if !v.theirs[owner] { // as good as nobody
		owner = 0
	}
	if !v.theirs[actor] {
		actor = 0
	}
	if owner|actor == 0 {
		if v.nobody[p.unit] == 0 {
			v.nobody[p.unit] = -1
			if v.decide(0, p.unit, 0) {
				v.nobody[p.unit] = 1
			}
		}
		return v.nobody[p.unit] > 0
	}
	key := [3]uint32{owner, p.unit, actor}
	yes, ok := v.decided[key]
	if !ok {
		yes = v.decide(owner, p.unit, actor)
		v.decided[key] = yes
	}
	return yes
}

func (v *viewer) decide(owner, unit, actor uint32) bool {
	name := v.b.names
	t := &access.Thing{Owners: []string{name[owner]}, Units: []string{name[unit]}, Subjects: []string{name[actor]}}
	t.Above = append(t.Above, name[unit])
	t.Above = append(t.Above, v.b.above[name[unit]]...)
	return access.Decide(v.f.Who, v.f.Action, t).Allowed
}

package logmap

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// Proposal is what a log's names probably are in a pack's words.
type Proposal struct {
	Files   []string
	Pack    *rule.Pack
	Named   string // as the pack was asked for
	Events  []Name
	Attrs   []Name
	Objects []Name
	Columns []Name // attributes that may hold ids of objects; their candidates are types of objects
	Refused []RefusedField
	Wants   []Want // rules that can't be judged, or not rightly, with the mapping as it stands
	Rules   int    // of the pack
}

// Name is one name of the log. To is what it surely enough is, "" where that is
// to be decided; of a name that is the pack's own, To is the name itself.
type Name struct {
	From       string
	N          int // events, values or objects that have it
	To         string
	Candidates []Candidate // the likeliest first
}

// Own says that the log's name is the pack's already.
func (n Name) Own() bool { return n.To == n.From }

// Candidate is a name of the pack that one of the log may be.
type Candidate struct {
	To    string
	Score float64 // 1: the same but for how it is written
	Why   errs.Text
}

// RefusedField is a field about members of the public.
type RefusedField struct {
	Name string
	What errs.Text
}

const (
	sure     = 0.75 // from here a name is proposed, where no other is nearly as likely
	margin   = 0.1
	maybe    = 0.4 // from here it is mentioned
	possible = 0.7 // from here a column may hold objects
	most     = 3   // how many are mentioned
	sampled  = 200 // how many values of an attribute are looked at
)

// Propose finds out what the names of a log probably are. The log is read with
// all its attributes, and none of them declared.
func Propose(l *event.Log, p *rule.Pack, named string, files []string) *Proposal {
	out := &Proposal{Files: files, Pack: p, Named: named, Rules: len(p.Rules)}
	packs := []*rule.Pack{p}
	out.Events = assign(eventsOf(l), targets(p, knownEvents(packs), func(v *rule.Vocabulary, n string) errs.Text { return v.Events[n].Text }))
	out.Objects = assign(out.keep(objectsOf(l)), targets(p, knownObjects(packs), func(v *rule.Vocabulary, n string) errs.Text { return v.Objects[n].Text }))
	out.Attrs = out.attributes(l, packs)
	out.Columns = out.columns(targets(p, knownObjects(packs), func(v *rule.Vocabulary, n string) errs.Text { return v.Objects[n].Text }))
	out.Wants = wants(l, p, out)
	return out
}

// found is a name of the log before it is known what it is.
type found struct {
	name   string
	n      int
	values []event.Value
	texts  []string
	reads  func(k event.Kind, text string) bool // whether a text is of a type, in the log's zone
}

// target is a name of the pack.
type target struct {
	name string
	text errs.Text
	attr rule.AttributeTerm
	kind event.Kind
}

func targets(p *rule.Pack, known map[string]bool, text func(v *rule.Vocabulary, n string) errs.Text) []target {
	var out []target
	for _, n := range slices.Sorted(maps.Keys(known)) {
		t := target{name: n}
		if p.Vocabulary != nil {
			t.text = text(p.Vocabulary, n)
		}
		out = append(out, t)
	}
	return out
}

func eventsOf(l *event.Log) []found {
	n := make([]int, l.Types.Len()+1)
	for row, t := range l.Type {
		if !l.Dead.Has(uint32(row)) {
			n[t]++
		}
	}
	var out []found
	for i := 1; i < len(n); i++ {
		if n[i] > 0 {
			out = append(out, found{name: l.Types.Name(uint32(i)), n: n[i]})
		}
	}
	return out
}

func objectsOf(l *event.Log) []found {
	var out []found
	for i, n := range l.Objects.CountByType() {
		if n > 0 {
			out = append(out, found{name: l.Objects.Types.Name(uint32(i)), n: n})
		}
	}
	return out
}

// keep leaves out what is refused, and notes it.
func (p *Proposal) keep(list []found) []found {
	return slices.DeleteFunc(list, func(f found) bool {
		what, refused := Refused(f.name, f.texts)
		if refused {
			p.Refused = append(p.Refused, RefusedField{f.name, what})
		}
		return refused
	})
}

func (p *Proposal) attributes(l *event.Log, packs []*rule.Pack) []Name {
	list := targets(p.Pack, knownAttributes(packs), func(v *rule.Vocabulary, n string) errs.Text { return v.Attributes[n].Text })
	for i := range list {
		list[i].kind = p.Pack.Log.Attributes[list[i].name]
		if v := p.Pack.Vocabulary; v != nil {
			list[i].attr = v.Attributes[list[i].name]
		}
	}
	return assign(p.keep(attributesOf(l)), list)
}

// ofIDs are the endings of columns that hold ids.
var ofIDs = []string{"number", "id", "no", "nr", "编号", "编码", "代码", "号"}

// columns are the attributes that nothing else explains and that are called like
// a type of objects which the log lacks: a table says what its columns are only
// where it is told.
func (p *Proposal) columns(types []target) []Name {
	have := named(p.Objects)
	var out []Name
	for _, a := range p.Attrs {
		if a.To != "" {
			continue
		}
		bare := a.From
		for _, ending := range ofIDs {
			if cut := strings.TrimRight(strings.TrimSuffix(strings.ToLower(a.From), ending), " _-"); cut != "" && len(cut) < len(bare) {
				bare = cut
			}
		}
		n := Name{From: a.From, N: a.N}
		for _, t := range types {
			if c := candidate(found{name: bare}, t); c.Score >= possible && !have[t.name] {
				n.Candidates = append(n.Candidates, c)
			}
		}
		if n.Candidates != nil {
			slices.SortStableFunc(n.Candidates, func(a, b Candidate) int { return cmp.Compare(b.Score, a.Score) })
			out = append(out, n)
		}
	}
	return out
}

// attributesOf are the attributes of events and objects with some of their
// values.
func attributesOf(l *event.Log) []found {
	out := make([]found, len(l.Attrs))
	take := func(f *found, v event.Value) {
		f.n++
		if len(f.values) < sampled {
			f.values, f.texts = append(f.values, v), append(f.texts, v.Text(l.Zone))
		}
	}
	for i, c := range l.Attrs {
		out[i].name = c.Name
		out[i].reads = func(k event.Kind, text string) bool {
			_, ok := event.ParseText(k, text, l.Zone)
			return ok
		}
		for row := range uint32(l.Rows()) {
			if v, k := c.Get(row); k != event.Absent {
				take(&out[i], l.Value(v, k))
			}
		}
	}
	for id := event.ObjectID(1); int(id) <= l.Objects.Len(); id++ {
		for _, s := range l.ObjectAttrs(id) {
			take(&out[l.AttrIndex(s.Name)], s.Value)
		}
	}
	return slices.DeleteFunc(out, func(f found) bool { return f.n == 0 })
}

// assign gives each name of the log its candidates, and the likeliest of them
// where it is likely enough and nobody else's: the surest first, a name of the
// pack once.
func assign(names []found, list []target) []Name {
	out := make([]Name, len(names))
	taken := map[string]bool{}
	var order []int
	own := func(name string) bool {
		return slices.ContainsFunc(list, func(t target) bool { return t.name == name })
	}
	for _, f := range names {
		taken[f.name] = own(f.name)
	}
	for i, f := range names {
		out[i] = Name{From: f.name, N: f.n}
		if own(f.name) {
			out[i].To = f.name
			continue
		}
		for _, t := range list {
			if f.reads != nil && taken[t.name] {
				continue // two attributes can't be one; two event types can
			}
			if f.reads != nil && rule.NamesSomebody(nil, f.name) && t.attr.Names == rule.NamesNobody && !rule.NamesSomebody(nil, t.name) {
				continue // nor may a name hide in what names nobody
			}
			if c := candidate(f, t); c.Score >= maybe {
				out[i].Candidates = append(out[i].Candidates, c)
			}
		}
		slices.SortStableFunc(out[i].Candidates, func(a, b Candidate) int { return cmp.Compare(b.Score, a.Score) })
		out[i].Candidates = out[i].Candidates[:min(most, len(out[i].Candidates))]
		order = append(order, i)
	}
	first := func(i int) float64 {
		if len(out[i].Candidates) == 0 {
			return 0
		}
		return out[i].Candidates[0].Score
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(first(b), first(a)), cmp.Compare(out[b].N, out[a].N)) })
	for _, i := range order {
		c := out[i].Candidates
		if first(i) < sure || taken[c[0].To] || len(c) > 1 && c[0].Score-c[1].Score < margin {
			continue
		}
		out[i].To = c[0].To
		taken[c[0].To] = true
	}
	slices.SortStableFunc(out, func(a, b Name) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.From, b.From)) })
	return out
}

// candidate says how likely a name of the log is one of the pack, and why. One
// whose values are of another type isn't it, whatever it is called.
func candidate(f found, t target) Candidate {
	c := Candidate{To: t.name}
	for _, n := range []struct {
		name string
		why  errs.Text
	}{
		{t.name, errs.T("the same name, written otherwise", "同名，写法不同")},
		{t.text.En, errs.T("its name in English", "英文名称相同")},
		{t.text.Zh, errs.T("its name in Chinese", "中文名称相同")},
	} {
		s := similar(f.name, n.name)
		why := n.why
		if s < 1 {
			why = errs.Tf("similar to %q", "与 %q 相近", n.name)
		}
		if s > c.Score {
			c.Score, c.Why = s, why
		}
	}
	if len(f.values) == 0 || t.kind == event.Absent {
		return c
	}
	return c.fitting(f, t)
}

// fitting weighs the values of an attribute.
func (c Candidate) fitting(f found, t target) Candidate {
	if c.Score < maybe {
		c.Why = errs.Text{}
	}
	fit, coded := 0, 0
	for i, v := range f.values {
		text := f.texts[i]
		if f.reads(t.kind, text) || v.Kind == t.kind || v.Kind == event.Day && t.kind == event.Time {
			fit++
		}
		if slices.ContainsFunc(t.attr.Values, func(x rule.Value) bool { return x.Code == text }) {
			coded++
		}
	}
	switch n := len(f.values); {
	case fit*2 < n:
		c.Score = 0
	case len(t.attr.Values) > 0 && coded == n:
		c.Score = max(c.Score, sure)
		c.Why = errs.Text{En: both(c.Why.En, "its values are the codes of "+t.name, ", "), Zh: both(c.Why.Zh, "取值即 "+t.name+" 的代码", "，")}
	case len(t.attr.Values) > 0 && coded == 0:
		c.Why = errs.Text{En: both(c.Why.En, "but its values are none of the codes", ", "), Zh: both(c.Why.Zh, "但取值不是其代码", "，")}
	case t.kind != event.String && c.Score >= maybe:
		c.Why = errs.Text{En: both(c.Why.En, "values fit ("+t.kind.String()+")", ", "), Zh: both(c.Why.Zh, "取值类型相符（"+t.kind.String()+"）", "，")}
	}
	return c
}

func both(a, b, sep string) string {
	if a == "" {
		return b
	}
	return a + sep + b
}

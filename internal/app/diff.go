package app

import (
	"cmp"

	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/pack"
	"plumbline/internal/rule"
	"plumbline/internal/trial"
)

// DiffOptions say which versions of a pack are compared over which log.
type DiffOptions struct {
	Source
	Old, New string // packs: a built-in name, a file, a folder
	AsOf     string // RFC 3339, or a date; "": the last event
	Complete bool
	Workers  int
	Examples int // of each kind of change of a rule
}

// Compared is a comparison that ran.
type Compared struct {
	Diff     *trial.Diff
	Read     *Read
	Warnings rule.Lint // of linting the packs, and of event types that don't occur
}

// Diff judges a log by two versions of a pack and compares the verdicts.
func Diff(o DiffOptions) (*Compared, error) {
	old, err := Packs([]string{o.Old})
	if err != nil {
		return nil, err
	}
	now, err := Packs([]string{o.New})
	if err != nil {
		return nil, err
	}
	a, b, err := readBoth(o.Source, old, now)
	if err != nil {
		return nil, err
	}
	mo := monitor.Options{Complete: o.Complete, Workers: o.Workers, Keep: monitor.KeepAll}
	if o.AsOf != "" {
		if mo.AsOf, err = asOf(o.AsOf, o.Zone, append(old[:len(old):len(old)], now...)); err != nil {
			return nil, err
		}
		mo.HasAsOf = true
	}
	was, err := monitor.Check(a.Log, rulesOf(old), mo)
	if err != nil {
		return nil, err
	}
	is, err := monitor.Check(b.Log, rulesOf(now), mo)
	if err != nil {
		return nil, err
	}
	d, err := trial.Compare(trial.Side{Packs: plain(old), Result: was}, trial.Side{Packs: plain(now), Result: is}, o.Examples)
	if err != nil {
		return nil, err
	}
	d.Files = o.Files
	return &Compared{Diff: d, Read: b, Warnings: onceEach(append(append(lints(now), unknownTypes(a.Log, rulesOf(old))...), unknownTypes(b.Log, rulesOf(now))...))}, nil
}

// onceEach leaves out what was said already, at another place.
func onceEach(l rule.Lint) rule.Lint {
	var out rule.Lint
	said := map[string]bool{}
	for _, w := range l {
		if !said[w.What.En] {
			said[w.What.En] = true
			out = append(out, w)
		}
	}
	return out
}

func plain(packs []*pack.Pack) []*rule.Pack {
	var out []*rule.Pack
	for _, p := range packs {
		out = append(out, p.Pack)
	}
	return out
}

// readBoth reads a log for two versions: once, where they want it alike; else
// for each as it wants it, since an attribute that is a number for one may be a
// text for the other.
func readBoth(s Source, old, now []*pack.Pack) (a, b *Read, err error) {
	if s, err = s.against(append(old[:len(old):len(old)], now...)); err != nil {
		return nil, nil, err
	}
	if alike(old, now) {
		read, _, err := readFor(s, append(old[:len(old):len(old)], now...), false, false)
		return read, read, err
	}
	if a, _, err = readFor(s, old, false, false); err != nil {
		return nil, nil, err
	}
	b, _, err = readFor(s, now, false, false)
	return a, b, err
}

// alike says whether two versions declare zones and attributes in the same way;
// an attribute that neither declares is a string for both.
func alike(old, now []*pack.Pack) bool {
	a, errA := schemaOf(old)
	b, errB := schemaOf(now)
	if errA != nil || errB != nil || len(zonesOf(append(old[:len(old):len(old)], now...))) > 1 {
		return false
	}
	kind := func(k event.Kind) event.Kind { return cmp.Or(k, event.String) }
	for name, k := range a {
		if kind(k) != kind(b[name]) {
			return false
		}
	}
	for name, k := range b {
		if kind(k) != kind(a[name]) {
			return false
		}
	}
	return true
}

package app

import (
	"slices"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/pack"
	"plumbline/internal/rule"
)

// CaseOptions ask what a rule says of one case.
type CaseOptions struct {
	Source
	Rule     *rule.Rule
	Case     string // the id of an object, an official, a unit …, or KIND:ID
	AsOf     string
	Complete bool
}

// Timeline is what happened in one trace, and what a rule says of it.
type Timeline struct {
	Log      *event.Log
	Key      []monitor.KeyPart
	Rows     []uint32 // its events, in order, those after Result.AsOf too
	Verdicts []*monitor.Explanation
	Result   *monitor.Result
}

// Case finds the traces of a rule that a case is part of (one, where the rule
// correlates by the case alone) and explains every verdict in them.
func Case(o CaseOptions) ([]Timeline, error) {
	read, _, err := readFor(o.Source, []*pack.Pack{{Pack: o.Rule.Pack}}, false, true)
	if err != nil {
		return nil, err
	}
	mo := monitor.Options{Complete: o.Complete, Keep: monitor.KeepAll}
	if o.AsOf != "" {
		if mo.AsOf, err = asOf(o.AsOf, o.Zone, []*pack.Pack{{Pack: o.Rule.Pack}}); err != nil {
			return nil, err
		}
		mo.HasAsOf = true
	}
	res, err := monitor.Check(read.Log, []*rule.Rule{o.Rule}, mo)
	if err != nil {
		return nil, err
	}
	rr := res.Rules[0]
	ex := monitor.NewExplainer(res, rr)
	var out []Timeline
	for i := range rr.Judgements {
		j := &rr.Judgements[i]
		key := rr.KeyOf(j)
		if !isOf(key, o.Case) {
			continue
		}
		at := slices.IndexFunc(out, func(t Timeline) bool { return slices.Equal(t.Key, key) })
		if at < 0 {
			at = len(out)
			out = append(out, Timeline{Log: read.Log, Key: key, Result: res, Rows: rowsOf(read.Log, o.Rule, key)})
		}
		out[at].Verdicts = append(out[at].Verdicts, ex.Explain(j))
	}
	if out != nil {
		return out, nil
	}
	return untouched(read.Log, o, res)
}

// untouched is the timeline of a case that the rule says nothing of, or an
// error where the log doesn't know the case.
func untouched(l *event.Log, o CaseOptions, res *monitor.Result) ([]Timeline, error) {
	kind, id := o.Rule.Per[0].String(), o.Case
	if k, rest, ok := strings.Cut(o.Case, ":"); ok && k == kind {
		id = rest
	}
	key := []monitor.KeyPart{{Kind: kind, ID: id}}
	rows := rowsOf(l, o.Rule, key)
	if len(rows) == 0 {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: o.Files[0]},
			What: errs.Tf("no event of %s %q", "没有 %s %q 的事件", kind, id), Next: examplesOf(l, o.Rule.Per[0])}
	}
	return []Timeline{{Log: l, Key: key, Rows: rows, Result: res}}, nil
}

// examplesOf names a few objects that there are.
func examplesOf(l *event.Log, k rule.Key) errs.Text {
	var some []string
	for id := event.ObjectID(1); int(id) <= l.Objects.Len() && len(some) < 3; id++ {
		if k.Kind == rule.KeyObject && l.Objects.TypeName(id) == k.Name {
			some = append(some, l.Objects.Name(id))
		}
	}
	if some == nil {
		return errs.Text{}
	}
	return errs.Tf("names compare exactly, capitals included; the log has %s …", "名称须完全一致（区分大小写）；日志中有 %s ……", strings.Join(some, ", "))
}

// isOf says whether a key has a part that is meant by name: its id, or
// kind:id.
func isOf(key []monitor.KeyPart, name string) bool {
	return slices.ContainsFunc(key, func(p monitor.KeyPart) bool { return p.ID == name || p.Kind+":"+p.ID == name })
}

// rowsOf are the events of a key in order: those that have each part of it, or
// under over: any any part.
func rowsOf(l *event.Log, r *rule.Rule, key []monitor.KeyPart) []uint32 {
	var out []uint32
	for row := range uint32(l.Rows()) {
		if l.Dead.Has(row) {
			continue
		}
		has := 0
		for _, p := range key {
			if hasPart(l, row, p) {
				has++
			}
		}
		if has == len(key) || r.Over != rule.Each && has > 0 {
			out = append(out, row)
		}
	}
	slices.SortFunc(out, func(a, b uint32) int {
		if l.Before(a, b) {
			return -1
		}
		return 1
	})
	return out
}

func hasPart(l *event.Log, row uint32, p monitor.KeyPart) bool {
	name := func(col []uint32) bool { return col != nil && col[row] != 0 && l.Strings.Name(col[row]) == p.ID }
	switch attr, isAttr := strings.CutPrefix(p.Kind, "attr."); {
	case p.Kind == "actor":
		return name(l.Actor)
	case p.Kind == "unit":
		return name(l.Unit)
	case isAttr:
		col := l.Attr(attr)
		if col == nil {
			return false
		}
		v, k := col.Get(row)
		return k != event.Absent && l.Value(v, k).Text(l.Zone) == p.ID
	}
	typ, qualifier, qualified := strings.Cut(p.Kind, "/")
	var buf [1]event.Link
	for _, ln := range l.Links(row, &buf) {
		if l.Objects.TypeName(ln.Object) == typ && l.Objects.Name(ln.Object) == p.ID && (!qualified || l.Strings.Name(ln.Qualifier) == qualifier) {
			return true
		}
	}
	return false
}

package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/pack"
	"plumbline/internal/report"
	"plumbline/internal/rule"
)

// objectIndex finds the rows of an object: for each tie of a row the tie of the
// same object before it.
type objectIndex struct {
	head []uint32 // by ObjectID: 1 + its last tie
	ties []tie
	rows int // of the log that are in
}

type tie struct{ row, before uint32 }

// follow takes in the rows that the log has more.
func (x *objectIndex) follow(l *event.Log) {
	var buf [1]event.Link
	for ; x.rows < l.Rows(); x.rows++ {
		row := uint32(x.rows)
		for _, link := range l.Links(row, &buf) {
			for int(link.Object) >= len(x.head) {
				x.head = append(x.head, make([]uint32, max(1024, len(x.head)))...)
			}
			if h := x.head[link.Object]; h > 0 && x.ties[h-1].row == row {
				continue // tied twice, by two qualifiers
			}
			x.ties = append(x.ties, tie{row, x.head[link.Object]})
			x.head[link.Object] = uint32(len(x.ties))
		}
	}
}

// of is the rows of an object that count, in the order of events.
func (x *objectIndex) of(l *event.Log, o event.ObjectID) []uint32 {
	var out []uint32
	if int(o) < len(x.head) {
		for at := x.head[o]; at > 0; at = x.ties[at-1].before {
			if row := x.ties[at-1].row; !l.Dead.Has(row) {
				out = append(out, row)
			}
		}
	}
	l.Sort(out)
	return out
}

// rowsFor are the rows on which a rule's verdict on an activation may rest: its
// traces, and what describes its objects.
func (s *Service) rowsFor(r *rule.Rule, row uint32) []uint32 {
	l := s.live.Log()
	rows := s.live.Rows(r, row)
	var buf [1]event.Link
	for _, link := range l.Links(row, &buf) {
		for _, set := range l.ObjectAttrs(link.Object) {
			if set.Row >= 0 {
				rows = append(rows, uint32(set.Row))
			}
		}
	}
	l.Sort(rows)
	return slices.Compact(rows)
}

// rowOf finds an event by source/id.
func (s *Service) rowOf(name string) (uint32, bool) {
	source, id, ok := strings.Cut(name, "/")
	if !ok {
		return 0, false
	}
	return s.live.Find(source, id)
}

// Schema is what the packs in force declare of attributes, for readers whose
// formats have no types.
func (s *Service) Schema() map[string]event.Kind {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.schema()
}

func (s *Service) schema() map[string]event.Kind {
	all := make([]*pack.Pack, len(s.packs))
	for i, p := range s.packs {
		all[i] = p.Pack
	}
	return schemaOf(all)
}

// Verdicts gives the document of `check --format json`: what was true at asOf,
// as far as could be known at knownAt. 0 is now.
func (s *Service) Verdicts(ctx context.Context, asOf, knownAt clock.Instant) (*report.Document, error) {
	s.mu.RLock()
	now, lateness := s.live.Now(), s.live.Now()-s.live.W()
	rules, schema := s.rules, s.schema()
	s.mu.RUnlock()
	wall, _ := s.opt.Now()
	switch {
	case asOf > max(now, wall):
		return nil, &errs.Error{Code: errs.Usage,
			What: errs.Tf("as_of %s lies ahead; what will have been missed by then nobody knows", "as_of %s 尚未到来，届时是否逾期无从得知", s.opt.Zone.Format(asOf)),
			Next: errs.T("ask as of now or of a time that has passed", "请查询现在或过去的时间")}
	case asOf == 0 && knownAt != 0: // what was not known then isn't missing now
		asOf = min(now, knownAt)
	case asOf == 0:
		asOf = now
	}
	l, err := s.record(ctx, knownAt, schema)
	if err != nil {
		return nil, err
	}
	res, err := monitor.Check(l, rules, monitor.Options{AsOf: asOf, HasAsOf: true, Lateness: int64(lateness), Keep: monitor.KeepLate})
	if err != nil {
		return nil, err
	}
	erased, err := s.store.ErasedEvents(ctx, knownAt)
	if err != nil {
		return nil, fmt.Errorf("what was erased: %w", err)
	}
	doc := (&report.Doc{Result: res, Explain: report.Engine(res), Version: s.opt.Version}).Document()
	doc.Log.Erased = erased
	return doc, nil
}

// enough ends a walk over segments.
type enough struct{}

// Error is never shown.
func (enough) Error() string { return "enough" }

var errEnough error = enough{}

// Timeline gives the timeline of an object; nil where no event names it, and of a
// member of the public or something of theirs: it would lead from case to case.
func (s *Service) Timeline(ctx context.Context, typ, id string) (*Timeline, error) {
	s.mu.RLock()
	l := s.live.Log()
	o := l.Objects.Find(typ, id)
	if o == 0 || !s.registered(typ) {
		s.mu.RUnlock()
		return nil, nil
	}
	t := &Timeline{Type: typ, ID: id, AsOf: s.live.Now()}
	rows := s.objects.of(l, o)
	for _, row := range rows {
		t.Events = append(t.Events, l.Event(row))
	}
	w, all := s.live.W(), s.rules
	s.mu.RUnlock()
	var rules []*rule.Rule
	for _, r := range all {
		if slices.ContainsFunc(r.Per, func(k rule.Key) bool { return k.Kind == rule.KeyObject && k.Name == typ }) {
			rules = append(rules, r)
		}
	}
	res, err := s.checkEvents(t.Events, rules, t.AsOf, w)
	if err != nil {
		return nil, err
	}
	for _, rr := range res.Rules {
		for i := range rr.Judgements {
			j := rr.Judgements[i]
			if !slices.ContainsFunc(rr.KeyOf(&j), func(k monitor.KeyPart) bool {
				return k.ID == id && (k.Kind == typ || strings.HasPrefix(k.Kind, typ+"/"))
			}) {
				continue
			}
			name := func(row uint32) string { return res.Log.SourceOf(row) + "/" + res.Log.ID(row) }
			ob := Obligation{Pack: rr.Rule.Pack.Name, Version: rr.Rule.Pack.Version, Rule: rr.Rule.ID, Event: name(j.Row),
				Time: res.Log.Time[j.Row], Verdict: j.Verdict.String(), AtRisk: j.AtRisk}
			if j.HasDue {
				ob.Due = j.Due.Due
			}
			if j.By >= 0 {
				ob.By = name(uint32(j.By))
			}
			t.Obligations = append(t.Obligations, ob)
		}
	}
	slices.SortStableFunc(t.Obligations, func(a, b Obligation) int { return cmp.Compare(a.Time, b.Time) })
	return t, nil
}

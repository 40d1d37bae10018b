package service

import (
	"context"
	"sync"
)

// openFindings are the findings that are open or claimed met, by case. They are read from
// the record when somebody asks for the first time, and follow its commits from then
// on.
type openFindings struct {
	mu    sync.Mutex
	known bool
	of    map[string]openFinding // by finding
	count map[string]openCount   // by case
}

// openFinding is where a finding stands and whether its rule only warns; openCount, how many
// stand in a case and how many of those only warn.
type openFinding struct {
	in    string
	warns bool
}

type openCount struct{ all, warn int }

// know reads them, where that wasn't done yet.
func (x *openFindings) know(ctx context.Context, s *Service) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.known {
		return nil
	}
	x.of, x.count = map[string]openFinding{}, map[string]openCount{}
	for q := (FindingQuery{States: []FindingState{Open, ClaimedMet}, Kind: "rule", Limit: 500}); ; {
		page, err := s.store.Findings(ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Findings {
			x.take(&page.Findings[i])
		}
		if q.After = page.Next; page.Next == "" {
			break
		}
	}
	x.known = true
	return nil
}

// in is how many there are in a case, and how many of them only warn.
func (x *openFindings) in(id string) (all, warn int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := x.count[id]
	return n.all, n.warn
}

// each visits the cases that have any.
func (x *openFindings) each(visit func(id string)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for id := range x.count {
		visit(id)
	}
}

func (x *openFindings) take(f *Finding) {
	if was, ok := x.of[f.ID]; ok {
		delete(x.of, f.ID)
		x.add(was, -1)
	}
	if f.Case != "" && (f.State == Open || f.State == ClaimedMet) {
		is := openFinding{f.Case, f.Warning}
		x.of[f.ID] = is
		x.add(is, 1)
	}
}

func (x *openFindings) add(f openFinding, n int) {
	c := x.count[f.in]
	c.all += n
	if f.warns {
		c.warn += n
	}
	if x.count[f.in] = c; c.all == 0 {
		delete(x.count, f.in)
	}
}

// follow takes over what was committed.
func (x *openFindings) follow(findings []Finding) {
	if len(findings) == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range findings {
		if x.known { // else somebody will ask for all of them
			x.take(&findings[i])
		}
	}
}

package service

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

// Readers ask at once, of an explanation, a timeline, figures and what is at risk,
// while events come in. The race detector looks on.
func TestManyRead(t *testing.T) {
	w := newWorld(t)
	w.send("desk", "Frozen A1 5 id=1", "Detained A1 4 id=2", "Approved A2 3 id=3")
	page, err := w.Findings(context.Background(), FindingQuery{})
	if err != nil || len(page.Findings) == 0 {
		t.Fatal(err, page)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				if d, err := w.Finding(context.Background(), page.Findings[0].ID); err != nil || d == nil || d.Explanation == nil {
					t.Error("a finding without its explanation", err)
				}
				if tl, err := w.Timeline(context.Background(), "case", "A1"); err != nil || tl == nil {
					t.Error("no timeline", err)
				}
				if len(w.Figures(context.Background(), func(string) bool { return true })) == 0 {
					t.Error("no figures")
				}
				w.AtRisk(context.Background(), func(*AtRisk) bool { return true }, 10)
			}
		})
	}
	for i := range 20 {
		w.send("desk", fmt.Sprintf("Told B%d 0 id=%d", i, 10+i), fmt.Sprintf("Detained B%d 1 id=x%d", i, 10+i))
	}
	wg.Wait()
}

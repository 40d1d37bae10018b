package api

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"plumbline/internal/service"
)

// unwritten is a service that judges at once and then can't write; all but the first
// batch learn that later.
type unwritten struct {
	fake
	handed, waiting atomic.Int32
}

func (f *unwritten) Hand(context.Context, *service.Source, []service.Arrival, bool) (service.Written, error) {
	wait := time.Duration(f.handed.Add(1)) * time.Second
	f.waiting.Add(1)
	return func(context.Context) ([]service.Outcome, error) {
		defer f.waiting.Add(-1)
		time.Sleep(wait) // of the bubble's clock
		return nil, service.ErrUnwritten
	}, nil
}

// Several batches of one body are under way at once, and nobody is answered while one
// still is.
func TestNothingGoesOnAfterTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &unwritten{}
		a := testAPI(t, &f.fake, Limits{})
		a.service = f
		r := httptest.NewRequest("POST", "/api/v1/events", strings.NewReader(strings.Repeat(e1+"\n", 10*batchEvents)))
		r.Header.Set("Authorization", "Bearer send")
		r.Header.Set("Content-Type", "application/x-ndjson")
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if w.Code != 503 || f.handed.Load() != underWay || f.waiting.Load() != 0 {
			t.Errorf("%d; %d batches were handed over, %d are still waited for: %.200s", w.Code, f.handed.Load(), f.waiting.Load(), w.Body)
		}
	})
}

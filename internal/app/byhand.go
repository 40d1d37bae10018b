package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/service"
)

// hands takes steps that people enter on pages. They are events of a source of
// their own, which has no token that anybody knows: nothing but a page sends by it.
type hands struct {
	store   Record
	service *service.Service
	now     func() clock.Instant

	mu sync.Mutex // the source is made once, by whoever enters first
}

// enter gives an event to the judge and says what became of it.
func (h *hands) enter(ctx context.Context, e event.Event) (service.Outcome, error) {
	src, err := h.source(ctx)
	if err != nil {
		return service.Outcome{}, err
	}
	out, err := h.service.Take(ctx, src, []service.Arrival{{Event: e}})
	if err != nil {
		return service.Outcome{}, err
	}
	return out[0], nil
}

func (h *hands) source(ctx context.Context) (*service.Source, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	src := h.service.SourceNamed(service.ByHand)
	if src == nil {
		token := rand.Text()
		made := service.Source{Name: service.ByHand, Role: service.RoleHand, Token: sha256.Sum256([]byte(token)), Skew: int64(5 * time.Minute / time.Microsecond), Created: h.now()}
		if _, err := h.store.AddSource(ctx, made); err != nil {
			return nil, err
		}
		src, _ = h.service.Authenticate(ctx, token) // it looks who was added
	}
	if src == nil || src.Disabled || src.Role != service.RoleHand {
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("nothing can be entered by hand: the source %s was disabled, or is another's", "无法人工补录：数据源 %s 已停用或另有用途", service.ByHand),
			Next: errs.T("ask whoever administers the sources", "请联系数据源管理人员")}
	}
	return src, nil
}

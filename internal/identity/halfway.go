package identity

import (
	"crypto/rand"
	"sync"

	"plumbline/internal/clock"
)

// Halfway is within the refusal of who gave the right password and no right code
// yet. With its ticket a page asks for the code alone; it holds for some minutes, and
// for the password that was given.
type Halfway struct{ Ticket string }

// Error is for the log.
func (Halfway) Error() string { return ErrCode.Error() }

// Unwrap is ErrCode.
func (Halfway) Unwrap() error { return ErrCode }

// halves are those who are halfway, in memory: so many at most.
type halves struct {
	mu   sync.Mutex
	list map[string]half
}

type half struct {
	name, hash string // of the account, and of its password
	until      clock.Instant
}

func (h *halves) keep(name, hash string, now clock.Instant) (ticket string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.list) >= mostBegun {
		for k, x := range h.list {
			if x.until <= now || len(h.list) >= mostBegun {
				delete(h.list, k)
			}
		}
	}
	ticket = rand.Text()
	h.list[ticket] = half{name, hash, now + begunFor}
	return ticket
}

// of is who is halfway by a ticket.
func (h *halves) of(ticket string, now clock.Instant) (half, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x, ok := h.list[ticket]
	return x, ok && now < x.until
}

func (h *halves) end(ticket string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.list, ticket)
}

package identity

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"plumbline/internal/clock"
)

// tries say how often somebody may be wrong: free tries, then a wait that doubles
// with each, up to a longest. One of them is forgotten in each span of fade; 0: none.
type tries struct {
	free int64
	fade clock.Instant
}

// An account is somebody's, an address may be a whole station's, in which somebody
// is wrong every day.
var (
	accountTries = tries{free: 5}
	addressTries = tries{30, forgotten / 30}
)

const longestWait = clock.Instant(15 * time.Minute / time.Microsecond)

// wait is how long nobody may try after the nth wrong try in a row.
func (t tries) wait(n int64) clock.Instant {
	if n < t.free {
		return 0
	}
	const second = clock.Instant(time.Second / time.Microsecond)
	if over := n - t.free; over < 10 {
		return min(longestWait, second<<over)
	}
	return longestWait
}

// throttle counts tries by names that callers choose, and so forgets: the one not
// heard of for longest where there are too many, and all after an hour.
type throttle struct {
	tries
	mu    sync.Mutex
	at    map[string]*list.Element
	order list.List // of *counted, the longest not heard of first
}

type counted struct {
	name  string
	n     int64
	last  clock.Instant
	faded clock.Instant // up to here tries were forgotten one by one
	until clock.Instant
}

const (
	mostCounted = 10_000
	forgotten   = clock.Instant(time.Hour / time.Microsecond)
)

func newThrottle(t tries) *throttle { return &throttle{tries: t, at: map[string]*list.Element{}} }

// try counts a try, unless there is a time to be waited for, which it gives.
func (t *throttle) try(name string, now clock.Instant) clock.Instant {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.at[name]
	if e == nil {
		if t.order.Len() >= mostCounted {
			first := t.order.Front()
			delete(t.at, t.order.Remove(first).(*counted).name)
		}
		e = t.order.PushBack(&counted{name: name})
		t.at[name] = e
	}
	c := e.Value.(*counted)
	if c.until > now {
		return c.until
	}
	if now-c.last > forgotten {
		c.n, c.faded = 0, now
	}
	if t.fade > 0 {
		spans := (now - c.faded) / t.fade
		c.n, c.faded = max(0, c.n-int64(spans)), c.faded+spans*t.fade
	}
	c.n++
	c.last, c.until = now, now+t.wait(c.n)
	t.order.MoveToBack(e)
	return 0
}

// takeBack takes one try back that was no wrong one: of all others nothing is known by
// it. A wait that another try brought about meanwhile stays.
func (t *throttle) takeBack(name string, at clock.Instant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.at[name]
	if e == nil {
		return
	}
	c := e.Value.(*counted)
	if c.n--; c.n <= 0 {
		t.order.Remove(e)
		delete(t.at, name)
	} else if c.last == at {
		c.until = 0
	}
}

// network is what an address counts as: of IPv6 the network, since a host has as
// many addresses as it likes.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

package api

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// crowd bounds how many connections are open at once. One too many takes the
// place of the one that has been waiting longest without a request, so that
// thousands that say nothing keep nobody out; where all are at work, the new one
// is closed.
type crowd struct {
	most int

	mu    sync.Mutex
	open  map[net.Conn]*list.Element // nil: at work
	quiet list.List                  // of net.Conn, the longest quiet first
}

// state is http.Server's ConnState.
func (c *crowd) state(conn net.Conn, s http.ConnState) {
	if over := c.change(conn, s); over != nil {
		_ = over.Close() // its goroutine finds out and ends
	}
}

func (c *crowd) change(conn net.Conn, s http.ConnState) (over net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.open[conn]; e != nil {
		c.quiet.Remove(e)
	}
	switch s {
	case http.StateNew, http.StateIdle:
		c.open[conn] = c.quiet.PushBack(conn)
	case http.StateActive:
		c.open[conn] = nil
	default:
		delete(c.open, conn)
	}
	if s == http.StateNew && len(c.open) > c.most {
		first := c.quiet.Front()
		c.quiet.Remove(first)
		over = first.Value.(net.Conn)
		delete(c.open, over)
	}
	return over
}

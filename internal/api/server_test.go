package api

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// served is an API that listens; stop ends it and waits until it has.
func served(t *testing.T, f *fake, limits Limits) (addr string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := testAPI(t, f, limits)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx, l) }()
	stop = func() error {
		cancel()
		err := <-done
		done <- err
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return l.Addr().String(), stop
}

// pipes are connections within the program, for a bubble, in which no real one may be.
type pipes struct {
	come   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	l.come <- theirs
	return ours
}

// Accept is net.Listener's.
func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.come:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close is net.Listener's.
func (l *pipes) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is net.Listener's.
func (l *pipes) Addr() net.Addr { return &net.IPAddr{} }

// servedIn is an API that listens within a bubble; stop must be called.
func servedIn(t *testing.T, f *fake, limits Limits) (l *pipes, stop func() error) {
	t.Helper()
	l = &pipes{come: make(chan net.Conn), closed: make(chan struct{})}
	a := testAPI(t, f, limits)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx, l) }()
	return l, func() error {
		cancel()
		return <-done
	}
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

const beginning = "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer send\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"

// begin sends the header of a request whose body is still to come.
func begin(t *testing.T, addr string) net.Conn {
	t.Helper()
	c := dial(t, addr)
	if _, err := io.WriteString(c, beginning); err != nil {
		t.Fatal(err)
	}
	return c
}

func piece(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }

// answerOf reads an answer's status and body.
func answerOf(t *testing.T, c net.Conn) (int, string) {
	t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

func post(addr, body string) (int, error) { return postOver(nil, addr, body) }

// postOver is the same over connections of one's own making.
func postOver(dial func(ctx context.Context, network, addr string) (net.Conn, error), addr, body string) (int, error) {
	r, err := http.NewRequest(http.MethodPost, "http://"+addr+"/api/v1/events", strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer send")
	r.Header.Set("Content-Type", "application/x-ndjson")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dial}}
	w, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer w.Body.Close()
	_, err = io.Copy(io.Discard, w.Body)
	return w.StatusCode, err
}

// What came whole of a body that came too slowly is taken, and its caller told.
func TestABodyThatComesTooSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, stop := servedIn(t, &fake{}, Limits{})
		c := l.dial()
		defer c.Close()
		_, _ = io.WriteString(c, beginning)
		_, _ = io.WriteString(c, piece(e1+"\n"+e2[:9]))
		if status, text := answerOf(t, c); status != 408 || !strings.Contains(text, `"code":"slow"`) || !strings.Contains(text, `"id":"e1","outcome":"taken"`) {
			t.Errorf("%d %s", status, text)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestABodyWithoutEnd(t *testing.T) {
	addr, _ := served(t, &fake{}, Limits{Body: 1 << 20})
	c := begin(t, addr)
	go func() {
		for line := piece(strings.Repeat(" ", 1<<16)); ; {
			if _, err := io.WriteString(c, line); err != nil {
				return
			}
		}
	}()
	if status, text := answerOf(t, c); status != 413 || !strings.Contains(text, `"code":"too_long"`) {
		t.Errorf("%d %s", status, text)
	}
}

func TestAHeaderWithoutEnd(t *testing.T) {
	addr, _ := served(t, &fake{}, Limits{})
	c := dial(t, addr)
	go func() {
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\n")
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(c, "X-%d: %s\r\n", i, strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	}()
	if status, _ := answerOf(t, c); status != 431 {
		t.Errorf("%d", status)
	}
}

// A hundred that send nothing of what they promised keep nobody waiting.
func TestAHundredSlowCallers(t *testing.T) {
	addr, _ := served(t, &fake{}, Limits{})
	for range 100 {
		c := begin(t, addr)
		_, _ = io.WriteString(c, piece(e1[:20]))
	}
	if status, err := post(addr, e1); err != nil || status != 200 {
		t.Errorf("%d %v", status, err)
	}
}

// Thousands of connections that say nothing cost no more than a few, and the
// next caller is answered. PLUMBLINE_CONNECTIONS says how many; 10,000 need as
// many open files twice.
func TestManyConnections(t *testing.T) {
	n := 600
	if text := os.Getenv("PLUMBLINE_CONNECTIONS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	const most = 50
	addr, _ := served(t, &fake{}, Limits{Connections: most})
	before := runtime.NumGoroutine()
	var first net.Conn
	for i := range n {
		if c := dial(t, addr); i == 0 {
			first = c
		}
	}
	if status, err := post(addr, e1); err != nil || status != 200 {
		t.Errorf("%d %v", status, err)
	}
	if _, err := first.Read(make([]byte, 1)); err == nil {
		t.Error("the first is still there")
	}
	// What was closed ends soon after; what is open has one each.
	for range 1000 {
		if runtime.NumGoroutine() <= before+most+10 {
			return
		}
		runtime.Gosched()
		if status, err := post(addr, e1); err != nil || status != 200 {
			t.Fatalf("%d %v", status, err)
		}
	}
	t.Errorf("%d goroutines for %d connections, of which %d may be open", runtime.NumGoroutine()-before, n, most)
}

// Where all are at work, one more is turned away, and nobody's work is lost.
func TestAFullHouse(t *testing.T) {
	f := &fake{hold: make(chan struct{}), held: make(chan struct{}, 2)}
	addr, _ := served(t, f, Limits{Connections: 2})
	at := []net.Conn{begin(t, addr), begin(t, addr)}
	for _, c := range at {
		_, _ = io.WriteString(c, piece(strings.Repeat(e1+"\n", batchEvents)))
		<-f.held
	}
	if _, err := post(addr, e1); err == nil {
		t.Error("a third was let in")
	}
	close(f.hold)
	for _, c := range at {
		_, _ = io.WriteString(c, "0\r\n\r\n")
		if status, text := answerOf(t, c); status != 200 {
			t.Errorf("%d %s", status, text)
		}
	}
}

// Stopping answers what is under way, and waits for nobody who doesn't go on. The
// bubble ends only where nothing of it is left.
func TestStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var body bytes.Buffer
		for i := range 200 {
			fmt.Fprintf(&body, `{"id":"e%d","type":"A","time":"2026-03-01","case":"A"}`+"\n", i)
		}
		f := &fake{hold: make(chan struct{}), held: make(chan struct{}, 1)}
		l, stop := servedIn(t, f, Limits{})
		type result struct {
			status int
			err    error
		}
		answered := make(chan result)
		go func() {
			status, err := postOver(func(context.Context, string, string) (net.Conn, error) { return l.dial(), nil }, "x", body.String())
			answered <- result{status, err}
		}()
		<-f.held
		stuck := l.dial()
		_, _ = io.WriteString(stuck, beginning)
		stopped := make(chan error)
		go func() { stopped <- stop() }()
		synctest.Wait()
		close(f.hold)
		if r := <-answered; r.err != nil || r.status != 200 {
			t.Errorf("under way: %+v", r)
		}
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		if _, err := io.Copy(io.Discard, stuck); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("one that was stuck: %v", err)
		}
		select {
		case <-l.closed:
		default:
			t.Error("it still listens")
		}
	})
}

func TestServeSaysWhyItCant(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if err := testAPI(t, &fake{}, Limits{}).Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

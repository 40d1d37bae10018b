package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plumbline/internal/service"
)

// line is an answer whose connection has a deadline for reading.
type line struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (l *line) SetReadDeadline(t time.Time) error {
	l.until = t
	return nil
}

// slowly gives a piece of text each time it is asked, each after a while, and
// fails as a connection does once its deadline is over.
func slowly(l *line, after time.Duration, pieces ...string) io.Reader {
	fresh := true
	return readerFunc(func(p []byte) (int, error) {
		if fresh {
			time.Sleep(after) // of the bubble's clock
		}
		if !l.until.IsZero() && time.Now().After(l.until) {
			return 0, timeout{}
		}
		if len(pieces) == 0 {
			return 0, io.EOF
		}
		n := copy(p, pieces[0])
		pieces[0] = pieces[0][n:]
		if fresh = pieces[0] == ""; fresh {
			pieces = pieces[1:]
		}
		return n, nil
	})
}

type timeout struct{}

func (timeout) Error() string   { return "timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }

// busyFor is a service whose commits take their time.
type busyFor struct {
	fake
	d time.Duration
}

func (f *busyFor) Hand(ctx context.Context, src *service.Source, in []service.Arrival, part bool) (service.Written, error) {
	time.Sleep(f.d) // of the bubble's clock
	return f.fake.Hand(ctx, src, in, part)
}

// A caller is held to a pace while it is listened to, and not for the time that
// the service takes.
func TestPace(t *testing.T) {
	twenty := strings.Repeat(e1+"\n", 20)
	for _, c := range []struct {
		name   string
		after  time.Duration // between two pieces of 20 events
		commit time.Duration
		want   int
	}{
		{"fast", time.Millisecond, 0, 200},
		{"a piece a second", time.Second, 0, 200},
		{"a piece in nine seconds", 9 * time.Second, 0, 408},
		{"fast, and the service slow", time.Millisecond, time.Hour, 200},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &busyFor{d: c.commit}
			a := testAPI(t, &f.fake, Limits{Grace: 20 * time.Second, Rate: 1 << 10})
			a.service = f
			w := &line{ResponseRecorder: httptest.NewRecorder()}
			pieces := make([]string, 150)
			for i := range pieces {
				pieces[i] = twenty
			}
			r := httptest.NewRequest("POST", "/api/v1/events", slowly(w, c.after, pieces...))
			r.Header.Set("Authorization", "Bearer send")
			r.Header.Set("Content-Type", "application/x-ndjson")
			a.Handler().ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("%s: %d, want %d: %.300s", c.name, w.Code, c.want, w.Body)
			}
			if c.want == 200 && !w.until.IsZero() {
				t.Errorf("%s: the deadline of reading is still set while it is answered", c.name)
			}
		})
	}
}

// Of what goes through the whole record no more runs at once than may, and who
// hangs up while waiting is not answered.
func TestHeavyRequestsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := testAPI(t, &fake{}, Limits{Heavy: 1})
		a.heavy <- struct{}{}
		ctx, hangUp := context.WithCancel(t.Context())
		done := make(chan int)
		go func() {
			r := httptest.NewRequestWithContext(ctx, "GET", "/api/v1/verdicts", http.NoBody)
			r.Header.Set("Authorization", "Bearer read")
			w := httptest.NewRecorder()
			a.Handler().ServeHTTP(w, r)
			done <- w.Body.Len()
		}()
		synctest.Wait()
		if w := ask(a, "GET /api/v1/sources", "", asReader); w.Code != 200 {
			t.Errorf("others wait, too: %d", w.Code)
		}
		hangUp()
		if n := <-done; n != 0 || !errors.Is(ctx.Err(), context.Canceled) {
			t.Errorf("%d bytes were answered", n)
		}
		<-a.heavy
		if w := ask(a, "GET /api/v1/verdicts", "", asReader); w.Code != 200 || len(a.heavy) != 0 {
			t.Errorf("%d, %d still run", w.Code, len(a.heavy))
		}
	})
}

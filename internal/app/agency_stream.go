package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"plumbline/internal/errs"
	"plumbline/internal/sim/agency"
)

// AgencyStream sends what a simulated agency types in, in the order in which it
// arrives, at a multiple of real time.
type AgencyStream struct {
	Speed float64 // seconds of the agency in one second; 0: as fast as it goes
	Send  func(lines []byte) error
	// Now and Sleep are the clock. Sleep ends early, with the context's error, when
	// the context does.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

// batch is how many bytes are sent at once at most, give or take a line.
const streamBatch = 1 << 18

// Run simulates and sends until all is sent or the context ends, which is no
// error: what was due by then has been sent. It gives how many entries were.
func (s AgencyStream) Run(ctx context.Context, o agency.Options) (sent int, err error) {
	sim := agency.New(o)
	var lines []byte
	waiting := 0
	flush := func() error {
		if waiting == 0 {
			return nil
		}
		if err := s.Send(lines); err != nil {
			return err
		}
		sent += waiting
		lines, waiting = lines[:0], 0
		return nil
	}
	start, first := s.Now(), int64(0)
	_, err = sim.Run(func(e *agency.Entry) error {
		if first == 0 {
			first = e.Arrives
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.Speed > 0 {
			due := start.Add(time.Duration(float64(e.Arrives-first) / s.Speed * float64(time.Second)))
			if wait := due.Sub(s.Now()); wait > 0 {
				if err := flush(); err != nil {
					return err
				}
				if err := s.Sleep(ctx, wait); err != nil {
					return err
				}
			}
		}
		lines = sim.AppendJSON(lines, e)
		waiting++
		if len(lines) >= streamBatch {
			return flush()
		}
		return nil
	})
	if err == nil || errors.Is(err, context.Canceled) {
		err = flush()
	}
	return sent, err
}

// SleepFor is the Sleep of a real clock.
func SleepFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// PostTo is a Send that posts lines of JSON to a URL, with a bearer token where
// one is given. An answer other than 2xx is an error.
func PostTo(url, token string, client *http.Client) func([]byte) error {
	return func(lines []byte) error {
		req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(lines))
		if err != nil {
			return badURL(url, err)
		}
		req.Header.Set("Content-Type", "application/x-ndjson")
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := client.Do(req)
		if err != nil {
			return &errs.Error{Code: errs.Input, Place: errs.Place{File: url}, Err: err, What: errs.Tf("can't be reached: %v", "无法连接：%v", err),
				Next: errs.T("check the address, and that the service runs", "请检查地址以及服务是否在运行")}
		}
		defer answer.Body.Close()
		said, err := io.ReadAll(io.LimitReader(answer.Body, 300))
		if answer.StatusCode/100 != 2 {
			return &errs.Error{Code: errs.Input, Place: errs.Place{File: url}, Err: err,
				What: errs.Tf("the service answered %s: %s", "服务的答复是 %s：%s", answer.Status, strings.TrimSpace(string(said))),
				Next: errs.T("check the address and the token (--token)", "请检查地址和令牌（--token）")}
		}
		return nil
	}
}

func badURL(url string, err error) error {
	return &errs.Error{Code: errs.Usage, Place: errs.Place{File: url}, Err: err, What: errs.T("this is no address", "这不是网址"),
		Next: errs.T("write it whole, as https://host/path", "请写完整，如 https://host/path")}
}

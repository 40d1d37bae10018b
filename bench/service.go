package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// serviceWorks are those of the service, in the order in which they run: from "start" on
// each finds the record as the one before left it.
var serviceWorks = []string{"idle", "sealing", "start", "timeline", "pages", "latency", "ingest"}

// reached is one figure of the service beside what is asked.
type reached struct {
	work, figure, ask string
	yes               bool
}

func verdict(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// writeReached writes figures as Markdown.
func writeReached(w io.Writer, list []reached) {
	fmt.Fprintln(w, "| service | figure | reach | reached |")
	fmt.Fprintln(w, "|---|--:|--:|---|")
	for _, r := range list {
		answer := verdict(r.yes)
		if r.ask == "" {
			answer = ""
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", r.work, r.figure, r.ask, answer)
	}
	fmt.Fprintln(w)
}

// service measures the works of the service that are wanted.
func (b *bench) service() (out []reached, err error) {
	if b.wants("idle") {
		if out, err = b.idle(); err != nil {
			return out, fmt.Errorf("idle: %w", err)
		}
	}
	if !slices.ContainsFunc(serviceWorks[1:], b.wants) {
		return out, nil
	}
	stored, more, f, err := b.record()
	if err != nil {
		return out, fmt.Errorf("the record: %w", err)
	}
	out = append(out, reached{fmt.Sprintf("ingest into an empty record, %s events, %d rules, %s findings", millions(f.Events), 126+len(served()), millions(f.Findings)),
		fmt.Sprintf("%.1f k events/s, %.1f µs of processor an event; then %.0f MB", float64(f.Events)/f.Seconds/1000, f.CPU/float64(f.Events)*1e6, f.MB),
		"≥ 20 k/s", float64(f.Events)/f.Seconds >= 20e3})
	if b.wants("sealing") {
		progress("sealing")
		list, err := b.sealing(stored, more)
		if out = append(out, list...); err != nil {
			return out, fmt.Errorf("sealing: %w", err)
		}
	}
	if !slices.ContainsFunc(serviceWorks[2:], b.wants) {
		return out, nil
	}
	dir, err := os.MkdirTemp(b.dir, "serving-")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(filepath.Join(dir, "data"), os.DirFS(stored)); err != nil {
		return out, err
	}
	syscall.Sync() // else what follows waits for the copy to be written
	if b.wants("pages") {
		if err := b.addVisitors(filepath.Join(dir, "data")); err != nil {
			return out, err
		}
	}
	more2, err := b.onRecord(filepath.Join(dir, "data"), more)
	return append(out, more2...), err
}

// onRecord measures on a copy of the record.
func (b *bench) onRecord(dir, more string) (out []reached, err error) {
	s, err := b.serve(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if stopped := s.stop(); err == nil {
			err = stopped
		}
	}()
	if b.wants("start") {
		held, most := s.mb()
		progress("start: ready in %v, %.0f MB, %.0f at most", s.ready, held, most)
		out = append(out, reached{fmt.Sprintf("start with %s events stored", millions(b.stored)), fmt.Sprintf("%.1f s, %.1f s of processor, %.0f MB held, %.0f MB at most", s.ready.Seconds(), s.cpu(), held, most),
			"≤ 5 s, ≤ 1.2 GB", s.ready <= 5*time.Second && held <= 1200})
	}
	for _, w := range []struct {
		name string
		do   func(*server, string) ([]reached, error)
	}{{"timeline", b.timeline}, {"pages", b.pages}, {"latency", b.latency}, {"ingest", b.ingest}} {
		if !b.wants(w.name) {
			continue
		}
		progress("%s", w.name)
		list, err := w.do(s, more)
		out = append(out, list...)
		for _, r := range list {
			progress("  %s: %s", r.work, r.figure)
		}
		if err != nil {
			return out, fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return out, nil
}

// idle is a service into which nothing has come.
func (b *bench) idle() ([]reached, error) {
	dir, err := os.MkdirTemp(b.dir, "idle-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	data := filepath.Join(dir, "data")
	if err := b.setUp(data); err != nil {
		return nil, err
	}
	stripped := filepath.Join(dir, "plumbline")
	if err := b.goTool("build", "-trimpath", "-ldflags=-s -w", "-o", stripped, "./cmd/plumbline"); err != nil {
		return nil, err
	}
	info, err := os.Stat(stripped)
	if err != nil {
		return nil, err
	}
	var starts []time.Duration
	held := 0.0
	for range b.runs + 1 { // the first one puts the packs into the record
		s, err := b.serve(data)
		if err != nil {
			return nil, err
		}
		time.Sleep(2 * time.Second) // two ticks of its clock
		held, _ = s.mb()
		starts = append(starts, s.ready)
		if err := s.stop(); err != nil {
			return nil, err
		}
	}
	ready := quantile(starts[1:], 0.5)
	size := float64(info.Size()) / 1e6
	return []reached{
		{"an empty service, ready", fmt.Sprintf("%.0f ms", millis(ready)), "≤ 300 ms", ready <= 300*time.Millisecond},
		{"an empty service, memory after two seconds", fmt.Sprintf("%.0f MB", held), "≤ 80 MB", held <= 80},
		{"the program, stripped", fmt.Sprintf("%.1f MB", size), "≤ 60 MB", size <= 60},
	}, nil
}

// timeline asks for cases by chance.
func (b *bench) timeline(s *server, _ string) ([]reached, error) {
	token, err := s.token(readerToken)
	if err != nil {
		return nil, err
	}
	const asked, before = 500, 50
	all := b.allCases() // some have no event yet; those aren't counted
	chance := rand.New(rand.NewPCG(1, 1))
	var took []time.Duration
	for len(took) < asked+before {
		began := time.Now()
		status, text, err := s.get(fmt.Sprintf("/api/v1/objects/case/C%d/timeline", chance.IntN(all)), token)
		switch {
		case err != nil:
			return nil, err
		case status == http.StatusOK:
			took = append(took, time.Since(began))
		case status != http.StatusNotFound:
			return nil, fmt.Errorf("the service answered %d: %.300s", status, text)
		}
	}
	took = took[before:]
	return []reached{{fmt.Sprintf("a case's timeline, %s cases", millions(int(float64(b.stored)/5.654))),
		fmt.Sprintf("median %.1f ms, p95 %.1f ms", millis(quantile(took, 0.5)), millis(quantile(took, 0.95))),
		"p95 ≤ 20 ms", quantile(took, 0.95) <= 20*time.Millisecond}}, nil
}

// ingest sends the burst, and meanwhile single events from a process of their own.
func (b *bench) ingest(s *server, more string) ([]reached, error) {
	events, file, err := linesOf(more, extra)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	before, err := s.findings()
	if err != nil {
		return nil, err
	}
	token, err := s.token(singleToken)
	if err != nil {
		return nil, err
	}
	singles, err := b.startSingles(s, token)
	if err != nil {
		return nil, err
	}
	profiled := b.profiling(s)
	cpu, began := s.cpu(), time.Now()
	err = s.bulk(events, b.burst)
	passed, busy := time.Since(began).Seconds(), s.cpu()-cpu
	single, failed := singles()
	if err == nil {
		err = failed
	}
	if err == nil {
		err = profiled()
	}
	if err != nil {
		return nil, err
	}
	after, err := s.findings()
	if err != nil {
		return nil, err
	}
	rate := float64(b.burst) / passed
	return []reached{
		{fmt.Sprintf("a burst of %s events, %s findings, with %s stored", millions(b.burst), millions(after-before), millions(b.stored)),
			fmt.Sprintf("%.1f k events/s, %.1f µs of processor an event", rate/1000, busy/float64(b.burst)*1e6), "≥ 40 k/s", rate >= 40e3},
		{fmt.Sprintf("a single event meanwhile (%d)", len(single)),
			fmt.Sprintf("median %.1f ms, p99 %.1f ms", millis(quantile(single, 0.5)), millis(quantile(single, 0.99))),
			"p99 ≤ 20 ms", quantile(single, 0.99) <= 20*time.Millisecond},
	}, nil
}

// openLoop does something at every tick, and gives how long each took from its tick
// on, until it is over.
func openLoop(every time.Duration, over <-chan struct{}, do func(i int) error) ([]time.Duration, error) {
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	var all sync.WaitGroup
	start := time.Now()
	for i := 0; ; i++ {
		due := start.Add(time.Duration(i) * every)
		select {
		case <-over:
			all.Wait()
			return took, failed
		case <-time.After(time.Until(due)):
		}
		all.Go(func() {
			err := do(i)
			mu.Lock()
			defer mu.Unlock()
			if took = append(took, time.Since(due)); err != nil {
				failed = err
			}
		})
	}
}

// latency offers events at a rate and looks when each finding can be seen.
func (b *bench) latency(s *server, more string) ([]reached, error) {
	const perRequest = 10
	n := min(b.rate*b.seconds, extra) / perRequest
	events, file, err := linesOf(more, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	bodies, ids := make([][]byte, n), make([][]string, n)
	for i := range bodies {
		for range perRequest {
			from := len(bodies[i])
			if bodies[i], err = events.next(bodies[i]); err != nil {
				return nil, err
			}
			var e struct{ ID string }
			if err := json.Unmarshal(bodies[i][from:], &e); err != nil {
				return nil, err
			}
			ids[i] = append(ids[i], "bulk/"+e.ID)
		}
	}
	token, err := s.token(sourceToken)
	if err != nil {
		return nil, err
	}
	w := &watcher{s: s, sent: map[string]time.Time{}}
	if err := w.begin(); err != nil {
		return nil, err
	}
	over, watched := make(chan struct{}), make(chan error, 1)
	go func() { watched <- w.watch(over) }()
	every := time.Second * perRequest / time.Duration(b.rate)
	start, cpu := time.Now(), s.cpu()
	for i := range ids {
		for _, id := range ids[i] {
			w.sent[id] = start.Add(time.Duration(i) * every)
		}
	}
	close(w.known)
	enough := make(chan struct{})
	time.AfterFunc(time.Duration(n-1)*every+every/2, func() { close(enough) })
	took, err := openLoop(every, enough, func(i int) error {
		if i >= n {
			return nil
		}
		return s.post(token, bodies[i])
	})
	busy, passed := s.cpu()-cpu, time.Since(start).Seconds()
	time.Sleep(time.Second) // the last findings are seen
	close(over)
	if e := <-watched; err == nil {
		err = e
	}
	if err != nil {
		return nil, err
	}
	if len(w.took) == 0 {
		return nil, fmt.Errorf("%d events brought no finding", n*perRequest)
	}
	return []reached{
		{fmt.Sprintf("an event to its finding, %d events/s offered for %.0f s (%d findings)", b.rate, passed, len(w.took)),
			fmt.Sprintf("median %.1f ms, p99 %.1f ms", millis(quantile(w.took, 0.5)), millis(quantile(w.took, 0.99))),
			"p99 ≤ 100 ms", quantile(w.took, 0.99) <= 100*time.Millisecond},
		{fmt.Sprintf("the answer to %d events meanwhile", perRequest),
			fmt.Sprintf("median %.1f ms, p99 %.1f ms; %.0f %% of a core", millis(quantile(took, 0.5)), millis(quantile(took, 0.99)), busy/passed*100), "", false},
	}, nil
}

// watcher asks for the newest findings over and over, as a page does that shows
// them, and notes how long after its event each is there.
type watcher struct {
	s     *server
	token string
	last  int64
	known chan struct{} // closed once sent is whole
	sent  map[string]time.Time
	took  []time.Duration
}

type newest struct {
	Findings []struct {
		Number    int64
		Event, By string
	}
}

func (w *watcher) ask(limit int) (page newest, err error) {
	status, text, err := w.s.get("/api/v1/findings?"+url.Values{"sort": {"-raised"}, "limit": {fmt.Sprint(limit)}}.Encode(), w.token)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the service answered %d: %.300s", status, text)
	}
	if err == nil {
		err = json.Unmarshal(text, &page)
	}
	return page, err
}

func (w *watcher) begin() (err error) {
	w.known = make(chan struct{})
	if w.token, err = w.s.token(readerToken); err != nil {
		return err
	}
	page, err := w.ask(1)
	if len(page.Findings) > 0 {
		w.last = page.Findings[0].Number
	}
	return err
}

// watch looks every ten milliseconds.
func (w *watcher) watch(over <-chan struct{}) error {
	<-w.known
	for {
		select {
		case <-over:
			return nil
		case <-time.After(10 * time.Millisecond):
		}
		page, err := w.ask(20)
		if n := len(page.Findings); err == nil && n > 0 && page.Findings[n-1].Number > w.last {
			page, err = w.ask(500) // more than twenty are new
		}
		if err != nil {
			return err
		}
		now, last := time.Now(), w.last
		for _, f := range page.Findings {
			w.last = max(w.last, f.Number)
			decided := f.Event // by itself, or by what came later
			if f.By != "" && w.sent[f.By].After(w.sent[f.Event]) {
				decided = f.By
			}
			if sent, ok := w.sent[decided]; ok && f.Number > last {
				w.took = append(w.took, now.Sub(sent))
			}
		}
	}
}

func quantile(list []time.Duration, q float64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*q))]
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// millions is a number in millions, or in thousands.
func millions(n int) string {
	if n < 1_000_000 {
		return fmt.Sprintf("%.0f k", float64(n)/1000)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/1e6), ".0") + " M"
}

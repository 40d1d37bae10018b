package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// served are the rules of the measured pack: the five, and four that a third of the
// cases keep running for years.
func served() []benchRule {
	rules := five()
	for i := range 4 {
		rules = append(rules, benchRule{id: fmt.Sprintf("open%d", i+1),
			body: fmt.Sprintf("when: {event: Register, where: it.attr.amount < 29000}\nmust: {followed_by: Audit%d, within: 3650d}", i+1)})
	}
	return rules
}

// extra is how many events lie ready for the works that need few.
const extra = 400_000

// allCases is of how many cases the log of all these events is made.
func (b *bench) allCases() int { return (b.stored+b.burst+extra)*10/56 + 1 }

// filled says what filling a record took.
type filled struct {
	Events, Findings int
	Seconds, CPU, MB float64
	Machine          string
}

// record is a data directory in which so many events are stored, made once, and
// the file of the events that follow.
func (b *bench) record() (dir, more string, f filled, err error) {
	dir = filepath.Join(b.dir, fmt.Sprintf("service-%d", b.stored))
	more = filepath.Join(b.dir, fmt.Sprintf("service-%d-%d.jsonl", b.stored, b.burst))
	told := filepath.Join(dir, "filled.json")
	if text, err := os.ReadFile(told); err == nil {
		if _, err := os.Stat(more); err == nil {
			return dir, more, f, json.Unmarshal(text, &f)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return dir, more, f, err
	}
	if err := b.setUp(dir); err != nil {
		return dir, more, f, err
	}
	if f, err = b.fill(dir, more); err != nil {
		return dir, more, f, err
	}
	text, err := json.Marshal(f)
	if err != nil {
		return dir, more, f, err
	}
	return dir, more, f, os.WriteFile(told, text, 0o644)
}

// fill makes the synthetic log, lets a service take its first events, and writes
// the others into a file.
func (b *bench) fill(dir, more string) (f filled, err error) {
	progress("making a record of %d events: this takes minutes, once", b.stored)
	genlog := filepath.Join(b.dir, "genlog")
	if err := b.goTool("build", "-o", genlog, "./internal/sim/synthetic/genlog"); err != nil {
		return f, err
	}
	cmd := exec.Command(genlog, strconv.Itoa(b.allCases()), "1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return f, err
	}
	if err := cmd.Start(); err != nil {
		return f, err
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }() // what is left of the log isn't wanted
	rows := bufio.NewReaderSize(out, 1<<20)
	if _, err := rows.ReadSlice('\n'); err != nil { // its head
		return f, err
	}
	events := &lineReader{rows: rows}
	s, err := b.serve(dir)
	if err != nil {
		return f, err
	}
	began := time.Now()
	err = s.bulk(events, b.stored)
	f = filled{Events: b.stored, Seconds: time.Since(began).Seconds(), CPU: s.cpu(), Machine: machine()}
	f.MB, _ = s.mb()
	if err == nil {
		f.Findings, err = s.findings()
	}
	settle(dir)
	if stopped := s.stop(); err == nil {
		err = stopped
	}
	if err != nil {
		return f, err
	}
	return f, makeOnce(more, func(part string) error { return events.toFile(part, b.burst+extra) })
}

// settle waits until the service has made the image of its engine that it puts off as
// long as events come in a burst: it is kept open all day, and isn't ended amid one.
func settle(dir string) {
	const still = 30 * time.Second
	begun := time.Now()
	for time.Since(begun) < 10*time.Minute {
		last := begun // a small record has no image
		if at, err := os.Stat(filepath.Join(dir, "image")); err == nil && at.ModTime().After(last) {
			last = at.ModTime()
		}
		if time.Since(last) > still {
			return
		}
		time.Sleep(time.Second)
	}
}

// lineReader makes events as JSON of the rows of the synthetic log. What it reads
// comes in the order of time, as from an agency's systems.
type lineReader struct {
	rows *bufio.Reader
	n    int
}

// next appends one event.
func (r *lineReader) next(to []byte) ([]byte, error) {
	row, err := r.rows.ReadSlice('\n')
	if err != nil {
		return to, err
	}
	f := bytes.SplitN(bytes.TrimSpace(row), []byte(","), 5)
	if len(f) < 5 {
		return to, fmt.Errorf("%q is no row of the synthetic log", row)
	}
	r.n++
	return fmt.Appendf(to, `{"id":"e%d","type":"%s","time":"%s","actor":"%s","objects":[{"type":"case","id":"%s"}],"attributes":{"amount":%s}}`+"\n", r.n, f[1], f[2], f[3], f[0], f[4]), nil
}

func (r *lineReader) toFile(name string, n int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	var line []byte
	for range n {
		if line, err = r.next(line[:0]); err == nil {
			_, err = w.Write(line)
		}
		if err != nil {
			f.Close()
			return err
		}
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// ready reads events that are JSON already.
type readyLines struct{ rows *bufio.Reader }

func (r readyLines) next(to []byte) ([]byte, error) {
	line, err := r.rows.ReadSlice('\n')
	return append(to, line...), err
}

// linesOf opens a file of events, from the nth on.
func linesOf(file string, skip int) (readyLines, io.Closer, error) {
	f, err := os.Open(file)
	if err != nil {
		return readyLines{}, nil, err
	}
	r := readyLines{bufio.NewReaderSize(f, 1<<20)}
	for range skip {
		if _, err := r.rows.ReadSlice('\n'); err != nil {
			f.Close()
			return r, nil, fmt.Errorf("%s has fewer than %d events: %w", file, skip, err)
		}
	}
	return r, f, nil
}

// bulkEvents are in a request of the bulk.
const bulkEvents = 5000

// bulk sends so many events as fast as they are taken, one request after the other
// and in their order, as `plumbline push` does with a file.
func (s *server) bulk(from interface {
	next(to []byte) ([]byte, error)
}, n int) error {
	token, err := s.token(sourceToken)
	if err != nil {
		return err
	}
	bodies, ended := make(chan []byte, 2), make(chan error, 1) // the next is made while one is under way
	go func() {
		var failed error
		for body := range bodies {
			if failed == nil {
				failed = s.post(token, body)
			}
		}
		ended <- failed
	}()
	var body []byte
	for i := range n {
		if body, err = from.next(body); err != nil {
			break
		}
		if i%bulkEvents == bulkEvents-1 || i == n-1 {
			bodies <- body
			body = make([]byte, 0, len(body)+4096)
		}
		if i%1_000_000 == 999_999 {
			progress("  %d events sent", i+1)
		}
	}
	close(bodies)
	if failed := <-ended; err == nil {
		err = failed
	}
	return err
}

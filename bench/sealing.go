package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// sealingOff says what of the program stands in another's place where nothing is to be
// sealed: the product can't be told to leave that out.
var sealingOff = []struct{ file, was, is string }{
	{"internal/sqldb/seal.go", "\tif all == 0 {\n", "\tif true {\n"},
	{"internal/sqldb/seal.go", "\tif len(leaves) == 0 {\n", "\tif true {\n"},
	{"internal/sqldb/seal_batches.go", "\th, err := s.head(ctx, tx)\n", "\tif s != nil {\n\t\treturn nil, nil\n\t}\n\th, err := s.head(ctx, tx)\n"},
	{"internal/sqldb/seal_batches.go", "\tgo func() {\n", "\treturn func() ([]batchRoot, error) { return nil, nil }\n\tgo func() {\n"},
	{"internal/sqldb/seal_rows.go", "\tdst, err := t.sealed.AppendRow(dst, values)\n", "\tif t != nil {\n\t\treturn nil, nil\n\t}\n\tdst, err := t.sealed.AppendRow(dst, values)\n"},
	{"internal/sqldb/commit.go", "\tif w.row, err = t.appendRow(w.row[:0], values); err == nil {\n", "\tif false {\n"},
}

// unsealed builds the program that seals nothing.
func (b *bench) unsealed() (string, error) {
	repo, err := filepath.Abs(b.repo)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for i, off := range sealingOff {
		name := filepath.Join(repo, filepath.FromSlash(off.file))
		from := name
		if other := replace[name]; other != "" { // the second place in a file
			from = other
		}
		text, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if n := strings.Count(string(text), off.was); n != 1 {
			return "", fmt.Errorf("%s has %q %d times; expected it once, to leave sealing out", off.file, off.was, n)
		}
		other := filepath.Join(b.dir, fmt.Sprintf("unsealed-%d.go", i))
		if err := os.WriteFile(other, []byte(strings.Replace(string(text), off.was, off.is, 1)), 0o644); err != nil {
			return "", err
		}
		replace[name] = other
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay, program := filepath.Join(b.dir, "unsealed.json"), filepath.Join(b.dir, "plumbline-unsealed")
	if err := os.WriteFile(overlay, text, 0o644); err != nil {
		return "", err
	}
	return program, b.goTool("build", "-overlay", overlay, "-o", program, "./cmd/plumbline")
}

// sealing takes a burst in with the program and with one that seals nothing, by turns,
// each on a record of its own, and tells what sealing takes of it.
func (b *bench) sealing(dir, more string) ([]reached, error) {
	program, err := b.unsealed()
	if err != nil {
		return nil, err
	}
	var cpu, rate [2][]float64 // sealed, unsealed
	for round := range b.runs {
		for i := range 2 {
			which := (round + i) % 2 // each first by turns
			c, r, err := b.burstWith([]string{b.plumbline, program}[which], dir, more)
			if err != nil {
				return nil, err
			}
			progress("  %s: %.1f k events/s, %.1f µs of processor an event", []string{"sealed", "unsealed"}[which], r/1000, c)
			cpu[which], rate[which] = append(cpu[which], c), append(rate[which], r)
		}
	}
	// A machine that is shared is half as fast for minutes: only what was measured one
	// behind the other is compared.
	var shares []float64
	for round := range b.runs {
		shares = append(shares, (1-cpu[1][round]/cpu[0][round])*100)
	}
	share := middle(shares)
	return []reached{{fmt.Sprintf("sealing a burst of %s events, with %s stored", millions(b.burst), millions(b.stored)),
		fmt.Sprintf("%.0f %% of processor time, the middle of %d pairs (%.0f to %.0f %%): %.1f µs an event, %.1f without; %.1f k events/s, %.1f without",
			share, b.runs, slices.Min(shares), slices.Max(shares), middle(cpu[0]), middle(cpu[1]), middle(rate[0])/1000, middle(rate[1])/1000),
		"≤ 10 %", share <= 10}}, nil
}

// middle is the median.
func middle(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// burstWith lets a program take the burst into a copy of a record, and gives the
// processor time an event took, µs, and how many a second there were.
func (b *bench) burstWith(program, record, more string) (cpu, rate float64, err error) {
	dir, err := os.MkdirTemp(b.dir, "sealing-")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir)
	data := filepath.Join(dir, "data")
	if err := os.CopyFS(data, os.DirFS(record)); err != nil {
		return 0, 0, err
	}
	other := *b
	other.plumbline = program
	events, file, err := linesOf(more, extra)
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	s, err := other.serve(data)
	if err != nil {
		return 0, 0, err
	}
	before, began := s.cpu(), time.Now()
	err = s.bulk(events, b.burst)
	passed := time.Since(began).Seconds()
	cpu, rate = (s.cpu()-before)/float64(b.burst)*1e6, float64(b.burst)/passed
	if stopped := s.stop(); err == nil {
		err = stopped
	}
	return cpu, rate, err
}

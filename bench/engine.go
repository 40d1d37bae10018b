package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// figure is one Go benchmark with what it reported beside the time.
type figure struct {
	name    string
	metrics map[string]float64 // by unit
}

// engine runs Go benchmarks of internal/monitor on the synthetic log, each for
// so many rounds.
func (b *bench) engine(which string, rounds int) ([]figure, error) {
	progress("benchmarks %s of internal/monitor", which)
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", "^Benchmark("+which+")$", "-benchtime", strconv.Itoa(rounds)+"x", "-timeout", "60m", "./internal/monitor")
	var out bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = b.repo, io.MultiWriter(&out, os.Stderr), os.Stderr
	cmd.Env = append(os.Environ(), "PLUMBLINE_BENCH_CASES="+strconv.Itoa(b.cases))
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go test -bench %s: %w", which, err)
	}
	return parseFigures(out.String())
}

// parseFigures reads what go test -bench prints: a name, the rounds, then
// pairs of a number and its unit.
func parseFigures(text string) ([]figure, error) {
	var out []figure
	for _, l := range strings.Split(text, "\n") {
		f := strings.Fields(l)
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		fig := figure{strings.TrimPrefix(withoutCores(f[0]), "Benchmark"), map[string]float64{}}
		for i := 2; i+1 < len(f); i += 2 {
			n, err := strconv.ParseFloat(f[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%q: expected a number and its unit: %w", l, err)
			}
			fig.metrics[f[i+1]] = n
		}
		out = append(out, fig)
	}
	if out == nil {
		return nil, fmt.Errorf("go test printed no benchmark:\n%s", text)
	}
	return out, nil
}

// withoutCores is a benchmark's name without the number of cores at its end.
func withoutCores(name string) string {
	at := strings.LastIndexByte(name, '-')
	if at < 0 {
		return name
	}
	if _, err := strconv.Atoi(name[at+1:]); err != nil {
		return name
	}
	return name[:at]
}

// reaches are the figures to reach of benchmarks, events a second.
var reaches = map[string]float64{"Live/five-rules": 2e6, "Check/count-approvals": 10e6, "Check/count-all": 10e6,
	"Live/count-approvals": 10e6, "Live/count-all": 10e6}

// writeFigures writes benchmarks as Markdown.
func writeFigures(w io.Writer, figures []figure) {
	fmt.Fprintln(w, "| engine alone | figure | reach | reached |")
	fmt.Fprintln(w, "|---|--:|--:|---|")
	for _, f := range figures {
		reach, reached := "", ""
		if want := reaches[f.name]; want > 0 {
			reach, reached = fmt.Sprintf("≥ %.0f M events/s", want/1e6), "yes"
			if f.metrics["events/s"] < want {
				reached = "no"
			}
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", f.name, f.said(), reach, reached)
	}
	fmt.Fprintln(w)
}

// said is a figure's metrics but the plain time, which is of a whole round.
func (f figure) said() string {
	var said []string
	for unit, n := range f.metrics {
		switch unit {
		case "ns/op":
		case "events/s":
			said = append(said, fmt.Sprintf("%.2f M events/s", n/1e6))
		default:
			said = append(said, fmt.Sprintf("%.4g %s", n, unit))
		}
	}
	slices.Sort(said)
	return strings.Join(said, ", ")
}

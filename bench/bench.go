package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
)

// works are the pieces of work, by the names that -only takes.
var works = append([]string{"xes", "csv", "parquet5", "parquet50", "more", "engine"}, serviceWorks...)

// bench is one run of this program.
type bench struct {
	dir, repo, logs string
	runs, cases     int
	only            []string
	stored, burst   int // events of the service's record, and of a burst on it
	rate, seconds   int // at which single findings are waited for, and how long
	profile         string

	self, plumbline string // programs
	csv, parquet    string // the synthetic log
}

func (b *bench) wants(work string) bool { return b.only == nil || slices.Contains(b.only, work) }

func (b *bench) run() error {
	for _, w := range b.only {
		if !slices.Contains(works, w) {
			return fmt.Errorf("-only %q: expected some of %v", w, works)
		}
	}
	if b.wants("xes") && b.logs == "" {
		return errors.New("PLUMBLINE_LOGS names no folder with the real logs (docs/real-logs.md says where to get them); set it, or leave the work xes out with -only")
	}
	if err := b.prepare(); err != nil {
		return err
	}
	fmt.Printf("%s\n\n", machine())
	var lines []line
	for _, w := range []struct {
		name string
		do   func() (line, error)
	}{{"xes", b.xes}, {"csv", b.fromCSV}, {"parquet5", b.fromParquet5}, {"parquet50", b.fromParquet50}, {"more", b.oneMore}} {
		if !b.wants(w.name) {
			continue
		}
		l, err := w.do()
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		lines = append(lines, l)
	}
	if len(lines) > 0 {
		writeTable(os.Stdout, lines)
	}
	if b.wants("engine") {
		figures, err := b.engine("Check|Step|Live", 1)
		if err != nil {
			return err
		}
		writeFigures(os.Stdout, figures)
	}
	list, err := b.service()
	if len(list) > 0 {
		writeReached(os.Stdout, list)
	}
	return err
}

// prepare builds the programs and makes the logs that aren't there yet.
func (b *bench) prepare() error {
	var err error
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.dir, err = filepath.Abs(b.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	b.plumbline = filepath.Join(b.dir, "plumbline")
	laid, err := b.overlay()
	if err != nil {
		return err
	}
	if err := b.goTool(slices.Concat([]string{"build"}, laid, []string{"-o", b.plumbline, "./cmd/plumbline"})...); err != nil {
		return err
	}
	name := filepath.Join(b.dir, fmt.Sprintf("synthetic-%d", b.cases))
	b.csv, b.parquet = name+".csv", name+".parquet"
	if b.wants("csv") || b.wants("parquet5") || b.wants("parquet50") || b.wants("more") {
		return b.makeLogs()
	}
	return nil
}

// makeLogs writes the synthetic log as CSV and, by DuckDB, as Parquet.
func (b *bench) makeLogs() error {
	err := makeOnce(b.csv, func(part string) error {
		genlog := filepath.Join(b.dir, "genlog")
		if err := b.goTool("build", "-o", genlog, "./internal/sim/synthetic/genlog"); err != nil {
			return err
		}
		f, err := os.Create(part)
		if err != nil {
			return err
		}
		if _, err = measure(f, genlog, strconv.Itoa(b.cases), "1"); err != nil {
			return errors.Join(err, f.Close())
		}
		return f.Close()
	})
	if err != nil {
		return err
	}
	return makeOnce(b.parquet, func(part string) error {
		_, _, err := b.peer(job{Setup: []string{"COPY (" + readCSV(b.csv) + ") TO " + quote(part) + " (FORMAT parquet)"}})
		return err
	})
}

// makeOnce makes a file under another name first, so that half of one is never
// taken for it.
func makeOnce(name string, do func(part string) error) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	progress("making %s", name)
	if err := do(name + ".part"); err != nil {
		return err
	}
	return os.Rename(name+".part", name)
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// xes is the main job: a real XES log, compressed, against the built-in pack;
// beside it what unpacking alone takes.
func (b *bench) xes() (line, error) {
	file := filepath.Join(b.logs, "road-traffic-fines.xes.gz")
	ours := b.check("it-traffic-fines", file)
	l := line{work: "XES.gz of 561,470 traffic fines, 17 rules", other: "gzip -dc", most: 1.8, mostRatio: true, mostMB: 200}
	var first map[string]int
	err := b.byTurns(&l, func() (sample, error) {
		s, counts, err := ours()
		if err != nil {
			return s, err
		}
		if first == nil {
			first = counts
		}
		if len(counts) != 17 {
			return s, fmt.Errorf("the pack has %d rules; the figure is for 17", len(counts))
		}
		return s, same("the first run", first, counts)
	}, func() (sample, error) { return measure(nil, "gzip", "-dc", file) })
	return l, err
}

func (b *bench) fromCSV() (line, error) {
	return b.againstDuckDB(line{work: events(b.cases) + " of CSV, 5 rules", most: 2.0, took: 4.5, mostMB: 1000}, five(), b.csv,
		"CREATE TABLE log AS "+readCSV(b.csv))
}

func (b *bench) fromParquet5() (line, error) {
	return b.againstDuckDB(line{work: "the same from Parquet, 5 rules", most: 1.2, took: 2.4}, five(), b.parquet, viewOf(b.parquet))
}

func (b *bench) fromParquet50() (line, error) {
	return b.againstDuckDB(line{work: "the same from Parquet, 50 rules", most: 2.5, took: 21}, fifty(), b.parquet, viewOf(b.parquet))
}

func viewOf(parquet string) string {
	return "CREATE VIEW log AS SELECT * FROM read_parquet(" + quote(parquet) + ")"
}

// events is about how many a log of so many cases has.
func events(cases int) string { return fmt.Sprintf("%.1f M events", float64(cases)*5.654/1e6) }

// againstDuckDB measures rules on a log beside DuckDB's queries, once their
// answers were found to be the same.
func (b *bench) againstDuckDB(l line, rules []benchRule, log, setup string) (line, error) {
	pack := filepath.Join(b.dir, fmt.Sprintf("rules-%d.yaml", len(rules)))
	if err := os.WriteFile(pack, []byte(packOf(rules)), 0o644); err != nil {
		return l, err
	}
	l.other = "DuckDB"
	progress("comparing the answers to %d rules", len(rules))
	_, exact, err := b.peer(job{Setup: []string{setup}, Queries: queries(rules, true)})
	if err != nil {
		return l, err
	}
	ours, timed := b.check(pack, log), job{Setup: []string{setup}, Queries: queries(rules, false)}
	err = b.byTurns(&l, func() (sample, error) {
		s, counts, err := ours()
		if err != nil {
			return s, err
		}
		return s, same("DuckDB", exact.Counts, counts)
	}, func() (sample, error) {
		s, _, err := b.peer(timed)
		return s, err
	})
	return l, err
}

// oneMore is what a rule more costs on a log already read: for us the
// difference of two runs within one process, for DuckDB its one query on a
// table in memory. So small a difference drowns in what else the machine does;
// it counts for no less than its processor time shared out among the cores.
func (b *bench) oneMore() (line, error) {
	l := line{work: "one rule more, on types that a tenth of the events have", other: "DuckDB's query", most: 0.025, took: 0.4}
	figures, err := b.engine("OneRuleMore", 9*b.runs)
	if err != nil {
		return l, err
	}
	_, p, err := b.peer(job{Setup: []string{"CREATE TABLE log AS SELECT * FROM read_parquet(" + quote(b.parquet) + ")"},
		Queries: slices.Repeat(queries([]benchRule{oneRuleMore()}, false), b.runs)})
	if err != nil {
		return l, err
	}
	for _, f := range figures {
		ms, ok := f.metrics["more-ms"]
		if !ok {
			continue
		}
		if n := int(f.metrics["violations"]); n != p.Counts[oneRuleMore().id] {
			return l, fmt.Errorf("one rule more: ours says %d violations, DuckDB %d", n, p.Counts[oneRuleMore().id])
		}
		busy := f.metrics["more-cpu-ms"]
		l.ours = []sample{{wall: max(ms, busy/float64(runtime.NumCPU())) / 1000, cpu: busy / 1000}}
	}
	for _, s := range p.Seconds {
		l.theirs = append(l.theirs, sample{wall: s})
	}
	return l, nil
}

// byTurns measures ours and the other's by turns.
func (b *bench) byTurns(l *line, ours, theirs func() (sample, error)) error {
	for range b.runs {
		o, err := twice(ours)
		if err != nil {
			return err
		}
		t, err := twice(theirs)
		if err != nil {
			return err
		}
		progress("%s: ours %v, %s %v", l.work, o, l.other, t)
		l.ours, l.theirs = append(l.ours, o), append(l.theirs, t)
	}
	return nil
}

// twice runs something and then measures it, at once. A virtual machine gives memory that
// is free back to its host after some seconds, and whoever asks next waits for the host: up
// to a second of processor time for a check of eleven million events, or none, by what ran
// before it and when.
func twice(run func() (sample, error)) (sample, error) {
	if s, err := run(); err != nil {
		return s, err
	}
	return run()
}

// same compares violations by rule.
func same(other string, want, got map[string]int) error {
	var wrong []error
	if len(want) != len(got) {
		wrong = append(wrong, fmt.Errorf("ours answers %d rules, %s %d", len(got), other, len(want)))
	}
	for id, n := range want {
		if got[id] != n {
			wrong = append(wrong, fmt.Errorf("%s: ours finds %d violations, %s %d", id, got[id], other, n))
		}
	}
	return errors.Join(wrong...)
}

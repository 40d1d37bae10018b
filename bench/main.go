// Bench measures plumbline beside other programs, in one run on one machine,
// and compares their answers.
//
//	cd bench && PLUMBLINE_LOGS=/folder/of/the/real/logs go run .
//
// It builds ../cmd/plumbline, makes a synthetic log of 2,000,000 cases once (CSV,
// 565 MB; Parquet, written by DuckDB) into a cache folder, and then runs each
// piece of work by turns: ours, the other's, ours, … five times each. Every run
// is a process of its own, so that its time, its processor time and its memory
// are its own; the medians, the ratio and whether the figure to reach was
// reached are printed as a Markdown table. DuckDB runs in this program started
// once more (peer.go), by the queries that stand beside each rule (rules.go).
// The number of violations of every rule must be the same, or the run fails.
//
// What runs inside one process (the engine live, a sliding count, one rule more)
// is measured by the Go benchmarks of internal/monitor, which it calls.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == peerCommand {
		exitOn(runPeer(os.Args[2], os.Stdout))
		return
	}
	if len(os.Args) == 3 && os.Args[1] == singleCommand {
		exitOn(runSingle(os.Args[2], os.Getenv(singleEnv), os.Stdin, os.Stdout))
		return
	}
	b := &bench{logs: os.Getenv("PLUMBLINE_LOGS")}
	cache, err := os.UserCacheDir()
	exitOn(err)
	flag.StringVar(&b.dir, "dir", filepath.Join(cache, "plumbline-bench"), "where the logs that are made lie, 1.5 GB")
	flag.StringVar(&b.repo, "repo", "..", "the folder of the module plumbline")
	flag.IntVar(&b.runs, "runs", 5, "how often each is run")
	flag.IntVar(&b.cases, "cases", 2_000_000, "cases of the synthetic log")
	flag.IntVar(&b.stored, "stored", 20_000_000, "events that the service has stored before it is measured")
	flag.IntVar(&b.burst, "burst", 10_000_000, "events of a burst")
	flag.IntVar(&b.rate, "rate", 2000, "events a second that are offered while findings are waited for")
	flag.IntVar(&b.seconds, "seconds", 60, "for how long")
	flag.StringVar(&b.profile, "profile", "", "a file for a profile of the processor while pages are asked for, or a burst is taken in, whichever is last")
	only := flag.String("only", "", "which to run, of "+strings.Join(works, ", ")+"; all by default")
	flag.Parse()
	if *only != "" {
		b.only = strings.Split(*only, ",")
	}
	exitOn(b.run())
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

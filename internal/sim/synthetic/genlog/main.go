// Genlog writes a synthetic enforcement log (package synthetic) as CSV to
// standard output. The same arguments give the same bytes.
//
//	go run ./internal/sim/synthetic/genlog CASES SEED > log.csv
package main

import (
	"fmt"
	"os"
	"strconv"

	"plumbline/internal/sim/synthetic"
)

func main() {
	if len(os.Args) != 3 {
		fail(2, "usage: genlog CASES SEED > log.csv")
	}
	cases, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fail(2, "CASES must be a whole number, as 200000; it is %q", os.Args[1])
	}
	seed, err := strconv.ParseInt(os.Args[2], 10, 64)
	if err != nil {
		fail(2, "SEED must be a whole number, as 1; it is %q", os.Args[2])
	}
	if err := synthetic.Write(os.Stdout, cases, seed); err != nil {
		fail(1, "%v", err)
	}
}

func fail(status int, format string, args ...any) {
	fmt.Fprintf(os.Stderr, "genlog: "+format+"\n", args...)
	os.Exit(status)
}

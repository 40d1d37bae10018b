package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the driver
)

// peerCommand makes this program a process that runs DuckDB and nothing else.
const peerCommand = "peer"

// job is what a peer is asked: statements to run first, then queries, each of
// which gives one number.
type job struct {
	Setup   []string
	Queries []query
}

type query struct{ ID, SQL string }

// answers are the numbers by query, and the seconds that each query took, in
// their order.
type answers struct {
	Counts  map[string]int
	Seconds []float64
}

// peer runs a job in a process of its own.
func (b *bench) peer(j job) (sample, answers, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return sample{}, answers{}, err
	}
	file := filepath.Join(b.dir, "peer.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return sample{}, answers{}, err
	}
	var out bytes.Buffer
	s, err := measure(&out, b.self, peerCommand, file)
	if err != nil {
		return s, answers{}, err
	}
	var a answers
	err = json.Unmarshal(out.Bytes(), &a)
	return s, a, err
}

// runPeer is the peer's side.
func runPeer(file string, out io.Writer) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var j job
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range j.Setup {
		if _, err := db.Exec(s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	a := answers{Counts: map[string]int{}}
	for _, q := range j.Queries {
		began := time.Now()
		var n int
		if err := db.QueryRow(q.SQL).Scan(&n); err != nil {
			return fmt.Errorf("%s: %s: %w", q.ID, q.SQL, err)
		}
		a.Counts[q.ID] = n
		a.Seconds = append(a.Seconds, time.Since(began).Seconds())
	}
	return json.NewEncoder(out).Encode(a)
}

func readCSV(file string) string {
	return "SELECT case_id, activity, ts::TIMESTAMP AS ts, resource, amount FROM read_csv(" + quote(file) + ")"
}

// quote makes an SQL string.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

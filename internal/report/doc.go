// Package report tells what a check found: as text for a terminal, as one HTML
// file that can be mailed, as the JSON of `plumbline check`, and as tables (one
// row a rule, one row a violation) that CSV, JSON Lines, Parquet and workbooks
// are written from.
//
// All of them are made from one [Doc] and the same figures, computed once from
// the engine's result; no face computes a number of its own. What is said here
// is bound by what the project will never be: the violations of a rule that
// nobody checked against the law's text are warnings, an official is named only
// where a share is clearly above the others' and as a prompt to review, never
// in a ranking, and "no record of" is not "did not".
//
// Shares are of decided activations: met / (met + met late + breached). What is
// running, moot or not evaluable counts on neither side.
package report

import (
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// Explainer says why judgement i of a rule is as it is. [Engine] makes the
// engine's own.
type Explainer func(rr *monitor.RuleResult, i int) *monitor.Explanation

// Engine explains with the engine that judged. It is for one goroutine.
func Engine(res *monitor.Result) Explainer {
	made := map[*monitor.RuleResult]*monitor.Explainer{}
	return func(rr *monitor.RuleResult, i int) *monitor.Explanation {
		e := made[rr]
		if e == nil {
			e = monitor.NewExplainer(res, rr)
			made[rr] = e
		}
		return e.Explain(&rr.Judgements[i])
	}
}

// Doc is all that a report is made of.
//
// Lateness and violations need a result that keeps violations; who is concerned
// needs one that keeps all judgements; charts by month need one with months.
// What a result doesn't hold, a report leaves out and says so.
type Doc struct {
	Result   *monitor.Result
	Explain  Explainer
	Files    []File    // what was read, in order
	Lints    rule.Lint // what linting the packs said
	SetAside int       // rows that couldn't be read (--skip-bad)
	Complete bool      // the log's end ended every case (--complete)
	Elapsed  Elapsed
	Version  string        // of the program
	Now      clock.Instant // when it was judged; 0: not told, so that a log from the future isn't either
}

// File is one input file. The hash is that of its bytes, in hex.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Elapsed is how long the check took, in milliseconds.
type Elapsed struct {
	Read     int64 `json:"read"`
	Evaluate int64 `json:"evaluate"`
	Total    int64 `json:"total"`
}

// zone is where the report shows times: that of the first rule's pack, else
// the log's.
func (d *Doc) zone() *clock.Zone {
	for _, rr := range d.Result.Rules {
		return zoneOf(rr.Rule, d.Result)
	}
	return d.Result.Log.Zone
}

func zoneOf(r *rule.Rule, res *monitor.Result) *clock.Zone { return monitor.ShownIn(r, res.Log) }

// local is an instant as package time has it, on a zone's clock.
func local(z *clock.Zone, t clock.Instant) time.Time { return t.Time().In(z.Location()) }

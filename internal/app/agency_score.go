package app

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/monitor"
)

// RuleScore is how well a check finds what one rule's departures are.
type RuleScore struct {
	Pack   string `json:"pack"`
	Rule   string `json:"rule"`
	Truth  int    `json:"truth"`  // departures in the log
	Found  int    `json:"found"`  // of them found, with the same verdict
	Missed int    `json:"missed"` // of them not found, or with another verdict
	False  int    `json:"false"`  // found where there is none
	// Recall is Found of Truth, Precision Found of all found; 1 where there was
	// nothing to find, or nothing was found.
	Recall    float64 `json:"recall"`
	Precision float64 `json:"precision"`
}

func (r *RuleScore) count() {
	r.Missed = r.Truth - r.Found
	r.Recall, r.Precision = 1, 1
	if r.Truth > 0 {
		r.Recall = float64(r.Found) / float64(r.Truth)
	}
	if n := r.Found + r.False; n > 0 {
		r.Precision = float64(r.Found) / float64(n)
	}
}

// Score is how well a check finds the departures of a simulated agency.
type Score struct {
	Log      string       `json:"log"`
	Events   int          `json:"events"`
	Rules    []RuleScore  `json:"rules"`
	Total    RuleScore    `json:"total"`
	Examples []Difference `json:"differences"` // the first of what was missed or false
}

// Difference is one departure that truth and check don't share.
type Difference struct {
	Rule    string `json:"rule"`
	Key     string `json:"key"`
	Event   string `json:"event"`
	Verdict string `json:"verdict"`
	Missed  bool   `json:"missed"` // else found where there is none
}

// ScoreAgency checks the log of a simulation in a folder with the packs that it
// knows, and compares what was found with its truth.
func ScoreAgency(dir string, o CheckOptions) (*Score, error) {
	file, err := agencyLogIn(dir)
	if err != nil {
		return nil, err
	}
	known, err := readTruth(filepath.Join(dir, agencyTruth))
	if err != nil {
		return nil, err
	}
	o.Files, o.Rules, o.Keep = []string{file}, AgencyPacks, monitor.KeepViolations
	checked, err := Check(o)
	if err != nil {
		return nil, err
	}
	return scoreOf(file, checked.Doc.Result, known), nil
}

func agencyLogIn(dir string) (string, error) {
	for _, ending := range AgencyFormats {
		file := filepath.Join(dir, agencyLog+ending)
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	return "", &errs.Error{Code: errs.Input, Place: errs.Place{File: dir}, What: errs.T("no log of a simulation (events.*) in this folder", "此文件夹中没有模拟日志（events.*）"),
		Next: errs.T("write one: plumbline simulate --out DIR", "请先生成：plumbline simulate --out DIR")}
}

func readTruth(file string) ([]truth, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, cantRead(file, err)
	}
	defer f.Close()
	var out []truth
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		var t truth
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil || t.Rule == "" || t.Event == "" {
			return nil, &errs.Error{Code: errs.Input, Place: errs.Place{File: file, Line: n}, Err: err, What: errs.T("this is no departure of a simulation", "这不是模拟的违规记录"),
				Next: errs.T("write the simulation again", "请重新生成模拟")}
		}
		out = append(out, t)
	}
	if err := lines.Err(); err != nil {
		return nil, cantRead(file, err)
	}
	return out, nil
}

// scoreOf compares by rule, activating event, key and verdict.
func scoreOf(file string, res *monitor.Result, known []truth) *Score {
	out := &Score{Log: file, Events: res.Log.Events(), Examples: []Difference{}}
	byRule := map[string]map[Difference]bool{}
	for _, t := range known {
		if byRule[t.Rule] == nil {
			byRule[t.Rule] = map[Difference]bool{}
		}
		byRule[t.Rule][Difference{t.Rule, t.Key, t.Event, t.Verdict, true}] = true
	}
	for _, rr := range res.Rules {
		open := byRule[rr.Rule.ID]
		r := RuleScore{Pack: rr.Rule.Pack.Name, Rule: rr.Rule.ID, Truth: len(open)}
		for i := range rr.Judgements {
			j := &rr.Judgements[i]
			if !j.Verdict.Violated() {
				continue
			}
			d := Difference{rr.Rule.ID, keyText(rr.KeyOf(j)), res.Log.GivenID(j.Row), j.Verdict.String(), true}
			if open[d] {
				r.Found++
				delete(open, d)
				continue
			}
			r.False++
			d.Missed = false
			out.note(d)
		}
		r.count()
		out.Rules = append(out.Rules, r)
		out.Total.Truth += r.Truth
		out.Total.Found += r.Found
		out.Total.False += r.False
		for _, t := range known {
			if d := (Difference{t.Rule, t.Key, t.Event, t.Verdict, true}); t.Rule == rr.Rule.ID && open[d] {
				out.note(d)
			}
		}
	}
	out.Total.count()
	return out
}

func (s *Score) note(d Difference) {
	same := 0
	for _, e := range s.Examples {
		if e.Rule == d.Rule {
			same++
		}
	}
	if same < 3 && len(s.Examples) < 30 {
		s.Examples = append(s.Examples, d)
	}
}

func keyText(parts []monitor.KeyPart) string {
	var ids []string
	for _, p := range parts {
		ids = append(ids, p.ID)
	}
	return strings.Join(ids, " ")
}

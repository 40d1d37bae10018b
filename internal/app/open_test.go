package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/app"
	"plumbline/internal/errs"
	"plumbline/internal/monitor"
	"plumbline/internal/report"
)

func file(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// A file's name and its first bytes must agree; where the name says nothing the
// bytes do, and where neither does it is a table.
func TestFormats(t *testing.T) {
	const xes = `<?xml version="1.0"?><log><trace><string key="concept:name" value="1"/><event><string key="concept:name" value="A"/><date key="time:timestamp" value="2026-03-01T09:00:00Z"/></event></trace></log>`
	const jsonl = `{"type":"A","time":"2026-03-01T09:00:00Z","case":"1"}`
	ocel := `{"events":[{"id":"e","type":"A","time":"2026-03-01T09:00:00Z","relationships":[{"objectId":"o","qualifier":"q"}]}],"objects":[{"id":"o","type":"T"}],"eventTypes":[{"name":"A","attributes":[]}],"objectTypes":[{"name":"T","attributes":[]}]}`
	late := "{" + strings.Repeat(" ", 1<<17) + ocel[1:] // nothing of it within what is looked at
	const csv = "case,activity,time\n1,A,2026-03-01T09:00:00Z\n"
	for _, c := range []struct {
		name, text string
		want       app.Format
		refused    string
	}{
		{"a.xes", xes, app.XES, ""}, {"a.xml", xes, app.XES, ""}, {"a", xes, app.XES, ""}, {"a.XES", "\ufeff" + xes, app.XES, ""},
		{"a.jsonl", jsonl, app.JSONLines, ""}, {"a.json", "[" + jsonl + "]", app.JSONLines, ""}, {"a.log", jsonl, app.JSONLines, ""},
		{"a.jsonocel", ocel, app.OCELJSON, ""}, {"a.json", ocel, app.OCELJSON, ""}, {"a", ocel, app.OCELJSON, ""}, {"a.ocel.json", late, app.OCELJSON, ""},
		{"a.jsonl", ocel, "", "the name says JSON, but the content is OCEL 2.0 JSON; rename it to end in .ocel.json"},
		{"a.csv", csv, app.CSV, ""}, {"a.txt", csv, app.CSV, ""}, {"a.dat", csv, app.CSV, ""},
		{"a.csv", xes, "", "the name says CSV, but the content is XES"},
		{"a.xes", jsonl, "", "the name says XES, but the content is JSON"},
		{"a.parquet", csv, "", "the name says Parquet, but this is not how such a file begins"},
		{"a.xes", "PAR1", "", "but the content is Parquet; rename it to end in .parquet"},
		{"a.xes", "", "", "the file is empty"},
	} {
		read, err := app.Open(app.Source{Files: []string{file(t, c.name, c.text)}})
		switch {
		case c.refused != "":
			if err == nil || !strings.Contains(err.Error(), c.refused) || errs.CodeOf(err) != errs.Input {
				t.Errorf("%s %.20q: %v; want %s", c.name, c.text, err, c.refused)
			}
		case err != nil:
			t.Errorf("%s %.20q: %v", c.name, c.text, err)
		case read.Formats[0] != c.want || read.Log.Events() != 1:
			t.Errorf("%s %.20q: %s, %d events; want %s", c.name, c.text, read.Formats[0], read.Log.Events(), c.want)
		}
	}
}

// The files of a report are named with the size and hash of their bytes.
func TestFilesAreNamedByTheirHash(t *testing.T) {
	a := file(t, "a.csv", "case,activity,time\n1,A,2026-03-01\n")
	b := file(t, "b.jsonl", `{"type":"B","time":"2026-03-01","case":"1"}`+"\n\n")
	read, err := app.Open(app.Source{Files: []string{a, b}, Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []report.File{
		{Name: a, Size: 34, SHA256: "5ec1dd8f20bca7819bb41dd649adc9e75d1b06e68456ff711b041fe0728994b9"},
		{Name: b, Size: 45, SHA256: "93681be859ef12c44dc9536b8d35b6905e103f163a17f9f5f4b16ca75a36e773"},
	} {
		if read.Files[i] != want {
			t.Errorf("%+v, want %+v", read.Files[i], want)
		}
	}
}

// What is left unread must not change an answer: the log is read again, whole,
// where events repeat, or where only their content orders them.
func TestUnreadAttributesChangeNothing(t *testing.T) {
	rules := file(t, "p.yaml", `pack: p
version: 1.0.0
title: {en: P, zh: 包}
jurisdiction: IT
log: {per: case, zone: Europe/Rome}
rules:
- {id: a, title: {en: A, zh: 甲}, severity: minor, basis: {text: x, checked: 2026-11-01, status: verified}, when: A, must: {hold: has(it.attr.read)}}
`)
	for name, c := range map[string]struct {
		text         string
		activations  int
		refused, why string
	}{
		"same": {`{"id":"e","type":"A","time":"2026-03-01","case":"1","attributes":{"read":"x","unread":"y"}}
{"id":"e","type":"A","time":"2026-03-01","case":"1","attributes":{"read":"x","unread":"y"}}`, 1, "", "a repetition"},
		"other": {`{"id":"e","type":"A","time":"2026-03-01","case":"1","attributes":{"read":"x","unread":"y"}}
{"id":"e","type":"A","time":"2026-03-01","case":"1","attributes":{"read":"x","unread":"z"}}`, 0, `"e" stands twice with different content`, "only what is unread differs"},
		"places": {`{"seq":1,"type":"A","time":"2026-03-01","case":"1","attributes":{"read":"x","unread":"y"}}
{"seq":1,"type":"A","time":"2026-03-01","case":"1","attributes":{"read":"x","unread":"z"}}`, 2, "", "two events at one place"},
	} {
		o := app.CheckOptions{Source: app.Source{Files: []string{file(t, name+".jsonl", c.text)}}, Rules: []string{rules}, Keep: monitor.KeepTotals}
		done, err := app.Check(o)
		if c.refused != "" {
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%s: %v, want %s", c.why, err, c.refused)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := done.Doc.Result.Rules[0].Totals.Activations; got != c.activations {
			t.Errorf("%s: %d activations, want %d", c.why, got, c.activations)
		}
	}
}

// Simulated departures are found, each once, whatever the seed; and one that is
// made up is missed.
func TestSimulatedDeparturesAreFound(t *testing.T) {
	for seed := range uint64(3) {
		name := filepath.Join(t.TempDir(), "fines.parquet")
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		planted, err := app.Simulate(f, name, 5000, seed)
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		done, err := app.Check(app.CheckOptions{Source: app.Source{Files: []string{name}}, Rules: []string{app.SimulatedPack}})
		if err != nil {
			t.Fatal(err)
		}
		if a := app.Compare(planted, done.Doc.Result); a.Missed+a.TooMany > 0 || a.Found != a.Planted || a.Found < 500 {
			t.Errorf("seed %d: %+v", seed, a)
		}
		planted.Departures[0].Verdict = "kept"
		if a := app.Compare(planted, done.Doc.Result); a.Missed != 1 || a.TooMany != 1 || len(a.Different) != 2 {
			t.Errorf("seed %d, one made up: %+v", seed, a)
		}
	}
}

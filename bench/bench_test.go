package main

import (
	"maps"
	"strings"
	"testing"
)

// The names, limits and forms of the fifty differ: none is measured twice.
func TestFiftyRulesDiffer(t *testing.T) {
	seen := map[string]string{}
	rules := fifty()
	if len(rules) != 50 {
		t.Errorf("%d rules", len(rules))
	}
	for _, r := range rules {
		if other, ok := seen[r.body]; ok {
			t.Errorf("%s is %s again: %s", r.id, other, r.body)
		}
		seen[r.body] = r.id
	}
}

func TestFigures(t *testing.T) {
	got, err := parseFigures(`goos: linux
BenchmarkLive/five-rules-2         	       1	3882150817 ns/op	    172895 changes	         3.5 cpu-s	    728341 events/s
BenchmarkOneRuleMore 	       5	 760684671 ns/op	        26.85 more-ms
PASS
`)
	if err != nil || len(got) != 2 {
		t.Fatalf("%v, %v", got, err)
	}
	if got[0].name != "Live/five-rules" || got[0].said() != "0.73 M events/s, 1.729e+05 changes, 3.5 cpu-s" {
		t.Errorf("%s: %s", got[0].name, got[0].said())
	}
	if got[1].name != "OneRuleMore" || !maps.Equal(got[1].metrics, map[string]float64{"ns/op": 760684671, "more-ms": 26.85}) {
		t.Errorf("%+v", got[1])
	}
	for _, bad := range []string{"PASS\n", "BenchmarkX-2 1 much ns/op\n"} {
		if _, err := parseFigures(bad); err == nil {
			t.Errorf("%q gave no error", bad)
		}
	}
}

func TestReached(t *testing.T) {
	for _, c := range []struct {
		l    line
		want string
	}{
		{line{most: 1.8, mostRatio: true, mostMB: 200, ours: []sample{{1.7, 0, 90}}, theirs: []sample{{1, 0, 0}}}, "time yes; memory yes"},
		{line{most: 1.8, mostRatio: true, mostMB: 200, ours: []sample{{1.9, 0, 290}}, theirs: []sample{{1, 0, 0}}}, "time no; memory no"},
		{line{most: 2, took: 4, ours: []sample{{3, 0, 0}}, theirs: []sample{{4, 0, 0}}}, "time no"},
		{line{most: 2, took: 4, ours: []sample{{3, 0, 0}}, theirs: []sample{{8, 0, 0}}}, "time no, as a ratio yes"},
		{line{most: 2, took: 4, ours: []sample{{1.5, 0, 0}}, theirs: []sample{{2, 0, 0}}}, "time yes, as a ratio no"},
		{line{most: 2, took: 4, ours: []sample{{9, 0, 0}, {1, 0, 0}, {1, 0, 0}}, theirs: []sample{{4, 0, 0}}}, "time yes"},
	} {
		if got := c.l.reached(); got != c.want {
			t.Errorf("%+v: %q, expected %q", c.l, got, c.want)
		}
	}
}

func TestDifferentAnswers(t *testing.T) {
	err := same("DuckDB", map[string]int{"r1": 3, "r2": 5}, map[string]int{"r1": 3, "r2": 6})
	if err == nil || !strings.Contains(err.Error(), "r2: ours finds 6 violations, DuckDB 5") {
		t.Errorf("%v", err)
	}
	if err := same("DuckDB", map[string]int{"r1": 3}, map[string]int{"r1": 3}); err != nil {
		t.Error(err)
	}
	if err := same("DuckDB", map[string]int{"r1": 3}, map[string]int{"r1": 3, "r2": 0}); err == nil {
		t.Error("a rule more gave no error")
	}
}

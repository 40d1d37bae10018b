package pack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/pack"
)

// The built-in packs keep their own promises: no lint, every test passes in
// every way, and every rule has a test that keeps it and one that breaks it.
func TestBuiltInPacks(t *testing.T) {
	for _, name := range pack.BuiltIn() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := pack.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			p := found[0]
			if p.Name != name || !p.BuiltIn || p.Vocabulary == nil {
				t.Errorf("pack %q, built in %v, vocabulary %v; its folder is %q", p.Name, p.BuiltIn, p.Vocabulary != nil, name)
			}
			for _, w := range p.Lint {
				t.Error(w.In(errs.En))
			}
			out, err := pack.Test(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range out.Failures {
				t.Errorf("%s: %s: %s: %s is %s, want %s (%s)", f.Pos, f.Test.Name, f.Rule, f.What, f.Got, f.Want, f.Way.Text().En)
			}
			for _, g := range out.Gaps {
				t.Errorf("%s: %s: %s", g.Rule.Pos, g.Rule.ID, g.What.En)
			}
		})
	}
}

// small is a pack of one rule with one test, for what a pack's surroundings do.
const small = `pack: small
version: 1.0.0
title: {en: Small, zh: 小}
jurisdiction: IT
log:
  per: case
  zone: Europe/Rome
rules:
- id: b-after-a
  title: {en: B follows A, zh: 甲后有乙}
  basis: {text: "art. 1", checked: 2026-11-01, status: unverified}
  severity: minor
  when: A
  must: {followed_by: B, within: 2d}
tests:
- name: kept
  events: |
    2026-03-01T09:10 A  case=1
    2026-03-02T09:10 B  case=1
  want:
    b-after-a: {met: 1, due: 2026-03-04T00:00}
`

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWherePacksAreFound(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"one.yaml":         small,
		"single/pack.yaml": small,
		"many/a/pack.yaml": strings.Replace(small, "pack: small", "pack: a", 1),
		"many/b.yaml":      "# a comment first\n" + strings.Replace(small, "pack: small", "pack: b", 1),
		"many/c/notes.txt": "no pack",
		"many/cal.yaml":    "name: cal\n", // lies beside, and is none
		"empty/notes.txt":  "nothing",
	})
	for arg, want := range map[string]string{"one.yaml": "small", "single": "small", "many": "a b"} {
		found, err := pack.Load(filepath.Join(dir, arg))
		var names []string
		for _, p := range found {
			names = append(names, p.Name)
		}
		if err != nil || strings.Join(names, " ") != want {
			t.Errorf("%s: %v, %v; want %s", arg, names, err, want)
		}
	}
	for arg, want := range map[string]string{
		filepath.Join(dir, "empty"): "no pack in this folder",
		"it-trafic-fines":           `did you mean "it-traffic-fines"?`,
	} {
		_, err := pack.Load(arg)
		if err == nil || !strings.Contains(err.Error(), want) || errs.CodeOf(err) != errs.Usage {
			t.Errorf("%s: %v; want %s", arg, err, want)
		}
	}
}

// The deadline that a test names is that of the activation that happened first,
// not of the case that stands first or whose events came first.
func TestDueIsTheFirstActivations(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"pack.yaml": strings.Replace(small, "  events: |\n", "  events: |\n    2026-03-05T09:10 A  case=0\n    2026-03-06T09:10 B  case=0\n", 1)})
	found, err := pack.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	found[0].Tests[0].Want["b-after-a"].Counts["met"] = 2
	out, err := pack.Test(found[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range out.Failures {
		t.Errorf("%s is %s, want %s (%s)", f.What, f.Got, f.Want, f.Way.Text().En)
	}
}

func TestCalendarAndVocabularyLieBesideAPack(t *testing.T) {
	dir := t.TempDir()
	days := "name: town\nsource: the town's gazette\nzone: Europe/Rome\ncovers: {from: 2026-01-01, to: 2026-12-31}\nweekend: [saturday, sunday]\noff: [2026-03-02]\n"
	text := strings.Replace(small, "within: 2d}", "within: 1wd}\n  clock: {calendar: town}", 1)
	// 1 March is a Sunday, the 2nd is off: the 3rd is the last day
	write(t, dir, map[string]string{"pack.yaml": text, "town.yaml": days,
		"vocabulary.yaml": "events: {A: {en: A act, zh: 甲}, B: {en: B act, zh: 乙}}\n"})
	found, err := pack.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := found[0].Vocabulary.Events["A"].Text.Zh; got != "甲" {
		t.Errorf("A is called %q", got)
	}
	out, err := pack.Test(found[0])
	if err != nil || len(out.Failures) > 0 {
		t.Errorf("%v, %+v", err, out)
	}
}

func TestATestThatFailsSaysWhereAndWhy(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"pack.yaml": strings.Replace(small, "{met: 1, due: 2026-03-04T00:00}", "{breached: 1, due: 2026-03-05}", 1)})
	found, err := pack.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pack.Test(found[0])
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range out.Failures {
		got = append(got, f.Way.Text().En+" "+f.What+" "+f.Got+"/"+f.Want)
		if f.Pos.Line != 21 {
			t.Errorf("line %d, want 21", f.Pos.Line)
		}
		if !f.Way.Live && len(f.Because) != 1 {
			t.Errorf("%d reasons, want 1", len(f.Because))
		}
	}
	want := "in batch breached 0/1; in batch due 2026-03-04T00:00:00+01:00/2026-03-05T00:00:00+01:00; in batch met 1/0; " +
		"live breached 0/1; live met 1/0; " +
		"in batch, shuffled breached 0/1; in batch, shuffled due 2026-03-04T00:00:00+01:00/2026-03-05T00:00:00+01:00; in batch, shuffled met 1/0; " +
		"live, shuffled breached 0/1; live, shuffled met 1/0"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("%s\nwant %s", s, want)
	}
	if len(out.Gaps) != 1 || out.Gaps[0].What.En != "no test keeps it" {
		t.Errorf("gaps %+v", out.Gaps)
	}
}

// TestATestThatWantsNothing: no rule may say anything; a rule that a want
// doesn't name isn't asked.
func TestATestThatWantsNothing(t *testing.T) {
	const wanted = "  want:\n    b-after-a: {met: 1, due: 2026-03-04T00:00}\n"
	another := strings.Replace(small, "tests:", "- id: c-after-a\n  when: A\n  must: {followed_by: C}\ntests:", 1)
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"nothing wanted":    {strings.Replace(small, wanted, "  want: {}\n", 1), "b-after-a met 1/0"},
		"nothing happened":  {strings.Replace(strings.Replace(small, wanted, "  want: {}\n", 1), " A  case", " B  case", 1), ""},
		"another not named": {another, ""},
	} {
		dir := t.TempDir()
		write(t, dir, map[string]string{"pack.yaml": c.text})
		found, err := pack.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		out, err := pack.Test(found[0])
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, f := range out.Failures {
			got[f.Rule+" "+f.What+" "+f.Got+"/"+f.Want] = true
		}
		if len(got) > 1 || len(got) == 1 && !got[c.want] || len(got) == 0 && c.want != "" {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

// A pack can be made again from what it was read from, for a record that keeps
// the packs that judged it.
func TestAPackIsItsFiles(t *testing.T) {
	for _, name := range pack.BuiltIn() {
		found, err := pack.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		again, err := pack.FromFiles(found[0].Files, "pack.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Rules) != len(found[0].Rules) || again.Vocabulary == nil || len(again.Vocabulary.Events) != len(found[0].Vocabulary.Events) {
			t.Errorf("%s: %d rules of %d come back", name, len(again.Rules), len(found[0].Rules))
		}
	}
	if _, err := pack.FromFiles(map[string]string{}, "pack.yaml"); err == nil {
		t.Error("a pack of no files was read")
	}
}

// A pack of one file may be called as a calendar is; it is none.
func TestAPackCalledAsItsCalendar(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"cn.yaml": strings.Replace(small, "within: 2d}", "within: 2d}\n  clock: {calendar: cn}", 1)})
	if _, err := pack.Load(filepath.Join(dir, "cn.yaml")); err != nil {
		t.Error(err)
	}
}

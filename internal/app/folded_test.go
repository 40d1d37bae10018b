package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/app"
	"plumbline/internal/errs"
)

// Of a pack that names many event types that a log doesn't have, what may be a
// slip of the pen is told at its place and the rest in one line; --strict
// tells each.
func TestMissingEventTypesAreFolded(t *testing.T) {
	log := file(t, "log.csv", "case,activity,time\nA,Accept case,2026-03-01T09:00:00Z\nA,File case,2026-03-02T09:00:00Z\n")
	pack := filepath.Join(t.TempDir(), "pack.yaml")
	var text strings.Builder
	text.WriteString("pack: many\nrules:\n- {id: slip, when: Acept case, must: {followed_by: File case}}\n")
	for _, typ := range []string{"Arrest", "Bail", "Custody", "Detention", "Evidence"} {
		text.WriteString("- {id: " + strings.ToLower(typ) + ", when: " + typ + ", must: {followed_by: File case}}\n")
	}
	if err := os.WriteFile(pack, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	o := app.CheckOptions{Source: app.Source{Files: []string{log}}, Rules: []string{pack}}
	checked, err := app.Check(o)
	if err != nil {
		t.Fatal(err)
	}
	var en, zh []string
	for _, w := range checked.Warnings {
		en, zh = append(en, w.In(errs.En)), append(zh, w.In(errs.Zh))
	}
	has := func(list []string, part string) int {
		n := 0
		for _, s := range list {
			n += strings.Count(s, part)
		}
		return n
	}
	if has(en, `:3:20: the log has no event type "Acept case"; did you mean "Accept case"?`) != 1 ||
		has(en, "the log has no event type") != 1 || has(en, ":4:22: 5 event types that this pack's rules name don't occur in the log; `check --strict` lists them") != 1 ||
		has(zh, "此规则包的规则所提及的 5 种事件类型在日志中没有出现") != 1 {
		t.Errorf("%s", strings.Join(slices.Concat(en, zh), "\n"))
	}
	o.Strict = true
	if _, err := app.Check(o); err == nil || strings.Count(err.Error(), "the log has no event type") != 6 {
		t.Errorf("with --strict: %v", err)
	}
}

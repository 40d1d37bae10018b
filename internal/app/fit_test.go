package app_test

import (
	"strings"
	"testing"

	"plumbline/internal/app"
	"plumbline/internal/errs"
)

// Without --rules, a log whose times have offsets is read once, whichever packs
// it then concerns; the log is in the zone of the first of those.
func TestLogIsReadOnce(t *testing.T) {
	const head = "case,activity,time\n"
	fine := head + strings.Repeat("A,Create Fine,2026-03-01T09:00:00+01:00\nA,Send Fine,2026-03-20T09:00:00+01:00\n", 60_000)
	for _, c := range []struct {
		name, text string
		reads      int
		zone       string
		fault      string
	}{
		{"offsets", fine, 1, "Europe/Rome", ""},
		{"no offsets, one pack", strings.ReplaceAll(fine, "+01:00", ""), 2, "Europe/Rome", ""},
		{"no offsets, packs of two zones", head + "A,Create Fine,2026-03-01T09:00:00\nA,Person detained,2026-03-20T09:00:00\n", 0, "", "--zone"},
		{"no pack", head + "A,nothing known,2026-03-01T09:00:00\n", 0, "", "no built-in pack"},
	} {
		reads, last := 0, int64(1<<62)
		checked, err := app.Check(app.CheckOptions{Source: app.Source{Files: []string{file(t, "log.csv", c.text)},
			Progress: func(_ string, done, _ int64) {
				if done < last {
					reads++
				}
				last = done
			}}})
		if c.fault != "" {
			if err == nil || errs.CodeOf(err) != errs.Usage || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if reads != c.reads || checked.Read.Log.Zone.Name() != c.zone {
			t.Errorf("%s: read %d times in %s, want %d in %s", c.name, reads, checked.Read.Log.Zone.Name(), c.reads, c.zone)
		}
	}
}

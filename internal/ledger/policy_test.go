package ledger

import (
	"strings"
	"testing"

	"plumbline/internal/errs"
)

// Deadlines go by the agency's days, from what its file says and the usual for the
// rest.
func TestPolicy(t *testing.T) {
	friday := instant(t, "2026-03-06T15:00")
	for _, c := range []struct{ text, severity, assign, due string }{
		{"", "major", "2026-03-12T00:00", "2026-03-21T00:00"}, // 3 and 10 working days
		{"", "critical", "2026-03-12T00:00", "2026-03-14T00:00"},
		{"", "unknown", "2026-03-12T00:00", "2026-04-04T00:00"}, // as the least grave
		{"assign: 24h\nanswer: {major: 5d}\n", "major", "2026-03-07T15:00", "2026-03-12T00:00"},
		{"answer: {major: 5d}\n", "minor", "2026-03-12T00:00", "2026-03-28T00:00"},
		{"calendar: cn\nanswer: {major: 20wd}\n", "major", "2026-03-12T00:00", "2026-04-04T00:00"},
	} {
		p, err := ParsePolicy("ledger.yaml", []byte("verify: 5wd\n"+c.text), shanghai, nil)
		if err != nil {
			t.Fatal(err)
		}
		assign, due := p.Open(c.severity, friday)
		if assign != instant(t, c.assign) || due != instant(t, c.due) {
			t.Errorf("%q, %s: %s and %s, want %s and %s", c.text, c.severity, shanghai.Format(assign), shanghai.Format(due), c.assign, c.due)
		}
	}
	p := DefaultPolicy(shanghai)
	if p.WarnAbove != .4 || p.WarnLeast != 20 || len(p.NoFault) != 5 || !p.reason("lawful") || p.reason("tired") {
		t.Errorf("as usual: %+v", p)
	}
	for _, r := range p.NoFault {
		if r.Title.En == r.Title.Zh {
			t.Errorf("%s in one language", r.Key)
		}
	}
}

func TestFaultsOfAPolicy(t *testing.T) {
	for text, want := range map[string]string{
		"assing: 3wd": `ledger.yaml:1:1: the ledger's policy has no key "assing"; did you mean "assign"`, "assign: soon": `"soon" is not a length of time`, "verify: 0wd": "is not a length of time",
		"answer: {grave: 3d}": `has no key "grave"`, "calendar: moon": `there is no calendar "moon"`, "warn_above: 2": "expected a share", "warn_least: 0": "expected a number", "no_fault: [a]": "expected reasons of no fault",
	} {
		_, err := ParsePolicy("ledger.yaml", []byte(text), shanghai, nil)
		if err == nil || !strings.Contains(err.Error(), want) || errs.In(err, errs.Zh) == err.Error() {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

package monitor_test

import (
	"testing"

	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

// TestBreachID: a breach's id is what another program makes of the same array
// (here Python: json.dumps without spaces and ASCII escapes, and sha256).
func TestBreachID(t *testing.T) {
	rr := &monitor.RuleResult{Rule: &rule.Rule{ID: "r", Pack: &rule.Pack{Name: "p", Version: "1.0.0"}}}
	for _, c := range []struct {
		array string
		key   []monitor.KeyPart
		want  string
	}{
		{`["p","r","A1","e1"]`, []monitor.KeyPart{{Kind: "case", ID: "A1"}}, "276e26df3cb3a5237f4d5e43dae4916d"},
		{`["p","r","案1\"<>&…","e1"]`, []monitor.KeyPart{{Kind: "case", ID: "案1\"<>&\u2028"}}, "f2e1e04e99faa512f759958bbd5eab9a"},
		{`["p","r",["c2","k","u"],"e1"]`, []monitor.KeyPart{{Kind: "case", ID: "c2"}, {Kind: "car", ID: "k"}, {Kind: "unit", ID: "u"}}, "fd6395fa38b2dde6136216918f479063"},
	} {
		if got := monitor.BreachID(rr, c.key, "e1"); got != c.want {
			t.Errorf("%s: id %s, want %s", c.array, got, c.want)
		}
	}
}

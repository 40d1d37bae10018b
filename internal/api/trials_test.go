package api

import (
	"bytes"
	"strings"
	"testing"
)

// A trial names no official with whom who asks has a declared conflict, and no case of
// theirs; what it counts stays. An event of such a case isn't there to be tried.
func TestTrialsAreCutByConflicts(t *testing.T) {
	var log bytes.Buffer
	a := logging(t, &fake{}, Limits{}, &log)
	const one, other = "supervisor|S1", "supervisor|S1||P9"
	for what, body := range map[string]string{"POST /api/v1/packs/try": `{"packs":["named"]}`, "GET /api/v1/approvals/named": ""} {
		for who, sees := range map[string]bool{one: true, other: false} {
			w := ask(a, what, body, as(who), isJSON)
			got := w.Body.String()
			for text, want := range map[string]bool{`"P9"`: sees, `"A1"`: sees, `"AP9"`: sees, `"P8"`: true, `"A2"`: true, `"A3"`: true, `"u1"`: true, `"violations_vanished":12`: true} {
				if w.Code != 200 || strings.Contains(got, text) != want {
					t.Errorf("%s, %s: %d, has %s: %v\n%s", who, what, w.Code, text, !want, got)
				}
			}
		}
	}
	for who, sees := range map[string]bool{one: true, other: false} {
		got := ask(a, "POST /api/v1/erasures/try", `{"before":"2020-01-01"}`, as(who), isJSON).Body.String()
		for text, want := range map[string]bool{`"P9"`: sees, `"B7"`: sees, `"P8"`: true, `"changed":2`: true} {
			if strings.Contains(got, text) != want {
				t.Errorf("%s, an erasure: has %s: %v\n%s", who, text, !want, got)
			}
		}
	}
	for _, what := range []string{"POST /api/v1/erasures/try", "POST /api/v1/erasures"} {
		none := ask(a, "POST /api/v1/erasures/try", `{"event":"s/none","reason":"x"}`, as(other), isJSON)
		log.Reset()
		hidden := ask(a, what, `{"event":"s/p9","reason":"x"}`, as(other), isJSON)
		if hidden.Code != 404 || hidden.Body.String() != none.Body.String() || !strings.Contains(log.String(), `msg=refused rule="erasure.propose: conflict"`) {
			t.Errorf("%s: %d %s; of none %s\n%s", what, hidden.Code, hidden.Body, none.Body, log.String())
		}
	}
	if w := ask(a, "POST /api/v1/erasures/try", `{"event":"s/p9"}`, as(one), isJSON); w.Code != 200 {
		t.Errorf("without a conflict: %d", w.Code)
	}
}

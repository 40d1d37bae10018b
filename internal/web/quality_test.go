package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/ledger"
)

// A rule of which too much was no fault says so wherever it is shown, and what came in
// meanwhile; somebody reviews it on the page, with what they looked at.
func TestAlertQuality(t *testing.T) {
	s := newSite(t)
	r := s.rules[0]
	says := func(path string, wanted bool, what ...string) {
		t.Helper()
		page := s.get(path, "en").Body.String()
		for _, w := range what {
			if strings.Contains(page, w) != wanted {
				t.Errorf("%s: %q is there: %v", path, w, !wanted)
			}
		}
	}
	const doubt = "only warns until reviewed"
	for _, path := range []string{"/rules", ruleLink(r), "/quality"} {
		says(path, false, doubt)
	}
	s.spells = []ledger.Spell{{Pack: r.Pack.Name, Rule: r.ID, Number: 1, From: now - clock.Instant(day), After: 3, Closed: 20, NoFault: 9}}
	for i := range s.findings {
		s.findings[i].Warning = true
	}
	for _, path := range []string{"/rules", "/rules?view=warn", ruleLink(r), "/quality"} {
		says(path, true, doubt)
	}
	says("/quality", true, `href="/quality?pack=gone&amp;rule=`)
	says("/quality?pack=gone&rule="+url.QueryEscape(hostile), true, "Nothing was closed", `action="/quality/gone/`)
	says("/quality", false, `action="/quality/gone/`)
	says("/quality", true, "48.0%", "30.0% to 67.0%", "The law allows it in this case: 11", "when 9 of 20 were closed as no fault", `action="/quality/`)
	says(ruleLink(r), true, "48.0%", `href="/quality"`)
	says("/findings/f4", true, "too much of what it found was no fault")
	says("/findings/f1", false, "too much of what it found was no fault") // it came in before
	says("/findings/f1", true, "basis has not been checked")

	to := "/quality/" + r.Pack.Name + "/" + r.ID
	if w := s.send(to, url.Values{"words": {" "}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Nothing was noted") || len(s.reviewed) != 0 {
		t.Errorf("without words: %d", w.Code)
	}
	if w := s.send(to, url.Values{"words": {" 期限无误，补录较多 "}}); w.Code != http.StatusSeeOther || len(s.reviewed) != 1 || s.reviewed[0] != (ledger.Review{Pack: r.Pack.Name, Rule: r.ID, Account: "lu", Text: "期限无误，补录较多"}) {
		t.Errorf("reviewed: %d, %+v", w.Code, s.reviewed)
	}
	if w := s.send("/quality/"+r.Pack.Name+"/none", url.Values{"words": {"x"}}); w.Code != http.StatusNotFound {
		t.Errorf("a rule that there isn't: %d", w.Code)
	}
	head := newSite(t, access.Head)
	head.spells = s.spells
	if w := head.get("/quality", "en"); w.Code != http.StatusForbidden {
		t.Errorf("a head sees the quality of rules: %d", w.Code)
	}
	if w := head.send(to, url.Values{"words": {"x"}}); w.Code != http.StatusForbidden || len(head.reviewed) != 0 {
		t.Errorf("a head reviews a rule: %d", w.Code)
	}
	if page := head.get(ruleLink(r), "en").Body.String(); !strings.Contains(page, doubt) || strings.Contains(page, "48.0%") {
		t.Error("a head isn't told that the rule only warns, or is told of its share")
	}
}

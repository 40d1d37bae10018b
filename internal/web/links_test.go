package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
)

// What belongs together is shown on both sides to who may read both, is linked and
// unlinked on a page of its own, and is proposed by case, rule and unit alone.
func TestLinks(t *testing.T) {
	s := newSite(t)
	page := s.get("/findings/f1", "en").Body.String()
	for what, want := range map[string]string{"the other": `href="/findings/f2"`, "how": "the same cause", "the page to link": `href="/findings/f1/links"`} {
		if !strings.Contains(page, want) {
			t.Errorf("a finding doesn't show %s", what)
		}
	}
	if strings.Contains(page, `value="link"`) {
		t.Error("the link is among the moves, too")
	}
	page = s.get("/findings/f1/links", "en").Body.String()
	for what, want := range map[string]string{"undoing": `value="unlink"`, "a finding of the case": "same case", "one of the rule in the unit": "same rule, same unit"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", what)
		}
	}
	to := "/findings/f1/moves"
	w := s.send(to, url.Values{"kind": {"link"}, "version": {"3"}, "link": {"f4"}, "link_as": {"same_cause"}, "text": {"同一班次"}})
	if m := s.moved[0]; w.Code != http.StatusSeeOther || m.Kind != ledger.Link || m.Link != "f4" || m.LinkAs != "same_cause" || m.Text != "同一班次" {
		t.Errorf("%d, %+v", w.Code, s.moved)
	}
	w = s.send(to, url.Values{"kind": {"unlink"}, "version": {"3"}, "link": {"f2"}, "text": {"误关联"}})
	if m := s.moved[1]; w.Code != http.StatusSeeOther || m.Kind != ledger.Unlink || m.Link != "f2" {
		t.Errorf("%d, %+v", w.Code, s.moved)
	}
	// Another is meant by its number, too; one that isn't there is told as one that isn't
	// for who asks.
	s.send(to, url.Values{"kind": {"link"}, "version": {"3"}, "other": {"F-00001"}, "link_as": {"related"}, "text": {"x"}})
	if len(s.moved) != 3 || s.moved[2].Link != "f1" {
		t.Errorf("by its number: %+v", s.moved)
	}
	if w := s.send(to, url.Values{"kind": {"link"}, "version": {"3"}, "other": {"nowhere"}, "link_as": {"related"}, "text": {"x"}}); w.Code != http.StatusBadRequest || len(s.moved) != 3 {
		t.Errorf("to nowhere: %d", w.Code)
	}
	s.refusal = &ledger.Refused{Because: ledger.Lacking, Fault: errs.Error{Code: errs.Usage, What: errs.T("text is missing", "缺少说明")}, Lacks: []ledger.Need{ledger.NeedText}}
	if w := s.send(to, url.Values{"kind": {"link"}, "version": {"3"}, "link": {"f4"}, "link_as": {"follows"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `value="follows" selected`) {
		t.Errorf("a refused link: %d", w.Code)
	}
	lay := newSite(t, access.Lay)
	if page := lay.get("/findings/f1", "en").Body.String(); !strings.Contains(page, `href="/findings/f2"`) || strings.Contains(page, "/findings/f1/links") {
		t.Error("a lay supervisor doesn't see the link, or may link")
	}
	if w := lay.get("/findings/f1/links", "en"); w.Code != http.StatusForbidden {
		t.Errorf("a lay supervisor links: %d", w.Code)
	}
	s.fault = errors.New("x")
	if w := s.get("/findings/f1/links", "en"); w.Code == http.StatusOK {
		t.Error("a fault isn't told")
	}
}

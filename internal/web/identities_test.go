package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/vault"
)

// safe is a vault with one identity of each standing.
type safe struct{}

func (safe) List(context.Context, *access.Who, vault.Ref, int) ([]vault.Identity, error) {
	return []vault.Identity{{ID: "kept", Ref: vault.Ref{Register: vault.OfReport, Number: hostile}}, {ID: "wanted", Ref: vault.Ref{Register: vault.OfFinding, Number: "f1"}}, {ID: "opened", Ref: vault.Ref{Register: vault.OfReport, Number: "17"}}}, nil
}

func (s safe) One(ctx context.Context, w *access.Who, id string) (*vault.Detail, error) {
	list, _ := s.List(ctx, w, vault.Ref{}, 0)
	for _, i := range list {
		if i.ID == id {
			i.Account, i.At, i.Custodians = hostile, now-clock.Instant(9*day), []string{"lu", "an"}
			d := &vault.Detail{Identity: i}
			if id == "opened" {
				d.Openings = []vault.Opening{{ID: "o1", Identity: id, Asker: "an", Approver: "lu", From: now - clock.Instant(hour), Until: now + clock.Instant(hour)}}
				d.Readings = []vault.Reading{{Identity: id, Opening: "o1", Account: "an", At: now - clock.Instant(minute)}}
			}
			return d, nil
		}
	}
	return nil, nil
}

func (safe) Custodians(context.Context) ([]vault.Custodian, error) {
	return []vault.Custodian{{Account: "lu", At: now, InForce: true}, {Account: "an", At: now, InForce: true}, {Account: hostile, At: now}}, nil
}

func TestSealedIdentities(t *testing.T) {
	s := newSite(t, access.Custodian)
	for lang, want := range map[string][]string{
		"en": {"Report 17", "custodian ask --url https://example.com --user lu --reason", "kept", "fetched their share at", "has not fetched their share", "custodian share", "custodian open",
			"custodian approve --url https://example.com --user lu --words", "With two keys"},
		"zh": {"举报 17", "待另一名保管人批准", "可提取份额，至", "未提取份额", "仅有两把公钥"},
	} {
		w := s.get("/identities", lang)
		for _, text := range want {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s: %q is missing", lang, text)
			}
		}
	}
	s.who.Person = "" // who is of nobody has no findings to read
	if w := s.get("/", "en"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/identities" {
		t.Errorf("a custodian begins at %d %s", w.Code, w.Header().Get("Location"))
	}
	auditor := newSite(t, access.Auditor).get("/identities", "en").Body.String()
	if strings.Contains(auditor, "plumbline custodian ") || !strings.Contains(auditor, "fetched their share at") {
		t.Error("an auditor sees who fetched, and is told no command")
	}
	if w := newSite(t, access.Officer).get("/identities", "en"); w.Code != http.StatusForbidden {
		t.Errorf("an officer: %d", w.Code)
	}
}

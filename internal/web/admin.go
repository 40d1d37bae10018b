package web

import (
	_ "embed"

	"plumbline/internal/access"
)

//go:embed words_admin.yaml
var adminYAML []byte

// addAdmin adds the pages of one's own account, of the organisation, and of
// administration: nothing of content stands on them.
func (p *Pages) addAdmin() {
	p.add("", place{path: "/account", may: access.SessionOwn}, p.account)
	p.form("", place{path: "/account/password", may: access.SessionOwn}, p.changePassword)
	p.form("", place{path: "/account/sessions/{id}/end", may: access.SessionOwn}, p.endSession)
	p.form("", place{path: "/account/passkeys/{id}/drop", may: access.SessionOwn}, p.dropPasskey)
	p.add("", place{path: "/account/second", may: access.SessionOwn}, p.secondPage)
	p.form("", place{path: "/account/second", may: access.SessionOwn}, p.confirmSecond)
	p.form("", place{path: "/account/second/change", may: access.SessionOwn}, p.changeSecond)

	p.add("", place{"organisation", "/organisation", "file", "system", access.OrganisationRead}, p.organisation)
	p.add("organisation", place{path: "/organisation/import", may: access.OrganisationChange}, p.importPage)
	p.form("organisation", place{path: "/organisation/import", may: access.OrganisationChange}, p.importPreview)
	p.form("organisation", place{path: "/organisation/apply", may: access.OrganisationChange}, p.importApply)

	p.add("", place{"admin", "/admin", "cog", "system", access.AccountRead}, p.admin)
	p.add("admin", place{path: "/admin/accounts", may: access.AccountRead}, p.accounts)
	p.form("admin", place{path: "/admin/accounts", may: access.AccountChange}, p.addAccount)
	p.add("admin", place{path: "/admin/accounts/{name}", may: access.AccountRead}, p.accountOf)
	p.form("admin", place{path: "/admin/accounts/{name}", may: access.AccountChange}, p.changeAccount)
	p.add("admin", place{path: "/admin/tokens", may: access.SourceRead}, p.tokens)
	p.form("admin", place{path: "/admin/tokens", may: access.SourceChange}, p.addToken)
	p.form("admin", place{path: "/admin/tokens/{name}", may: access.SourceChange}, p.changeToken)
	p.add("admin", place{path: "/admin/packs", may: access.AccountRead}, p.adminPacks)
	p.add("admin", place{path: "/admin/seal", may: access.AccountRead}, p.adminSeal)
	p.add("admin", place{path: "/admin/backups", may: access.AccountRead}, p.backups)
}

// adminTabs are the pages of administration.
func (v *view) adminTabs(here string) []tab {
	var out []tab
	for _, t := range []struct{ key, path string }{{"overview", "/admin"}, {"accounts", "/admin/accounts"}, {"tokens", "/admin/tokens"}, {"packs", "/admin/packs"}, {"seal", "/admin/seal"}, {"backups", "/admin/backups"}} {
		out = append(out, tab{Name: v.T("admins.tab_" + t.key), Link: t.path, Here: t.key == here})
	}
	return out
}

// told is what an administrator is told after a form: that it was done, or why not.
type told struct{ Done, Wrong string }

// done is what the address says was done, where it is one of those: what stands in
// the address, then the words for it.
func (v *view) done(of ...string) told {
	for i := 0; i < len(of); i += 2 {
		if v.r.URL.Query().Get("done") == of[i] {
			return told{Done: of[i+1]}
		}
	}
	return told{}
}

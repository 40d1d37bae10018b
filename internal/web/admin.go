package web

import (
	_ "embed"

	"plumbline/internal/access"
)

//go:embed words_admin.yaml
var adminYAML []byte

// addAdmin adds the pages of one's own account and those of administration: nothing
// of content stands on them.
func (p *Pages) addAdmin() {
	p.add("", place{path: "/account", may: access.SessionOwn}, p.account)
	p.form("", place{path: "/account/password", may: access.SessionOwn}, p.changePassword)
	p.form("", place{path: "/account/sessions/{id}/end", may: access.SessionOwn}, p.endSession)
	p.form("", place{path: "/account/passkeys/{id}/drop", may: access.SessionOwn}, p.dropPasskey)
	p.add("", place{path: "/account/second", may: access.SessionOwn}, p.secondPage)
	p.form("", place{path: "/account/second", may: access.SessionOwn}, p.confirmSecond)
	p.form("", place{path: "/account/second/change", may: access.SessionOwn}, p.changeSecond)
	p.add("", place{"admin", "/admin", "cog", "system", access.AccountRead}, p.admin)
	p.form("admin", place{path: "/admin/accounts", may: access.AccountChange}, p.addAccount)
	p.form("admin", place{path: "/admin/accounts/{name}", may: access.AccountChange}, p.changeAccount)
}

package web

import (
	"crypto/rand"
	_ "embed"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
)

//go:embed words_work.yaml
var workYAML []byte

// savedView is a saved view of the list of findings as its menu shows it.
type savedView struct {
	ID, Name, Link string
	By             string // who shared it, where that was another; "" for one's own
	Shared, Here   bool
}

// viewName is the longest name of a saved view, in characters.
const viewName = 40

// savedViews are those that who asks has, and those that others share and that name
// nobody whom who asks may not read of.
func (v *view) savedViews(f filter) ([]savedView, error) {
	list, err := v.p.Record.Views(v.r.Context(), v.who.Account)
	if err != nil {
		return nil, err
	}
	var out []savedView
	for _, s := range list {
		at := v.viewFilter(s.Query)
		if s.Account != v.who.Account && !v.mayBeTold(at) {
			continue
		}
		shown := savedView{ID: s.ID, Name: s.Name, Link: at.link(), Shared: s.Shared, Here: at.link() == f.link()}
		if s.Account != v.who.Account {
			shown.By = s.Account
		}
		out = append(out, shown)
	}
	return out, nil
}

// naming are the filters whose values are persons, or their accounts.
var naming = []string{"owner", "verifier"}

// mayBeTold says whether who asks may have a view that another shares: one that names
// somebody is for who may read whom any finding concerns, and for nobody with a declared
// conflict with them.
func (v *view) mayBeTold(f filter) bool {
	for _, name := range naming {
		if f.get(name) == "" {
			continue
		}
		for _, t := range []*access.Thing{{}, {Owners: f.values[name]}} {
			if !access.Decide(v.who, access.FindingPersons, t).Allowed {
				return false
			}
		}
	}
	return true
}

// viewFilter is what an address of the list selects; what it doesn't know is dropped.
func (v *view) viewFilter(query string) filter {
	return newFilter(&url.URL{Path: "/findings", RawQuery: query}, findingsKnown)
}

// saveView keeps the list as it is selected under a name, or takes a view away.
func (p *Pages) saveView(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	f := v.viewFilter(form.Get("query"))
	if drop := form.Get("drop"); drop != "" {
		if err := p.Record.DropView(v.r.Context(), v.who.Account, drop); err != nil {
			return nil, err
		}
		return nil, redirect(f.link())
	}
	name := strings.TrimSpace(form.Get("name"))
	switch {
	case name == "" || !utf8.ValidString(name):
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("a saved view needs a name", "视图须有名称")}
	case utf8.RuneCountInString(name) > viewName:
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("the name of a view has at most %d characters", "视图名称最多 %d 个字", viewName)}
	}
	shared := form.Get("shared") != ""
	if shared {
		if err := v.mustAtAll(access.ViewShare); err != nil {
			return nil, err
		}
	}
	saved := ledger.SavedView{ID: rand.Text(), Account: v.who.Account, Name: name, Query: f.query(), Shared: shared, At: v.now}
	if err := p.Record.SaveView(v.r.Context(), saved); err != nil {
		return nil, err
	}
	return nil, redirect(f.link())
}

// chosenIn says whether a filter has a value.
func (f filter) chosenIn(name, value string) bool { return slices.Contains(f.values[name], value) }

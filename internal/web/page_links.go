package web

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/ledger"
)

// linkView is a finding that belongs together with another.
type linkView struct {
	ID, Link, Number, Title string
	State                   ledger.State
	Raised                  string
	How, Why, By            string // Why and By are "" for who may not read whom findings concern
}

// candidate is a finding that may belong together with another.
type candidate struct {
	linkView
	Same []string // what the two have in common
}

// linksView is the page on which findings are linked.
type linksView struct {
	ID, Number, Title string
	Version           int64
	Links             []linkView
	Near              []candidate
	Tried             *tried
	Other             string // what was typed of another
}

// mostNear is how many findings of each kind are proposed.
const mostNear = 8

// linksOf are the findings that belong together with one, those that who asks may read.
func (v *view) linksOf(id string, persons bool) ([]linkView, error) {
	links, err := v.p.Ledger.Links(v.r.Context(), id)
	if err != nil || len(links) == 0 {
		return nil, err
	}
	ids := make([]string, len(links))
	for i := range links {
		ids[i] = links[i].Finding
	}
	page, err := v.p.Ledger.Queue(v.r.Context(), v.mine(ledger.Query{Findings: ids, Limit: 500}))
	if err != nil {
		return nil, err
	}
	list, err := v.entries(page.Items)
	if err != nil {
		return nil, err
	}
	var out []linkView
	for _, l := range links {
		at := slices.IndexFunc(list, func(e entry) bool { return e.ID == l.Finding })
		if at < 0 {
			continue
		}
		row := v.linkView(&list[at])
		row.How = v.T("link." + l.As)
		if persons {
			row.Why, row.By = l.Move.Text, v.T("links.by", l.Move.Account, v.at(l.Move.At))
		}
		out = append(out, row)
	}
	return out, nil
}

func (v *view) linkView(e *entry) linkView {
	return linkView{ID: e.ID, Link: "/findings/" + escapePath(e.ID), Number: number(e.Number), Title: v.headline(&e.Finding), State: e.Item.State, Raised: v.date(e.Raised)}
}

func (p *Pages) links(v *view) (templ.Component, error) { return p.linksWith(v, nil) }

// linksWith is the page on which a finding is linked with others, with what was
// refused.
func (p *Pages) linksWith(v *view, t *tried) (templ.Component, error) {
	id := v.r.PathValue("id")
	thing, err := v.readable(id)
	if err != nil {
		return nil, err
	}
	if err := v.must(access.ItemLink, thing); err != nil {
		return nil, err
	}
	items, err := p.Ledger.Queue(v.r.Context(), v.mine(ledger.Query{Findings: []string{id}, Limit: 1}))
	if err != nil {
		return nil, err
	}
	list, err := v.entries(items.Items)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list, func(e entry) bool { return e.ID == id })
	if at < 0 {
		return nil, errNone
	}
	e := &list[at]
	out := &linksView{ID: id, Number: number(e.Number), Title: v.headline(&e.Finding), Version: e.Item.Version, Tried: t}
	v.title = out.Number + " " + v.T("links.title")
	if out.Links, err = v.linksOf(id, e.Persons); err != nil {
		return nil, err
	}
	out.Near, err = v.near(e, out.Links)
	if t != nil && !slices.ContainsFunc(out.Near, func(c candidate) bool { return c.ID == t.Say.Link }) {
		out.Other = v.r.PostForm.Get("other")
	}
	return linksPage(v, out), err
}

// near are findings that may belong together with one: of its case, and of its rule in
// its unit. Nothing is looked for by a member of the public.
func (v *view) near(e *entry, links []linkView) ([]candidate, error) {
	var out []candidate
	look := func(q ledger.Query, same string) error {
		q.Newest, q.Limit = true, mostNear+1
		page, err := v.p.Ledger.Queue(v.r.Context(), q)
		if err != nil {
			return err
		}
		list, err := v.entries(page.Items)
		for i := range list {
			one := &list[i]
			switch at := slices.IndexFunc(out, func(c candidate) bool { return c.ID == one.ID }); {
			case one.ID == e.ID || slices.ContainsFunc(links, func(l linkView) bool { return l.ID == one.ID }):
			case at >= 0:
				out[at].Same = append(out[at].Same, same)
			default:
				out = append(out, candidate{v.linkView(one), []string{same}})
			}
		}
		return err
	}
	if e.Case != "" && e.Persons {
		q := v.mine(ledger.Query{Filter: "f.case_id = ?", Args: []any{e.Case}})
		if err := look(q, v.T("links.same_case")); err != nil {
			return nil, err
		}
	}
	if e.Unit != "" && e.Rule != "" {
		if err := look(v.mine(ledger.Query{Units: []string{e.Unit}, Rules: []string{e.Rule}}), v.T("links.same_rule")); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// linkMeant is the finding that a form names: one that was picked, or one that was
// typed, by its number or as the record calls it.
func (v *view) linkMeant(picked, typed string) (string, error) {
	if typed = strings.TrimSpace(typed); typed == "" {
		return picked, nil
	}
	n := findingNumber(typed)
	if n == 0 {
		return typed, nil
	}
	q := v.mine(ledger.Query{Filter: "f.number = ?", Args: []any{n}, Limit: 1})
	page, err := v.p.Ledger.Queue(v.r.Context(), q)
	if err != nil || len(page.Items) == 0 {
		return typed, err
	}
	return page.Items[0].Finding, nil
}

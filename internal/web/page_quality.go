package web

import (
	"cmp"
	_ "embed"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/rule"
)

//go:embed words_quality.yaml
var qualityYAML []byte

// qualityView is how good one rule's alerts are.
type qualityView struct {
	Pack, Rule, Title, Link string
	Findings                string // those that were closed
	Own                     string // this page with the rule shown whole
	Closed, NoFault         string
	Any                     bool // something was closed
	Share, Between          string
	Reasons                 []string
	Warns                   string // since when and why it only warns; "" where it doesn't
	Unverified              bool
	History                 []historyLine // newest first
	Review                  bool          // who asks may
	Shown                   bool          // whole, above the table
	Open                    bool          // the form, with what was wrong
	Wrong, reviewLink       string
	warns                   bool
	low                     float64
}

// ruleSpells are the times in which rules only warned; asked for once a request.
func (v *view) ruleSpells() ([]ledger.Spell, error) {
	if v.spells == nil {
		list, err := v.p.Ledger.Spells(v.r.Context())
		if err != nil {
			return nil, err
		}
		v.spells = &list
	}
	return *v.spells, nil
}

// doubted says whether a rule only warns now, since too much of what it found was no
// fault.
func (v *view) doubted(pack, rule string) (bool, error) {
	list, err := v.ruleSpells()
	return slices.ContainsFunc(list, func(s ledger.Spell) bool { return s.To == 0 && s.Pack == pack && s.Rule == rule }), err
}

func (p *Pages) quality(v *view) (templ.Component, error) { return p.qualityWith(v, "", "", "") }

// qualityWith is the page with a review that lacked something.
func (p *Pages) qualityWith(v *view, pack, rule, wrong string) (templ.Component, error) {
	v.title = v.T("quality.title")
	list, err := p.Ledger.Quality(v.r.Context())
	if err != nil {
		return nil, err
	}
	out := make([]qualityView, len(list))
	q := v.r.URL.Query()
	for i := range list {
		out[i] = v.qualityView(&list[i])
		out[i].Shown = list[i].OnlyWarns || list[i].Pack == q.Get("pack") && list[i].Rule == q.Get("rule")
		if wrong != "" && list[i].Pack == pack && list[i].Rule == rule {
			out[i].Shown, out[i].Open, out[i].Wrong = true, true, wrong
		}
	}
	slices.SortStableFunc(out, func(a, b qualityView) int { // what waits for a review first, then what is surest to be too much
		return cmp.Or(first(a.warns)-first(b.warns), cmp.Compare(b.low, a.low))
	})
	policy := p.Ledger.Policy()
	return qualityPage(v, v.T("quality.bound", v.Percent(policy.WarnAbove), v.Int(int(policy.WarnLeast))), out), nil
}

// qualityOf is that of one rule; nil where who asks may not see it, or nothing is
// known.
func (v *view) qualityOf(r *rule.Rule) (*qualityView, error) {
	if !v.may(access.VerdictRead) {
		return nil, nil
	}
	list, err := v.p.Ledger.Quality(v.r.Context())
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Pack == r.Pack.Name && list[i].Rule == r.ID {
			q := v.qualityView(&list[i])
			return &q, nil
		}
	}
	return nil, nil
}

func (v *view) qualityView(q *ledger.Quality) qualityView {
	out := qualityView{Pack: q.Pack, Rule: q.Rule, Title: q.Rule, Findings: "/findings?view=closed&rule=" + escapeQuery(q.Rule), Closed: v.Int(int(q.Closed)), NoFault: v.Int(int(q.NoFault)),
		Any: q.Closed > 0, Share: v.Percent(q.Share), Between: v.T("quality.between", v.Percent(q.Low), v.Percent(q.High)), Review: v.may(access.RuleReview),
		Own: "/quality?pack=" + escapeQuery(q.Pack) + "&rule=" + escapeQuery(q.Rule), reviewLink: "/quality/" + escapePath(q.Pack) + "/" + escapePath(q.Rule), warns: q.OnlyWarns, low: q.Low}
	if r := v.ruleOf(q.Pack, q.Rule, v.now); r != nil {
		out.Title, out.Link, out.Unverified = r.Title.In(v.Lang), ruleLink(r), !r.Basis.Verified
	}
	for _, r := range v.p.Ledger.Policy().NoFault { // in the policy's order
		if n := q.Reasons[r.Key]; n > 0 {
			out.Reasons = append(out.Reasons, v.T("quality.reason_n", r.Title.In(v.Lang), v.Int(int(n))))
		}
	}
	for key, n := range q.Reasons { // and what it knows no more
		if !slices.ContainsFunc(v.p.Ledger.Policy().NoFault, func(r ledger.NoFaultReason) bool { return r.Key == key }) {
			out.Reasons = append(out.Reasons, v.T("quality.reason_n", key, v.Int(int(n))))
		}
	}
	line := func(at clock.Instant, mark, class, head, text string) {
		out.History = append(out.History, historyLine{at: at, Mark: mark, Class: class, Head: head, Text: text, Quote: text != "", At: v.at(at), Machine: v.machine(at)})
	}
	for i := range q.Spells {
		s := &q.Spells[i]
		line(s.From, "risk", "amber", v.T("quality.began", v.Int(int(s.NoFault)), v.Int(int(s.Closed))), "")
		if s.To == 0 {
			out.Warns = v.T("quality.warns_since", v.at(s.From), v.Int(int(s.NoFault)), v.Int(int(s.Closed)))
		}
	}
	for _, r := range q.Reviews {
		line(r.At, "verified", "green", v.T("quality.ended", r.Account), r.Text)
	}
	slices.SortStableFunc(out.History, func(a, b historyLine) int { return cmp.Compare(b.at, a.at) })
	return out
}

// reviewRule notes that somebody looked at a rule.
func (p *Pages) reviewRule(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	pack, rule := v.r.PathValue("pack"), v.r.PathValue("rule")
	if v.ruleOf(pack, rule, v.now) == nil {
		return nil, errNone
	}
	words := errs.Said(form.Get("words"))
	if words == "" {
		v.status = http.StatusUnprocessableEntity
		return p.qualityWith(v, pack, rule, v.T("quality.review_none"))
	}
	if err := p.Ledger.Review(v.r.Context(), v.mover(), pack, rule, words); err != nil {
		return nil, err
	}
	return nil, redirect("/quality")
}

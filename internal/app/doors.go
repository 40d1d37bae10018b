package app

import (
	"context"
	"encoding/json"
	"slices"

	"plumbline/internal/access"
	"plumbline/internal/api"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
	"plumbline/internal/rule"
	"plumbline/internal/service"
)

// agreed is where the record keeps what two persons agreed on.
type agreed interface {
	api.Agreed
	AddExemption(ctx context.Context, e ledger.Exemption) error
	EndExemption(ctx context.Context, id string, at clock.Instant) error
	AddPolicy(ctx context.Context, p approval.Policy) error
	RuleFound(ctx context.Context, unit, pack, rule string) (found, open int64, err error)
}

// exemptAsked is a unit to be exempt from a rule for a while.
type exemptAsked struct {
	Unit string `json:"unit"`
	Pack string `json:"pack"`
	Rule string `json:"rule"`
	From string `json:"from"`
	To   string `json:"to"`
}

// exemptTried is what the rule has found of the unit and those below it so far.
type exemptTried struct {
	Found int64 `json:"found"`
	Open  int64 `json:"open"` // not closed yet; those stay as they are
}

// exemptKind exempts units. Verdicts stay what they are; whom it concerns are those
// of the unit, for whom breaches will have no consequence.
func exemptKind(o *ServeOptions, s *service.Service, zone *clock.Zone, beside *attached) approval.Kind {
	read := func(body json.RawMessage) (e ledger.Exemption, err error) {
		var asked exemptAsked
		if err = json.Unmarshal(body, &asked); err == nil {
			e.Unit, e.Pack, e.Rule = org.UnitID(asked.Unit), asked.Pack, asked.Rule
			e.From, _, err = clock.ParseInstant(asked.From, zone)
		}
		if err == nil {
			e.To, _, err = clock.ParseInstant(asked.To, zone)
		}
		return e, err
	}
	return approval.Kind{Propose: access.ExemptionPropose, Approve: access.ExemptionApprove,
		Try: func(ctx context.Context, body json.RawMessage) (approval.Tried, error) {
			none := approval.Tried{}
			e, err := read(body)
			if err == nil {
				err = mayExempt(&e, o.wall(), s.Rules(), beside.organisation.Now())
			}
			if err != nil {
				return none, err
			}
			var t exemptTried
			if t.Found, t.Open, err = o.Store.RuleFound(ctx, string(e.Unit), e.Pack, e.Rule); err != nil {
				return none, err
			}
			text, err := json.Marshal(t)
			return approval.Tried{Trial: text, Concerned: whoseExemption(beside.organisation, e.Unit)}, err
		},
		Do: func(ctx context.Context, a *approval.Approval) error {
			e, err := read(a.Body)
			if err != nil {
				return err
			}
			e.ID, e.Reason, e.At = a.ID, a.Reason, o.wall()
			e.From = max(e.From, e.At)
			return o.Store.AddExemption(ctx, e)
		}}
}

// whoseExemption is whom an exemption of a unit favours: the unit, and who holds a post in it,
// below it or above it. Who is kin of one of those is no second person, as they aren't.
func whoseExemption(k *org.Keeper, unit org.UnitID) approval.Concerned {
	c := approval.Concerned{Units: []string{string(unit)}, Officials: []string{}}
	is, now := k.Now(), k.Time()
	if is == nil {
		return c
	}
	above := is.Chain(unit, now)
	for _, h := range is.Holdings(now) {
		if id := string(h.Person); (slices.Contains(above, h.Unit) || slices.Contains(is.Chain(h.Unit, now), unit)) && !slices.Contains(c.Officials, id) {
			c.Officials = append(c.Officials, id)
		}
	}
	return c
}

// endExemptAsked is which exemption is to end now.
type endExemptAsked struct {
	Exemption string `json:"exemption"`
}

// endExemptKind ends exemptions before their last day. What they closed stays closed;
// it can be reopened.
func endExemptKind(o *ServeOptions, beside *attached) approval.Kind {
	read := func(ctx context.Context, body json.RawMessage) (*ledger.Exemption, error) {
		var asked endExemptAsked
		if err := json.Unmarshal(body, &asked); err != nil {
			return nil, err
		}
		list, err := o.Store.Exemptions(ctx)
		if err != nil {
			return nil, err
		}
		for i := range list {
			if e := &list[i]; e.ID == asked.Exemption && e.To > o.wall() {
				return e, nil
			}
		}
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("no exemption %q holds any more", "没有仍在期间内的豁免 %q", asked.Exemption), Next: errs.T("GET /api/v1/exemptions lists them with their days", "可通过 GET /api/v1/exemptions 查看各项豁免及期间")}
	}
	return approval.Kind{Propose: access.ExemptionPropose, Approve: access.ExemptionApprove,
		Try: func(ctx context.Context, body json.RawMessage) (approval.Tried, error) {
			e, err := read(ctx, body)
			if err != nil {
				return approval.Tried{}, err
			}
			text, err := json.Marshal(map[string]int64{"findings": e.Findings})
			return approval.Tried{Pin: e.ID, Trial: text, Concerned: whoseExemption(beside.organisation, e.Unit)}, err
		},
		Do: func(ctx context.Context, a *approval.Approval) error {
			e, err := read(ctx, a.Body)
			if err != nil {
				return err
			}
			return o.Store.EndExemption(ctx, e.ID, o.wall())
		}}
}

// mayExempt refuses an exemption that says nothing, or too much.
func mayExempt(e *ledger.Exemption, now clock.Instant, rules []*rule.Rule, organisation *org.Organisation) error {
	const day = 24 * 3600 * 1_000_000
	is := func(r *rule.Rule) bool { return r.Pack.Name == e.Pack && (e.Rule == "" || r.ID == e.Rule) }
	switch {
	case organisation != nil && organisation.Unit(e.Unit, now) == nil:
		return &errs.Error{Code: errs.Usage, What: errs.Tf("the organisation has no unit %q now", "组织机构中现无单位 %q", e.Unit), Next: errs.T("GET /api/v1/organisation lists them", "可通过 GET /api/v1/organisation 查看")}
	case !slices.ContainsFunc(rules, is):
		return &errs.Error{Code: errs.Usage, What: errs.Tf("no rule %s of the pack %s is in force", "规则包 %[2]s 中没有正在执行的规则 %[1]s", e.Rule, e.Pack), Next: errs.T("give the names as the page Rules shows them", "名称以“规则”页所示为准")}
	case e.To <= now:
		return &errs.Error{Code: errs.Usage, What: errs.T("it would be over already: an exemption never reaches back", "期间已过：豁免不溯及既往"), Next: errs.T("give a period that lies ahead", "请填写尚未届满的期间")}
	case e.To-max(e.From, now) > 366*day:
		return &errs.Error{Code: errs.Usage, What: errs.T("an exemption lasts a year at most", "豁免期间最长一年"), Next: errs.T("where the rule doesn't fit the unit at all, change the rule", "规则根本不适用于该单位的，应修改规则")}
	}
	return nil
}

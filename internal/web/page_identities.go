package web

import (
	"encoding/json"
	"net"
	"slices"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/service"
	"plumbline/internal/vault"
)

// identityView is a sealed identity with who asked for it. The page has nothing of what
// is sealed: custodians open it by commands, at their own machines.
type identityView struct {
	ID, Title, Link    string // Link: of its finding; "" where who asks may not read that
	Sealed, Custodians string
	Mark, Class, Word  string
	Asks               []identityAsk
	Next               string   // what who asks can do now, in words; "" for nothing
	Commands           []string // and by which commands
}

// identityAsk is that somebody asked for it to be opened, and what became of that.
type identityAsk struct {
	By, Reason, Mark, Word, Decided, Until string
	Two                                    []holder // of an opening: who of the two has fetched their share
}

// holder is one of the two who may fetch.
type holder struct{ Account, Mark, Says string }

// keyView is a custodian's key.
type keyView struct{ Account, Since, Mark, Word string }

type identitiesView struct {
	List    []identityView
	Keys    []keyView
	InForce int
	Mine    bool // who asks has a key that counts
	Is      bool // who asks is a custodian
	Address string
	Short   bool // there may be older ones
}

const (
	mostIdentities = 50
	mostAsked      = 200 // proposals that are looked through
)

func (p *Pages) identities(v *view) (templ.Component, error) {
	v.title = v.T("identities.title")
	ctx := v.r.Context()
	list, err := p.Identities.List(ctx, v.who, vault.Ref{}, mostIdentities)
	if err != nil {
		return nil, err
	}
	asked, err := p.openingsAsked(v)
	if err != nil {
		return nil, err
	}
	out := identitiesView{Is: v.who.Has(access.Custodian), Address: address(v), Short: len(list) == mostIdentities}
	numbers, err := p.findingsOf(v, list)
	if err != nil {
		return nil, err
	}
	for i := range list {
		d, err := p.Identities.One(ctx, v.who, list[i].ID)
		if err != nil {
			return nil, err
		}
		if d != nil {
			out.List = append(out.List, v.identityView(d, asked[d.ID], numbers[d.Ref.Number], out.Address))
		}
	}
	keys, err := p.Identities.Custodians(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		row := keyView{k.Account, v.date(k.At), "met", v.T("identities.key_counts")}
		if k.InForce {
			out.InForce++
			out.Mine = out.Mine || k.Account == v.who.Account
		} else {
			row.Mark, row.Word = "moot", v.T("identities.key_past")
		}
		out.Keys = append(out.Keys, row)
	}
	return identitiesPage(v, out), nil
}

// openingsAsked are the proposals to open, by identity, the newest first.
func (p *Pages) openingsAsked(v *view) (map[string][]approval.Approval, error) {
	out := map[string][]approval.Approval{}
	if !v.may(access.ApprovalRead) {
		return out, nil
	}
	list, err := p.Approvals.List(v.r.Context(), v.who, mostAsked)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		var of vault.OpeningAsked
		if a.Kind == approval.Opening && json.Unmarshal(a.Body, &of) == nil {
			out[of.Identity] = append(out[of.Identity], a)
		}
	}
	return out, nil
}

// findingsOf are the numbers of the findings for which identities lie here, of those
// that who asks may read.
func (p *Pages) findingsOf(v *view, list []vault.Identity) (map[string]string, error) {
	var ids []string
	for _, i := range list {
		if i.Ref.Register == vault.OfFinding {
			ids = append(ids, i.Ref.Number)
		}
	}
	out := map[string]string{}
	if len(ids) == 0 || !v.may(access.FindingRead) {
		return out, nil
	}
	found, err := p.Record.FindingsByID(v.r.Context(), ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if _, err := v.readable(id); err != nil {
			continue // it isn't for who asks
		}
		if at := slices.IndexFunc(found, func(f service.Finding) bool { return f.ID == id }); at >= 0 {
			out[id] = number(found[at].Number)
		}
	}
	return out, nil
}

// address is where commands find this service.
func address(v *view) string {
	host, _, err := net.SplitHostPort(v.r.Host)
	if err != nil {
		host = v.r.Host
	}
	if ip := net.ParseIP(host); v.r.TLS == nil && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		return "http://" + v.r.Host
	}
	return "https://" + v.r.Host
}

// identityView tells of a sealed identity what its page shows: for what it is (of a finding:
// its number), where its opening stands (asked), and the commands that come next at url.
func (v *view) identityView(d *vault.Detail, asked []approval.Approval, finding, url string) identityView {
	out := identityView{ID: d.ID, Sealed: v.T("identities.sealed", v.at(d.At), d.Account), Mark: "closed", Class: "closed", Word: v.T("identities.is_sealed"),
		Custodians: v.T("identities.shares", v.Int(len(d.Custodians)), shortList(v, d.Custodians))}
	switch {
	case finding != "":
		out.Title, out.Link = v.T("identities.of_finding", finding), "/findings/"+escapePath(d.Ref.Number)
	case d.Ref.Register == vault.OfFinding:
		out.Title = v.T("identities.of_finding", d.Ref.Number)
	default:
		out.Title = v.T("identities.of_report", d.Ref.Number)
	}
	for i := range d.Openings {
		if !slices.ContainsFunc(asked, func(a approval.Approval) bool { return a.ID == d.Openings[i].ID }) {
			o := &d.Openings[i]
			asked = append(asked, approval.Approval{ID: o.ID, State: approval.Done, Proposed: o.From, Proposer: approval.Person{Account: o.Asker}, Settled: o.From, Settler: approval.Person{Account: o.Approver}})
		}
	}
	mine := slices.Contains(d.Custodians, v.who.Account) && v.who.Has(access.Custodian)
	if mine {
		out.Next, out.Commands = v.T("identities.can_ask"), []string{command("ask", url, v.who.Account, `--reason "…" `+d.ID)}
	}
	for i := range asked {
		a := &asked[i]
		ask := v.identityAsk(d, a)
		out.Asks = append(out.Asks, ask)
		switch {
		case a.State == approval.Waiting || a.State == approval.Doing:
			out.Mark, out.Class, out.Word = "claimed", "claimed", v.T("identities.is_asked")
			out.Next, out.Commands = "", nil
			if mine && a.Proposer.Account != v.who.Account {
				out.Next, out.Commands = v.T("identities.can_approve"), []string{command("approve", url, v.who.Account, `--words "…" `+a.ID)}
			} else if mine {
				out.Next = v.T("identities.other_approves")
			}
		case ask.Until != "" && out.Mark == "closed":
			out.Mark, out.Class, out.Word = "working", "working", v.T("identities.is_open", ask.Until)
			out.Next, out.Commands = "", nil
			if mine && (a.Proposer.Account == v.who.Account || a.Settler.Account == v.who.Account) {
				out.Next = v.T("identities.can_fetch")
				out.Commands = []string{command("share", url, v.who.Account, "--key KEY --out SHARE "+d.ID), command("open", url, v.who.Account, "--key KEY --share SHARE "+d.ID)}
			}
		}
	}
	return out
}

// command is what a custodian types.
func command(name, url, account, rest string) string {
	return "plumbline custodian " + name + " --url " + url + " --user " + account + " " + rest
}

// identityAsk is one proposal to open, with the opening that came of it.
func (v *view) identityAsk(d *vault.Detail, a *approval.Approval) identityAsk {
	out := identityAsk{By: v.T("approvals.proposed", a.Proposer.Account, v.at(a.Proposed)), Reason: a.Reason, Mark: approvalMarks[a.State], Word: v.T("approvals." + string(a.State))}
	if a.Settled != 0 && a.Settler.Account != "" {
		out.Decided = v.T("approvals.settled", a.Settler.Account, v.at(a.Settled))
		if a.Words != "" {
			out.Decided = v.T("move.with", out.Decided, a.Words)
		}
	}
	at := slices.IndexFunc(d.Openings, func(o vault.Opening) bool { return o.ID == a.ID })
	if at < 0 {
		return out
	}
	o := &d.Openings[at]
	out.Mark, out.Word = "closed", v.T("identities.over", v.at(o.Until))
	if v.now < o.Until {
		out.Until = v.at(o.Until)
		out.Mark, out.Word = "working", v.T("identities.is_open", out.Until)
	}
	for _, account := range []string{o.Asker, o.Approver} {
		one := holder{account, "open", v.T("identities.not_fetched")}
		for i := range d.Readings {
			if r := &d.Readings[i]; r.Opening == o.ID && r.Account == account {
				one.Mark, one.Says = "met", v.T("identities.fetched", v.at(r.At))
				break
			}
		}
		out.Two = append(out.Two, one)
	}
	return out
}

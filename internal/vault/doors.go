package vault

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/errs"
)

// OpeningAsked is which identity is to be opened. The entry goes with it, for whoever
// decides.
type OpeningAsked struct {
	Identity string `json:"identity"`
	Register string `json:"register"`
	Number   string `json:"number"`
}

// KeyAsked is the key that a custodian wants shares for.
type KeyAsked struct {
	Recipient string `json:"recipient"`
}

// Kinds are what takes two persons: an opening, and a custodian's key, without which an
// administrator would make themselves as many custodians as it takes.
func (k *Keeper) Kinds() map[string]approval.Kind {
	return map[string]approval.Kind{
		approval.Opening: {Propose: access.IdentityPropose, Approve: access.IdentityApprove, Try: k.tryOpening, Do: k.open, Bars: k.barsOpening, Discreet: true},
		approval.Custodian: {Propose: access.CustodianPropose, Approve: access.CustodianApprove, Try: k.tryKey, Do: k.register,
			Bars: func(_ context.Context, w *access.Who, _ json.RawMessage) error { return apart(w) }},
	}
}

// asked is the identity that an opening is of.
func (k *Keeper) asked(ctx context.Context, body json.RawMessage) (*Identity, error) {
	var asked OpeningAsked
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	i, err := k.Store.Identity(ctx, asked.Identity)
	if err == nil && i == nil {
		err = refused(errs.T("there is no such sealed identity", "没有该密封身份"), errs.Text{})
	}
	return i, err
}

// tryOpening says whom it concerns: those whom the entry is about and those who answer
// for it. None of them is the second person, nor told of it.
func (k *Keeper) tryOpening(ctx context.Context, body json.RawMessage) (approval.Tried, error) {
	i, err := k.asked(ctx, body)
	if err != nil {
		return approval.Tried{}, err
	}
	t, err := k.thing(ctx, i)
	if err != nil {
		return approval.Tried{}, err
	}
	c := approval.Concerned{Units: []string{}, Officials: []string{}}
	for _, p := range append(slices.Clone(t.Subjects), t.Owners...) {
		if p != "" && !strings.HasPrefix(p, "@") && !slices.Contains(c.Officials, p) {
			c.Officials = append(c.Officials, p)
		}
	}
	slices.Sort(c.Officials)
	return approval.Tried{Pin: i.ID + " " + Digest(i.Body), Trial: json.RawMessage(`{}`), Concerned: c}, nil
}

// barsOpening wants of both that they have a share, keep no machine running and stand
// apart from whom it concerns.
func (k *Keeper) barsOpening(ctx context.Context, w *access.Who, body json.RawMessage) error {
	i, err := k.asked(ctx, body)
	if err != nil {
		return err
	}
	if err := k.may(ctx, w, access.IdentityFetch, i); err != nil {
		return err
	}
	if err := apart(w); err != nil {
		return err
	}
	if !slices.Contains(i.Custodians, w.Account) {
		return withoutShare()
	}
	return nil
}

// open lets the two fetch their shares for a while.
func (k *Keeper) open(ctx context.Context, a *approval.Approval) error {
	i, err := k.asked(ctx, a.Body)
	if err != nil {
		return err
	}
	now := k.Now()
	if now-a.Proposed > askedFor {
		return refused(errs.T("it was proposed more than seven days ago", "提出已超过七日"), errs.T("propose it anew", "请重新提请"))
	}
	return k.Store.AddOpening(ctx, Opening{ID: a.ID, Identity: i.ID, Asker: a.Proposer.Account, Approver: a.Settler.Account, From: now, Until: now + openFor})
}

// tryKey refuses what is no public key, or another's.
func (k *Keeper) tryKey(ctx context.Context, body json.RawMessage) (approval.Tried, error) {
	var asked KeyAsked
	if err := json.Unmarshal(body, &asked); err != nil {
		return approval.Tried{}, err
	}
	r, err := ParseRecipient(asked.Recipient)
	if err != nil {
		return approval.Tried{}, err
	}
	list, err := k.Store.Custodians(ctx)
	if err != nil {
		return approval.Tried{}, err
	}
	if slices.ContainsFunc(list, func(c Custodian) bool { return c.Recipient == r.String() }) {
		return approval.Tried{}, refused(errs.T("this key is registered already", "该公钥已登记"), errs.T("make a new pair: plumbline custodian keygen FILE", "请生成新密钥：plumbline custodian keygen 文件"))
	}
	return approval.Tried{Pin: r.String(), Trial: json.RawMessage(`{}`), Concerned: approval.Concerned{Units: []string{}, Officials: []string{}}}, nil
}

// register lets a key count for shares from now on.
func (k *Keeper) register(ctx context.Context, a *approval.Approval) error {
	return k.Store.AddCustodian(ctx, Custodian{Account: a.Proposer.Account, Recipient: a.Pin, At: k.Now(), Approval: a.ID})
}

package vault

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// Keeper keeps what is sealed and says who may fetch it. It never has what opens it.
type Keeper struct {
	Store Store
	Now   func() clock.Instant
}

// Registers that an identity can be sealed for.
const (
	OfFinding = "finding"
	OfReport  = "report" // one that lies elsewhere so far, by its number
)

const (
	day = 24 * 3600 * 1_000_000
	// openFor is how long two may fetch what they agreed to open.
	openFor = day
	// askedFor is how long a proposal can be approved.
	askedFor = 7 * day
)

// Refusal is why somebody may not do something, as package approval says it.
type Refusal = approval.Refusal

func barred(rule string, why errs.Text) error {
	return &Refusal{Decision: access.Decision{Rule: rule, Why: why}}
}

// thing is what package access has to know of an identity: whose entry it is for, and
// whom it concerns.
func (k *Keeper) thing(ctx context.Context, i *Identity) (*access.Thing, error) {
	t := &access.Thing{}
	if i.Ref.Register == OfFinding {
		f, err := k.Store.FindingThing(ctx, i.Ref.Number)
		if err != nil {
			return nil, err
		}
		if f != nil {
			t = f
		}
	}
	t.Subjects = append(slices.Clone(t.Subjects), i.Concerns...)
	return t, nil
}

// may refuses who may not do something to an identity. For whom the table lets do it, and
// not to this one – it concerns them, they answer for it, a conflict is declared – it is as
// if it weren't there: any other answer would tell them that somebody reported something.
func (k *Keeper) may(ctx context.Context, w *access.Who, a access.Action, i *Identity) error {
	t, err := k.thing(ctx, i)
	if err != nil {
		return err
	}
	no := access.Decide(w, a, t)
	if no.Allowed {
		return nil
	}
	no.Hidden = no.Hidden || access.May(w, a).Allowed
	return &Refusal{Decision: no}
}

// Custodians are all keys that ever counted, by account and number.
func (k *Keeper) Custodians(ctx context.Context) ([]Custodian, error) { return k.Store.Custodians(ctx) }

// InForce are those of a list that get shares now.
func InForce(list []Custodian) []Custodian {
	return slices.DeleteFunc(slices.Clone(list), func(c Custodian) bool { return !c.InForce })
}

// Add keeps an identity that was sealed elsewhere.
func (k *Keeper) Add(ctx context.Context, w *access.Who, ref Ref, concerns []string, s *Sealed) (*Identity, error) {
	i := Identity{Ref: ref, Concerns: concerns, Key: s.Key, Body: s.Body, At: k.Now(), Account: w.Account, Generation: 1}
	if err := k.known(ctx, ref); err != nil {
		return nil, err
	}
	t, err := k.thing(ctx, &i)
	if err != nil {
		return nil, err
	}
	if no := access.Decide(w, access.IdentitySeal, t); !no.Allowed { // by who sends it: nothing is told of one that is there
		return nil, &Refusal{Decision: no}
	}
	if _, err := ParseRecipient(s.Key); err != nil {
		return nil, err
	}
	if err := encrypted(s.Body, maxCipher); err != nil {
		return nil, err
	}
	if err := k.forAll(ctx, s.Shares); err != nil {
		return nil, err
	}
	var id [8]byte
	rand.Read(id[:]) // never fails: the program would end
	i.ID = hex.EncodeToString(id[:])
	for _, x := range s.Shares {
		i.Custodians = append(i.Custodians, x.Custodian)
	}
	return &i, k.Store.AddIdentity(ctx, i, s.Shares)
}

// known refuses an entry that isn't there, or can't be one.
func (k *Keeper) known(ctx context.Context, ref Ref) error {
	if n := utf8.RuneCountInString(ref.Number); n == 0 || n > 200 || strings.ContainsFunc(ref.Number, func(r rune) bool { return r < ' ' }) {
		return refused(errs.T("the number of an entry has 1 to 200 characters", "编号应为 1 至 200 个字符"), errs.Text{})
	}
	switch ref.Register {
	case OfReport:
		return nil
	case OfFinding:
		t, err := k.Store.FindingThing(ctx, ref.Number)
		if err == nil && t == nil {
			err = ErrNoFinding
		}
		return err
	}
	return refused(errs.Tf("%q is no register; expected %s or %s", "%q 不是台账，应为 %s 或 %s", ref.Register, OfFinding, OfReport), errs.Text{})
}

// ErrNoFinding is that there is no finding to seal something for, or none for who asks.
var ErrNoFinding = refused(errs.T("there is no such finding", "没有该问题"), errs.T("give the id that its page and the API show, not its number", "请填写页面和接口所示的标识，而非编号"))

// forAll wants a share for each custodian that there is now, encrypted to the
// custodian's key.
func (k *Keeper) forAll(ctx context.Context, list []Share) error {
	all, err := k.Store.Custodians(ctx)
	if err != nil {
		return err
	}
	now := InForce(all)
	if err := enough(now); err != nil {
		return err
	}
	got := map[string]string{}
	for _, x := range list {
		if err := encrypted(x.Cipher, maxShare); err != nil {
			return err
		}
		got[x.Custodian] = x.Recipient
	}
	same := len(list) == len(now) && len(got) == len(now)
	for _, c := range now {
		same = same && got[c.Account] == c.Recipient
	}
	if !same {
		return refused(errs.T("the shares aren't for those who are custodians now", "份额与现任保管人不符"), errs.T("look at who they are (plumbline custodian list) and seal once more", "请查看现任保管人（plumbline custodian list）后重新密封"))
	}
	return nil
}

// List are the identities of an entry, or all where ref is the zero one, that somebody
// may know of: the newest first, limit of them at most. What is encrypted isn't told.
func (k *Keeper) List(ctx context.Context, w *access.Who, ref Ref, limit int) ([]Identity, error) {
	all, err := k.Store.Identities(ctx, ref)
	if err != nil {
		return nil, err
	}
	var out []Identity
	for i := range all {
		if len(out) == limit {
			break
		}
		t, err := k.thing(ctx, &all[i])
		if err != nil {
			return nil, err
		}
		if access.Decide(w, access.IdentityRead, t).Allowed {
			out = append(out, all[i])
		}
	}
	return out, nil
}

// One is an identity with who asked for it and who fetched it, to who may know of it;
// nil where there is none.
func (k *Keeper) One(ctx context.Context, w *access.Who, id string) (*Detail, error) {
	i, err := k.Store.Identity(ctx, id)
	if err != nil || i == nil {
		return nil, err
	}
	if err := k.may(ctx, w, access.IdentityRead, i); err != nil {
		return nil, err
	}
	d := &Detail{Identity: *i}
	if d.Openings, err = k.Store.Openings(ctx, id); err != nil {
		return nil, err
	}
	d.Readings, err = k.Store.Readings(ctx, id)
	return d, err
}

// Fetch gives one of the two custodians who agreed to open an identity what is
// encrypted and their share, once it is written down that they had it; nil where there
// is no such identity.
func (k *Keeper) Fetch(ctx context.Context, w *access.Who, id string) (*Fetched, error) {
	i, err := k.Store.Identity(ctx, id)
	if err != nil || i == nil {
		return nil, err
	}
	o, err := k.opened(ctx, w, i)
	if err != nil {
		return nil, err
	}
	list, err := k.Store.Shares(ctx, id)
	if err != nil {
		return nil, err
	}
	mine, other := shareOf(list, w.Account), shareOf(list, o.other(w.Account))
	if mine == nil || other == nil {
		return nil, withoutShare()
	}
	if err := k.Store.AddReading(ctx, Reading{Identity: id, Opening: o.ID, Account: w.Account, At: k.Now()}); err != nil {
		return nil, err
	}
	return &Fetched{ID: id, Ref: i.Ref, Key: i.Key, Body: i.Body, Share: *mine, Other: Custodian{Account: other.Custodian, Recipient: other.Recipient}, Opening: o.ID, Until: o.Until}, nil
}

// Resplit keeps another splitting of the key, made by one of the two who may open it,
// for those who are custodians now; nil where there is no such identity.
func (k *Keeper) Resplit(ctx context.Context, w *access.Who, id string, list []Share) (*Identity, error) {
	i, err := k.Store.Identity(ctx, id)
	if err != nil || i == nil {
		return nil, err
	}
	if _, err := k.opened(ctx, w, i); err != nil {
		return nil, err
	}
	if err := k.forAll(ctx, list); err != nil {
		return nil, err
	}
	if err := k.Store.AddShares(ctx, id, i.Generation, list, w.Account, k.Now()); err != nil {
		return nil, err
	}
	return k.Store.Identity(ctx, id)
}

// opened is the opening by which somebody may fetch now.
func (k *Keeper) opened(ctx context.Context, w *access.Who, i *Identity) (*Opening, error) {
	if err := k.may(ctx, w, access.IdentityFetch, i); err != nil {
		return nil, err
	}
	if err := apart(w); err != nil {
		return nil, err
	}
	list, err := k.Store.Openings(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	now, over := k.Now(), false
	for _, o := range list {
		if o.Asker != w.Account && o.Approver != w.Account {
			continue
		}
		if o.From <= now && now < o.Until {
			return &o, nil
		}
		over = true
	}
	if over {
		return nil, barred("vault: the opening is over", errs.T("the opening that you agreed on is over: propose another", "已批准的开启期限已过，请重新提出"))
	}
	return nil, barred("vault: no opening", errs.T("no opening was approved in which you are one of the two", "没有您作为两人之一的已批准开启"))
}

func (o *Opening) other(account string) string {
	if o.Asker == account {
		return o.Approver
	}
	return o.Asker
}

func shareOf(list []Share, account string) *Share {
	for i := range list {
		if list[i].Custodian == account {
			return &list[i]
		}
	}
	return nil
}

// apart refuses who keeps the machine running: they could have everything else.
func apart(w *access.Who) error {
	if w.Has(access.Administrator) {
		return barred("vault: administrator", errs.T("whoever keeps the system running has no part in opening identities", "系统管理员不得参与开启密封身份"))
	}
	return nil
}

func withoutShare() error {
	return barred("vault: no share", errs.T("one of the two has no share of this identity: it was sealed before they were a custodian", "两人之一不持有该身份的份额：密封时尚非保管人"))
}

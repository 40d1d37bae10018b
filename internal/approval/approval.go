// Package approval is what one person proposes and another has to approve before it
// is done: to put packs into force or retire them, and whatever else changes what is
// found of whom, who may do what, or what can be proven.
//
// [Desk.Propose] looks at what would change and keeps the proposal with it, so that
// whoever decides sees what the proposer saw. [Desk.Approve] looks again, since the
// record went on; lets nobody approve what they proposed, nor anybody who stands in a
// unit whose verdicts change, above it or below it, or whom it concerns, or who has
// declared a conflict with whom it concerns; then does it. [Desk.Refuse] is for who
// may approve, and for the proposer, who thereby takes it back.
//
// What can be proposed are [Kind]s, which the program gives; who may propose and
// approve each stands in the table of package access, and whoever may either sees the
// proposals of that kind. Each step is sealed with the row.
package approval

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// State says where a proposal stands.
type State string

// The states. Doing is between the approval and what came of it: it stays so only
// where the program ended in between, and can be approved once more.
const (
	Waiting State = "waiting"
	Doing   State = "doing"
	Done    State = "done"
	Failed  State = "failed"
	Refused State = "refused"
)

// Approval is a proposal and what became of it.
type Approval struct {
	ID        string
	Kind      string
	Pin       string          // what exactly: files that it names may become others
	Body      json.RawMessage // what is to be done
	Trial     json.RawMessage // what would change
	Concerned Concerned
	Reason    string
	State     State
	Proposed  clock.Instant
	Proposer  Person
	Settled   clock.Instant // 0: not yet
	Settler   Person
	Words     string // why it was approved or refused; of a failed one, what went wrong
}

// Person is an account, and whom of the organisation it is of.
type Person struct{ Account, Person string }

// Concerned are those whose verdicts would change.
type Concerned struct {
	Units     []string `json:"units"`
	Officials []string `json:"officials"`
}

// What can be proposed: the names of the kinds.
const (
	Packs  = "packs"  // to be put into force
	Retire = "retire" // packs
	Exempt = "exempt" // a unit, for a while
	Table  = "access" // another table of who may do what
	Key    = "key"    // of the seal: another one, or the old one laid down
	Erase  = "erase"  // cases that ended long ago, or one event

	EndExempt = "end_exempt" // that a unit is exempt
	// Of package vault: a sealed identity to be opened, a custodian's key to get shares.
	Opening   = "opening"
	Custodian = "custodian"
)

// Kind is something that can be proposed.
type Kind struct {
	Propose, Approve access.Action
	// Try says what would change; nothing is done.
	Try func(ctx context.Context, body json.RawMessage) (Tried, error)
	// Do does what was approved; as whom it was proposed and approved, a says.
	Do func(ctx context.Context, a *Approval) error
	// Bars refuses who may be neither of the two, whatever the table says; nil: nobody.
	Bars func(ctx context.Context, w *access.Who, body json.RawMessage) error
	// Discreet keeps from those whom it concerns, and from who declared a conflict with
	// them, that there is such a proposal.
	Discreet bool
}

// Policy is a text that two persons put into force in place of the one before.
type Policy struct {
	Name     string // what it is of
	Number   int64  // of those of its name, from 1
	At       clock.Instant
	Approval string // the proposal's id
	Text     string
}

// Tried is what would change, whom it concerns, and of what exactly that is said.
type Tried struct {
	Pin       string
	Trial     json.RawMessage
	Concerned Concerned
}

// Store keeps proposals; package sqldb implements it.
type Store interface {
	AddApproval(ctx context.Context, a Approval) error
	Approval(ctx context.Context, id string) (*Approval, error) // nil where there is none
	// Approvals are the newest first: those of some kinds, and those that an account
	// proposed.
	Approvals(ctx context.Context, kinds []string, proposer string, limit int) ([]Approval, error)
	// ChangeApproval reads, changes and writes one in one transaction, unless change
	// fails; nil where there is none.
	ChangeApproval(ctx context.Context, id string, at clock.Instant, change func(*Approval) error) (*Approval, error)
}

// Standing is where people stood at one time.
type Standing interface {
	Units(person string) []string     // in which they held posts
	Conflicts(person string) []string // with whom one was declared
	Chain(unit string) []string       // the unit and those that answered for it; nil where there never was one
}

// Desk is where proposals are made and settled.
type Desk struct {
	Store Store
	Kinds map[string]Kind
	Now   func() clock.Instant
	// Stood is where people stand, and stood at an instant: as is known now, and as was known
	// then, so that nobody concerned when a proposal was made gets out of that by being moved
	// before it is approved, or by a move that is dated back. That of now comes first; there
	// are none where no organisation is known.
	Stood func(ctx context.Context, at clock.Instant) ([]Standing, error)
	doing sync.Map // the ids of what is being done now
}

// Refusal is why somebody may not do something to a proposal.
type Refusal struct{ access.Decision }

// Error is the reason in English.
func (r *Refusal) Error() string { return r.Why.En }

func barred(rule string, why errs.Text) error {
	return &Refusal{access.Decision{Rule: rule, Why: why}}
}

// Propose keeps a proposal with what it would change.
func (d *Desk) Propose(ctx context.Context, w *access.Who, kind string, body json.RawMessage, reason string) (*Approval, error) {
	k, ok := d.Kinds[kind]
	if !ok {
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("%q can't be proposed", "%q 不能提请审批", kind)}
	}
	if no := access.May(w, k.Propose); !no.Allowed {
		return nil, &Refusal{no}
	}
	if err := spoken(reason); err != nil {
		return nil, err
	}
	if err := k.bars(ctx, w, body); err != nil {
		return nil, err
	}
	tried, err := k.Try(ctx, body)
	if err != nil {
		return nil, err
	}
	var id [8]byte
	rand.Read(id[:]) // never fails: the program would end
	a := Approval{ID: hex.EncodeToString(id[:]), Kind: kind, Pin: tried.Pin, Body: body, Trial: tried.Trial, Concerned: tried.Concerned, Reason: reason, State: Waiting,
		Proposed: d.Now(), Proposer: Person{w.Account, w.Person}}
	return &a, d.Store.AddApproval(ctx, a)
}

// sees says whether somebody may see the proposals of a kind that a given account
// made ("": any): who may see all, who made it, who may propose or approve such.
func (d *Desk) sees(w *access.Who, kind, proposer string) access.Decision {
	seen := access.Decide(w, access.ApprovalRead, access.Made(proposer))
	if k, ok := d.Kinds[kind]; ok && !seen.Allowed {
		for _, a := range []access.Action{k.Propose, k.Approve} {
			if access.May(w, a).Allowed {
				return access.Decision{Allowed: true}
			}
		}
	}
	return seen
}

func (k *Kind) bars(ctx context.Context, w *access.Who, body json.RawMessage) error {
	if k.Bars == nil {
		return nil
	}
	return k.Bars(ctx, w, body)
}

// hidden says whether somebody mustn't know of a proposal, since it concerns them or
// somebody with whom they declared a conflict.
func (d *Desk) hidden(w *access.Who, a *Approval, more ...string) error {
	concerns := func(p string) bool {
		return slices.Contains(a.Concerned.Officials, p) || slices.Contains(more, p)
	}
	if d.Kinds[a.Kind].Discreet && (w.Person != "" && concerns(w.Person) || slices.ContainsFunc(w.Conflicts, concerns)) {
		return &Refusal{access.Decision{Hidden: true, Rule: "approval: discreet", Why: errs.T("there is no such thing here for you", "此处没有您可以查看的该项内容")}}
	}
	return nil
}

// hiddenNow is hidden by whom it concerns by now, too: who answers for a finding may
// have become another since it was proposed.
func (d *Desk) hiddenNow(ctx context.Context, w *access.Who, a *Approval) error {
	k := d.Kinds[a.Kind]
	if !k.Discreet {
		return nil
	}
	tried, err := k.Try(ctx, a.Body)
	if err != nil {
		return d.hidden(w, a) // what it was of isn't there any more
	}
	return d.hidden(w, a, tried.Concerned.Officials...)
}

// List is the newest proposals that somebody may see.
func (d *Desk) List(ctx context.Context, w *access.Who, limit int) ([]Approval, error) {
	var kinds []string
	for kind := range d.Kinds {
		if d.sees(w, kind, "").Allowed {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	list, err := d.Store.Approvals(ctx, kinds, w.Account, limit)
	return slices.DeleteFunc(list, func(a Approval) bool { return d.hiddenNow(ctx, w, &a) != nil }), err
}

// One is a proposal, to who may see it; nil where there is none.
func (d *Desk) One(ctx context.Context, w *access.Who, id string) (*Approval, error) {
	a, err := d.Store.Approval(ctx, id)
	if err != nil || a == nil {
		return nil, err
	}
	if no := d.sees(w, a.Kind, a.Proposer.Account); !no.Allowed {
		return nil, &Refusal{no}
	}
	return a, d.hiddenNow(ctx, w, a)
}

// May says whether somebody may be the second person of a proposal, as far as that
// rests on what it is and on who made it.
func (d *Desk) May(w *access.Who, a *Approval) bool {
	k, ok := d.Kinds[a.Kind]
	return ok && d.hidden(w, a) == nil && second(w, k.Approve, a) == nil
}

// Approve looks once more at what would change, and does it where a second person
// may say so. It is done when it returns, or has failed, with the reason in Words.
func (d *Desk) Approve(ctx context.Context, w *access.Who, id, words string) (*Approval, error) {
	a, err := d.Store.Approval(ctx, id)
	if err != nil || a == nil {
		return nil, err
	}
	k, ok := d.Kinds[a.Kind]
	if !ok {
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("%q can't be done any more", "%q 已不能办理", a.Kind)}
	}
	stood, err := d.stood(ctx, a.Proposed)
	if err != nil {
		return nil, err
	}
	w = since(w, stood)
	if err := d.hiddenNow(ctx, w, a); err != nil {
		return nil, err
	}
	if err := spoken(words); err != nil {
		return nil, err
	}
	if err := second(w, k.Approve, a); err != nil {
		return nil, err
	}
	if err := k.bars(ctx, w, a.Body); err != nil {
		return nil, err
	}
	tried, err := k.Try(ctx, a.Body)
	if err != nil {
		return nil, err
	}
	if tried.Pin != a.Pin {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("what was proposed isn't what lies there now", "现有内容与提请时不同"), Next: errs.T("propose it anew", "请重新提请")}
	}
	for _, c := range []Concerned{a.Concerned, tried.Concerned} {
		if err := outside(w, c, stood); err != nil {
			return nil, err
		}
	}
	// What a program that ended left half done may be approved once more; what this one
	// is doing may not.
	if _, is := d.doing.LoadOrStore(id, true); is {
		return nil, &errs.Error{Code: errs.Usage, Err: ErrSettled, What: errs.T("somebody approved it just now, and it is being done", "已有人批准，正在办理"), Next: errs.T("look again in a moment", "请稍后再看")}
	}
	defer d.doing.Delete(id)
	a, err = d.Store.ChangeApproval(ctx, id, d.Now(), func(a *Approval) error {
		if a.State != Waiting && a.State != Doing {
			return settled(a)
		}
		a.State, a.Settled, a.Settler, a.Words, a.Trial, a.Concerned = Doing, d.Now(), Person{w.Account, w.Person}, words, tried.Trial, tried.Concerned
		return nil
	})
	if err != nil || a == nil {
		return nil, err
	}
	done := k.Do(ctx, a)
	// Whatever became of it stays, though nobody waits for the answer any more.
	return d.Store.ChangeApproval(context.WithoutCancel(ctx), id, d.Now(), func(a *Approval) error {
		if a.State = Done; done != nil {
			a.State, a.Words = Failed, strings.TrimSpace(words+"\n"+done.Error())
		}
		return nil
	})
}

// Refuse settles a proposal without doing it: by who proposed it, or by who might have
// approved it. Who couldn't, since it concerns them or their unit, can't stop it either.
func (d *Desk) Refuse(ctx context.Context, w *access.Who, id, words string) (*Approval, error) {
	a, err := d.Store.Approval(ctx, id)
	if err != nil || a == nil {
		return nil, err
	}
	if err := d.hiddenNow(ctx, w, a); err != nil {
		return nil, err
	}
	if err := spoken(words); err != nil {
		return nil, err
	}
	if k := d.Kinds[a.Kind]; !same(w, a.Proposer) {
		stood, err := d.stood(ctx, a.Proposed)
		if err != nil {
			return nil, err
		}
		w := since(w, stood)
		for _, no := range []error{second(w, k.Approve, a), k.bars(ctx, w, a.Body), outside(w, a.Concerned, stood)} {
			if no != nil {
				return nil, no
			}
		}
	}
	return d.Store.ChangeApproval(ctx, id, d.Now(), func(a *Approval) error {
		if a.State != Waiting {
			return settled(a)
		}
		a.State, a.Settled, a.Settler, a.Words = Refused, d.Now(), Person{w.Account, w.Person}, words
		return nil
	})
}

// spoken refuses a reason of which nothing can be seen, where one is given.
func spoken(text string) error {
	if text == "" || errs.Said(text) != "" {
		return nil
	}
	return &errs.Error{Code: errs.Usage, What: errs.T("nothing of the reason can be seen", "理由中没有可见的文字"), Next: errs.T("say it in words", "请用文字说明")}
}

// ErrSettled is that somebody was faster.
var ErrSettled = settledError{}

type settledError struct{}

// Error is the reason in English.
func (settledError) Error() string { return "it was settled already" }

func settled(a *Approval) error {
	return &errs.Error{Code: errs.Usage, Err: ErrSettled, What: errs.Tf("it was settled already: %s by %s", "已办结：%s，办理人 %s", a.State, a.Settler.Account)}
}

// same says whether two are one: an account, or a person with two.
func same(w *access.Who, p Person) bool {
	return w.Account == p.Account || w.Person != "" && w.Person == p.Person
}

// second refuses who may not be the second person, whatever changes and whatever the table
// says: the proposer, and who is so close to them, or so far, that a conflict was declared.
func second(w *access.Who, may access.Action, a *Approval) error {
	if no := access.Decide(w, may, access.Made(a.Proposer.Account)); !no.Allowed {
		return &Refusal{no}
	}
	if same(w, a.Proposer) {
		return barred("approval: proposer", errs.T("you proposed it yourself: the second person must be another", "这是您本人提请的，须由他人批准"))
	}
	if a.Proposer.Person != "" && slices.Contains(w.Conflicts, a.Proposer.Person) {
		return barred("approval: each other", errs.T("a conflict or kinship was declared between you and who proposed it: the second person must be another", "您与提请人之间已申报回避或亲属关系，须由他人批准"))
	}
	return nil
}

func (d *Desk) stood(ctx context.Context, at clock.Instant) ([]Standing, error) {
	if d.Stood == nil {
		return nil, nil
	}
	return d.Stood(ctx, at)
}

// since is somebody with where they stand and stood, and with whom they declared a conflict
// at any of those times.
func since(w *access.Who, stood []Standing) *access.Who {
	both := *w
	for _, s := range stood {
		if w.Person != "" {
			both.Units, both.Conflicts = slices.Concat(both.Units, s.Units(w.Person)), slices.Concat(both.Conflicts, s.Conflicts(w.Person))
		}
	}
	return &both
}

// outside refuses who stands in a unit whose verdicts change, above it or below it,
// or is somehow concerned, or was at one of those times. Where somebody stands now must be
// known: of a person by their posts, else by the account's unit.
func outside(w *access.Who, c Concerned, stood []Standing) error {
	if w.Person != "" && slices.Contains(c.Officials, w.Person) {
		return barred("approval: concerned", errs.T("your own verdicts would change", "您本人的判定结果会因此改变"))
	}
	for _, p := range w.Conflicts {
		if slices.Contains(c.Officials, p) {
			return barred("approval: conflict", errs.T("a conflict was declared with somebody whose verdicts would change", "您与判定结果会改变的人员之间已申报回避"))
		}
	}
	if len(c.Units) == 0 {
		return nil
	}
	if len(stood) == 0 {
		stood = []Standing{unorganised{}}
	}
	for i, s := range stood {
		mine := w.Units
		if w.Person != "" && s != (unorganised{}) {
			mine = s.Units(w.Person)
		}
		var above []string
		for _, u := range mine {
			above = append(above, s.Chain(u)...)
		}
		if i == 0 && len(above) == 0 {
			return barred("approval: unknown", errs.T("where you stand in the organisation isn't known, so nobody can say that you are outside the units whose verdicts would change",
				"您在组织机构中的位置不明，无法确定您是否在判定结果会改变的单位之外"))
		}
		for _, u := range c.Units {
			over := s.Chain(u)
			if u != "" && (slices.Contains(above, u) || slices.ContainsFunc(mine, func(m string) bool { return slices.Contains(over, m) })) {
				return barred("approval: unit", errs.Tf("verdicts on the unit %s would change, to which you belong or which you command", "单位 %s 的判定结果会改变，而您属于该单位或领导该单位", u))
			}
		}
	}
	return nil
}

// unorganised is where people stand as long as no organisation is known: each unit for
// itself, as accounts say.
type unorganised struct{}

func (unorganised) Units(string) []string      { return nil }
func (unorganised) Conflicts(string) []string  { return nil }
func (unorganised) Chain(unit string) []string { return []string{unit} }

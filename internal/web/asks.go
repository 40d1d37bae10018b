package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/identity"
	"plumbline/internal/ledger"
	"plumbline/internal/reconcile"
	"plumbline/internal/rule"
	"plumbline/internal/seal"
	"plumbline/internal/seal/keeper"
	"plumbline/internal/service"
	"plumbline/internal/vault"
)

// Service is what pages ask of the running service; package service implements it.
type Service interface {
	Finding(ctx context.Context, id string) (*service.FindingDetail, error) // nil where there is none
	Timeline(ctx context.Context, objectType, id string) (*service.Timeline, error)
	AtRisk(ctx context.Context, may func(*service.AtRisk) bool, limit int) (list []service.AtRisk, all int)
	Sources(ctx context.Context) ([]service.SourceInfo, error)
	Quarantine(ctx context.Context, source string, waiting bool, after int64, limit int) ([]service.Quarantined, error)
	Mend(ctx context.Context, id int64, in service.Arrival) (service.Outcome, error)
	SetAside(ctx context.Context, id int64, reason string) error
	Comparisons(from clock.Day) []reconcile.Table
	Rules() []*rule.Rule // in force, and of older versions that still judge something
	Now() clock.Instant  // as of which everything was judged
}

// Record is what pages look up in the record; package sqldb implements it.
type Record interface {
	FindingsByID(ctx context.Context, ids []string) ([]service.Finding, error)
	// FindingThing is what package access has to know of a finding; nil where there
	// is none.
	FindingThing(ctx context.Context, id string) (*access.Thing, error)
	Above(ctx context.Context, units []string) ([]string, error) // them, and all above them
	ledger.Desk
	// Seal seals what is kept nowhere else: that a list left the system.
	Seal(ctx context.Context, at clock.Instant, leaves ...seal.Leaf) error
}

// Ledger is what becomes of findings; package ledger implements it.
type Ledger interface {
	Item(ctx context.Context, who ledger.Who, finding string) (*ledger.Detail, error) // nil where there is none
	Move(ctx context.Context, who ledger.Who, finding string, seen int64, kind ledger.Kind, say ledger.Content) (*ledger.Item, error)
	MoveAll(ctx context.Context, who ledger.Who, items []ledger.Wanted, kind ledger.Kind, say ledger.Content) ([]ledger.Done, error)
	Queue(ctx context.Context, q ledger.Query) (ledger.Page, error)
	Count(ctx context.Context, q ledger.Query) (map[ledger.State]int64, error)
	Attach(ctx context.Context, who ledger.Who, finding string, seen int64, name, text string, from io.Reader) (*ledger.Item, *ledger.File, error)
	File(ctx context.Context, finding, hash string) (*ledger.File, []byte, error) // nil where the finding has none
	Policy() *ledger.Policy
	Quality(ctx context.Context) ([]ledger.Quality, error)
	Spells(ctx context.Context) ([]ledger.Spell, error)
	Review(ctx context.Context, who ledger.Who, pack, rule, text string) error
	Links(ctx context.Context, finding string) ([]ledger.Linked, error)
}

// Seal is the log that fixes the record; package keeper keeps it.
type Seal interface {
	Status(ctx context.Context) (keeper.Status, error)
	Vouched() bool // a witness outside has cosigned of late
	ProveFinding(ctx context.Context, id string) ([]byte, error)
	ProveMove(ctx context.Context, finding string, number int64) ([]byte, error)
	ProveFile(ctx context.Context, hash string) ([]byte, error)
	ProveEvent(ctx context.Context, source, id string) ([]byte, error)
}

// Approvals is where one person proposes and another approves; package approval
// implements it.
type Approvals interface {
	Propose(ctx context.Context, w *access.Who, kind string, body json.RawMessage, reason string) (*approval.Approval, error)
	List(ctx context.Context, w *access.Who, limit int) ([]approval.Approval, error)
	One(ctx context.Context, w *access.Who, id string) (*approval.Approval, error)            // nil where there is none
	May(w *access.Who, a *approval.Approval) bool                                             // be the second person, as far as that rests on the proposal alone
	Approve(ctx context.Context, w *access.Who, id, words string) (*approval.Approval, error) // nil where there is none
	Refuse(ctx context.Context, w *access.Who, id, words string) (*approval.Approval, error)  // nil where there is none
}

// Identities are who reported something, sealed; package vault implements it.
type Identities interface {
	List(ctx context.Context, w *access.Who, ref vault.Ref, limit int) ([]vault.Identity, error)
	One(ctx context.Context, w *access.Who, id string) (*vault.Detail, error) // nil where there is none
	Custodians(ctx context.Context) ([]vault.Custodian, error)
}

// Identity is who signs in; package identity implements it.
type Identity interface {
	From(r *http.Request) identity.From
	SignIn(ctx context.Context, t identity.Try) (*identity.Granted, error)
	Session(ctx context.Context, cookie string) (*access.Who, error) // nil: nobody
	SignOut(ctx context.Context, cookie string) error
	Sessions(ctx context.Context, account string) ([]identity.Session, error)
	End(ctx context.Context, account, id string) error
	ChangePassword(ctx context.Context, w *access.Who, old, next string) error
	HasPasskeys() bool
	Passkeys(ctx context.Context, account string) ([]identity.Passkey, error)
	DropPasskey(ctx context.Context, w *access.Who, id, password string) error
	// HasPassword says whether the password is asked for before that is changed by which
	// the account signs in.
	HasPassword(ctx context.Context, account string) (bool, error)
	// Second says whether codes of a phone are wanted, and how many recovery codes are
	// left.
	Second(ctx context.Context, account string) (recovery int, codes bool, err error)
	BeginSecond(w *access.Who) (secret string)
	ConfirmSecond(ctx context.Context, w *access.Who, secret, code, password string) (recovery []string, err error)
	DropSecond(ctx context.Context, w *access.Who, code, password string) error
	NewRecovery(ctx context.Context, w *access.Who, code, password string) ([]string, error)
	HasOIDC() bool
	BeginOIDC(ctx context.Context) (url string, cookie *http.Cookie, err error)
	FinishOIDC(ctx context.Context, r *http.Request) (*identity.Granted, error)
	Accounts(ctx context.Context) ([]identity.Account, error)
	Add(ctx context.Context, a identity.Account, password string) error
	Change(ctx context.Context, name string, change func(*identity.Account)) error
	Disable(ctx context.Context, name string) error
	Reset(ctx context.Context, name, password string, second bool) error
	Cookie(g *identity.Granted) *http.Cookie
	CookieOf(r *http.Request) string
	NoCookie() *http.Cookie
}

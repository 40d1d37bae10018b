package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/vault"
)

// Vault keeps who reported something, sealed; package vault implements it. A refusal is
// a *vault.Refusal.
type Vault interface {
	Custodians(ctx context.Context) ([]vault.Custodian, error)
	Add(ctx context.Context, w *access.Who, ref vault.Ref, concerns []string, s *vault.Sealed) (*vault.Identity, error)
	List(ctx context.Context, w *access.Who, ref vault.Ref, limit int) ([]vault.Identity, error)
	One(ctx context.Context, w *access.Who, id string) (*vault.Detail, error)                             // nil where there is none
	Fetch(ctx context.Context, w *access.Who, id string) (*vault.Fetched, error)                          // nil where there is none
	Resplit(ctx context.Context, w *access.Who, id string, shares []vault.Share) (*vault.Identity, error) // nil where there is none
}

type custodiansOutput struct{ Body custodiansBody }

type custodiansBody struct {
	Custodians []custodianBody `json:"custodians" nullable:"false" doc:"All keys that ever counted, by account"`
	InForce    int             `json:"in_force" doc:"How many get shares now"`
	Least      int             `json:"least" doc:"With fewer nothing can be sealed"`
	Wanted     int             `json:"wanted" doc:"With fewer one that is lost may be one too many"`
}

type custodianBody struct {
	Account   string `json:"account"`
	Recipient string `json:"recipient" doc:"The public key, of age"`
	Since     string `json:"since"`
	Approval  string `json:"approval" doc:"The proposal by which it counts"`
	InForce   bool   `json:"in_force" doc:"It gets shares: the account's last, and the account is a custodian's"`
}

type custodianInput struct{ Body newCustodianBody }

type newCustodianBody struct {
	Recipient string `json:"recipient" maxLength:"2000" doc:"The public key (age1…); the private one never leaves its holder"`
	Reason    string `json:"reason" minLength:"1" maxLength:"20000" doc:"For whoever approves"`
}

type shareBody struct {
	Custodian string `json:"custodian" maxLength:"200" doc:"The account"`
	Recipient string `json:"recipient" maxLength:"2000" doc:"The key that it is encrypted to"`
	Cipher    string `json:"cipher" maxLength:"20000" doc:"Encrypted with age, armoured"`
}

type sealInput struct{ Body sealedBody }

type sealedBody struct {
	Register string      `json:"register" enum:"finding,report" doc:"finding: of this record; report: one that lies elsewhere"`
	Number   string      `json:"number" minLength:"1" maxLength:"200" doc:"A finding's id; a report's number"`
	Concerns []string    `json:"concerns,omitempty" nullable:"false" maxItems:"50" doc:"Persons whom the report is about, beside those of the finding: they never learn of it"`
	Key      string      `json:"key" maxLength:"2000" doc:"The public half of the fresh key"`
	Body     string      `json:"body" maxLength:"100000" doc:"The identity, encrypted to it, armoured"`
	Shares   []shareBody `json:"shares" nullable:"false" maxItems:"50" doc:"One for each custodian in force"`
}

type identityBody struct {
	ID         string   `json:"id"`
	Register   string   `json:"register"`
	Number     string   `json:"number"`
	Sealed     string   `json:"sealed"`
	Account    string   `json:"account" doc:"Who sealed it"`
	Generation int64    `json:"generation" doc:"How often its key was split"`
	Custodians []string `json:"custodians,omitempty" nullable:"false" doc:"Who has a share; not in lists"`
}

type identityOutput struct{ Body identityBody }

type identitiesInput struct {
	Register string `query:"register" enum:"finding,report"`
	Number   string `query:"number" maxLength:"200"`
	Limit    int    `query:"limit" minimum:"1" maximum:"500" doc:"How many; 50 where it isn't said"`
}

type identitiesOutput struct{ Body identitiesBody }

type identitiesBody struct {
	Identities []identityBody `json:"identities" nullable:"false" doc:"The newest first; nothing of what is sealed"`
}

type oneIdentityInput struct {
	ID string `path:"id" maxLength:"100"`
}

type identityDetailOutput struct{ Body identityDetailBody }

type identityDetailBody struct {
	Identity identityBody  `json:"identity"`
	Openings []openingBody `json:"openings" nullable:"false" doc:"What two agreed on, the newest first"`
	Readings []readingBody `json:"readings" nullable:"false" doc:"Who fetched a share, the newest first"`
}

type openingBody struct {
	Approval string `json:"approval" doc:"The proposal, with its reason"`
	Asker    string `json:"asker"`
	Approver string `json:"approver"`
	From     string `json:"from"`
	Until    string `json:"until" doc:"From then on nothing can be fetched by it"`
}

type readingBody struct {
	Account string `json:"account"`
	At      string `json:"at"`
	Opening string `json:"opening"`
}

type openInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body openBody
}

type openBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"20000" doc:"Why it must be known; it stays with the proposal"`
}

type fetchInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct{}
}

type fetchedOutput struct{ Body fetchedBody }

type fetchedBody struct {
	ID       string    `json:"id"`
	Register string    `json:"register"`
	Number   string    `json:"number"`
	Key      string    `json:"key"`
	Body     string    `json:"body" doc:"The identity, encrypted: it takes the shares of both"`
	Share    shareBody `json:"share" doc:"One's own"`
	Other    otherBody `json:"other" doc:"The other of the two"`
	Opening  string    `json:"opening" doc:"By which proposal"`
	Until    string    `json:"until"`
}

type otherBody struct {
	Account   string `json:"account"`
	Recipient string `json:"recipient"`
}

type resplitInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body resplitBody
}

type resplitBody struct {
	Shares []shareBody `json:"shares" nullable:"false" maxItems:"50" doc:"One for each custodian in force, of the same key split anew"`
}

// addIdentities adds sealed identities and their custodians.
func (a *API) addIdentities() {
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/custodians", "list-custodians", "Who has shares of sealed identities", "Their public keys, by which an identity is sealed.", access.CustodianRead), a.listCustodians)
	huma.Register(a.huma, a.proposing("/api/v1/custodians", "propose-custodian", "Propose one's own key",
		"From its approval on, what is sealed has a share for it.", access.CustodianPropose), a.proposeCustodian)
	huma.Register(a.huma, a.operation(http.MethodPost, "/api/v1/identities", "seal-identity", "Seal who reported something",
		"It comes encrypted, as docs/identities.md says and plumbline custodian seal makes it: this service never has the plain text, nor what opens it.", access.IdentitySeal), a.sealIdentity)
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/identities", "list-identities", "List sealed identities", "That they lie there, and for what.", access.IdentityRead), a.listIdentities)
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/identities/{id}", "get-identity", "One sealed identity", "Who has shares, who agreed to open it, who fetched what.", access.IdentityRead), a.getIdentity)
	huma.Register(a.huma, a.proposing("/api/v1/identities/{id}/open", "propose-opening", "Propose to open a sealed identity",
		"For a day, the two may fetch their shares.", access.IdentityPropose), a.proposeOpening)
	huma.Register(a.huma, a.operation(http.MethodPost, "/api/v1/identities/{id}/fetch", "fetch-identity", "Fetch one's share",
		"With what is encrypted, while an opening holds in which one is one of the two. It is written down first, and sealed. Both shares are put together at the custodians'.", access.IdentityFetch), a.fetchIdentity)
	huma.Register(a.huma, a.operation(http.MethodPost, "/api/v1/identities/{id}/shares", "resplit-identity", "Split its key anew",
		"For those who are custodians now, by one of the two of an opening that holds.", access.IdentityFetch), a.resplitIdentity)
}

func (a *API) listCustodians(ctx context.Context, _ *struct{}) (*custodiansOutput, error) {
	list, err := a.vault.Custodians(ctx)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &custodiansOutput{custodiansBody{Custodians: make([]custodianBody, len(list)), InForce: len(vault.InForce(list)), Least: vault.MinCustodians, Wanted: vault.EnoughCustodians}}
	for i, c := range list {
		out.Body.Custodians[i] = custodianBody{c.Account, c.Recipient, a.instant(c.At), c.Approval, c.InForce}
	}
	return out, nil
}

func (a *API) proposeCustodian(ctx context.Context, in *custodianInput) (*approvalOutput, error) {
	return a.propose(ctx, approval.Custodian, vault.KeyAsked{Recipient: in.Body.Recipient}, in.Body.Reason)
}

func sharesOf(list []shareBody) []vault.Share {
	out := make([]vault.Share, len(list))
	for i, s := range list {
		out[i] = vault.Share(s)
	}
	return out
}

func (a *API) identity(i *vault.Identity) identityBody {
	return identityBody{ID: i.ID, Register: i.Ref.Register, Number: i.Ref.Number, Sealed: a.instant(i.At), Account: i.Account, Generation: i.Generation, Custodians: i.Custodians}
}

func (a *API) sealIdentity(ctx context.Context, in *sealInput) (*identityOutput, error) {
	b := &in.Body
	made, err := a.vault.Add(ctx, whoAsks(ctx), vault.Ref{Register: b.Register, Number: b.Number}, b.Concerns, &vault.Sealed{Key: b.Key, Body: b.Body, Shares: sharesOf(b.Shares)})
	if err != nil {
		p := a.approvalProblem(ctx, err)
		if errors.Is(err, vault.ErrNoFinding) || p.status == http.StatusNotFound { // or a conflict hides it
			p = a.problemOf(vault.ErrNoFinding)
			p.status, p.code = http.StatusNotFound, "not_found"
		}
		return nil, p
	}
	return &identityOutput{a.identity(made)}, nil
}

func (a *API) listIdentities(ctx context.Context, in *identitiesInput) (*identitiesOutput, error) {
	ref := vault.Ref{}
	if in.Number != "" {
		ref = vault.Ref{Register: or(in.Register, vault.OfFinding), Number: in.Number}
	}
	list, err := a.vault.List(ctx, whoAsks(ctx), ref, or(in.Limit, 50))
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &identitiesOutput{identitiesBody{make([]identityBody, len(list))}}
	for i := range list {
		out.Body.Identities[i] = a.identity(&list[i])
	}
	return out, nil
}

// sealedOne is what the vault gave of an identity.
func sealedOne[T any](ctx context.Context, a *API, of *T, err error) (*T, error) {
	switch {
	case err != nil:
		return nil, a.approvalProblem(ctx, err)
	case of == nil:
		return nil, nothing()
	}
	return of, nil
}

func (a *API) oneIdentity(ctx context.Context, id string) (*vault.Detail, error) {
	d, err := a.vault.One(ctx, whoAsks(ctx), id)
	return sealedOne(ctx, a, d, err)
}

func (a *API) getIdentity(ctx context.Context, in *oneIdentityInput) (*identityDetailOutput, error) {
	d, err := a.oneIdentity(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &identityDetailOutput{identityDetailBody{a.identity(&d.Identity), []openingBody{}, []readingBody{}}}
	for _, o := range d.Openings {
		out.Body.Openings = append(out.Body.Openings, openingBody{o.ID, o.Asker, o.Approver, a.instant(o.From), a.instant(o.Until)})
	}
	for _, r := range d.Readings {
		out.Body.Readings = append(out.Body.Readings, readingBody{r.Account, a.instant(r.At), r.Opening})
	}
	return out, nil
}

func (a *API) proposeOpening(ctx context.Context, in *openInput) (*approvalOutput, error) {
	d, err := a.oneIdentity(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return a.propose(ctx, approval.Opening, vault.OpeningAsked{Identity: d.ID, Register: d.Ref.Register, Number: d.Ref.Number}, in.Body.Reason)
}

func (a *API) fetchIdentity(ctx context.Context, in *fetchInput) (*fetchedOutput, error) {
	got, err := a.vault.Fetch(ctx, whoAsks(ctx), in.ID)
	if got, err = sealedOne(ctx, a, got, err); err != nil {
		return nil, err
	}
	a.log.Warn("a share of a sealed identity was fetched", "identity", got.ID, "by", nameInLog(whoAsks(ctx)))
	return &fetchedOutput{fetchedBody{ID: got.ID, Register: got.Ref.Register, Number: got.Ref.Number, Key: got.Key, Body: got.Body, Share: shareBody(got.Share),
		Other: otherBody{got.Other.Account, got.Other.Recipient}, Opening: got.Opening, Until: a.instant(got.Until)}}, nil
}

func (a *API) resplitIdentity(ctx context.Context, in *resplitInput) (*identityOutput, error) {
	i, err := a.vault.Resplit(ctx, whoAsks(ctx), in.ID, sharesOf(in.Body.Shares))
	if i, err = sealedOne(ctx, a, i, err); err != nil {
		return nil, err
	}
	return &identityOutput{a.identity(i)}, nil
}

package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
)

// The steps of another key of the seal: a new one follows and both sign; the old one
// is laid down.
const (
	Rotate = "rotate"
	LayOld = "retire"
)

// keyAsked is which step is to be done.
type keyAsked struct {
	Step string `json:"step"`
}

// keyTried are the log's keys as they are, oldest first.
type keyTried struct {
	Keys []string `json:"keys"`
}

// keyKind rotates the keys of the seal, from the next start of the service on. What is
// approved is the step after the key that was the last.
func keyKind(o *ServeOptions) approval.Kind {
	return approval.Kind{Propose: access.KeyRotate, Approve: access.KeyApprove,
		Try: func(ctx context.Context, body json.RawMessage) (approval.Tried, error) {
			var asked keyAsked
			if err := json.Unmarshal(body, &asked); err != nil {
				return approval.Tried{}, err
			}
			keys, err := o.Store.SealKeys(ctx)
			if err != nil {
				return approval.Tried{}, err
			}
			var t keyTried
			for _, k := range keys {
				t.Keys = append(t.Keys, k.Key)
			}
			text, err := json.Marshal(t)
			return approval.Tried{Pin: asked.Step + " " + t.Keys[len(t.Keys)-1], Trial: text}, err
		},
		Do: func(ctx context.Context, a *approval.Approval) error {
			var asked keyAsked
			if err := json.Unmarshal(a.Body, &asked); err != nil {
				return err
			}
			_, err := stepKey(ctx, o.Config, o.Store, asked.Step)
			return err
		}}
}

// stepKey does a step; of the first it gives the new public key.
func stepKey(ctx context.Context, c datadir.Config, store datadir.KeyStore, step string) (public string, err error) {
	if step == LayOld {
		return "", c.LayDownKey()
	}
	return c.RotateKey(ctx, store)
}

// Console is where a key can be rotated without a second person: package sqldb.
type Console interface {
	approval.Store
	datadir.KeyStore
	Accounts(ctx context.Context) ([]identity.Account, error)
}

// KeyAlone does a step at the console, where two persons can't be had: who did it and
// why stands with the proposals, sealed, as done without a second person.
func KeyAlone(ctx context.Context, store Console, c datadir.Config, step, by, reason string, now clock.Instant) (public string, err error) {
	if err := standing(ctx, store, by); err != nil {
		return "", err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return "", &errs.Error{Code: errs.Usage, What: errs.T("--reason is empty", "--reason 为空"), Next: errs.T("say why it can't wait for a second person", "请写明不能等待第二人批准的理由")}
	}
	body, err := json.Marshal(keyAsked{step})
	if err != nil {
		return "", err
	}
	var id [8]byte
	rand.Read(id[:]) // never fails: the program would end
	a := approval.Approval{ID: hex.EncodeToString(id[:]), Kind: approval.Key, Body: body, Trial: json.RawMessage(`{}`), Concerned: approval.Concerned{Units: []string{}, Officials: []string{}},
		Reason: reason, State: approval.Doing, Proposed: now, Proposer: approval.Person{Account: by}}
	if err := store.AddApproval(ctx, a); err != nil {
		return "", err
	}
	public, done := stepKey(ctx, c, store, step)
	_, err = store.ChangeApproval(context.WithoutCancel(ctx), a.ID, now, func(a *approval.Approval) error {
		a.State, a.Settled, a.Words = approval.Done, now, atTheConsole
		if done != nil {
			a.State, a.Words = approval.Failed, done.Error()
		}
		return nil
	})
	return public, errors.Join(done, err)
}

// atTheConsole stands with what was done without a second person.
const atTheConsole = "at the console, without a second person / 在控制台办理，未经第二人批准"

// standing wants an account that isn't disabled.
func standing(ctx context.Context, store Console, name string) error {
	list, err := store.Accounts(ctx)
	if err != nil {
		return err
	}
	for i := range list {
		if list[i].Name == name && !list[i].Disabled {
			return nil
		}
	}
	return &errs.Error{Code: errs.Usage, What: errs.Tf("--by: there is no account %q", "--by：没有账户 %q", name), Next: errs.T("give the name of your own account: plumbline account list", "请写本人的账户名：plumbline account list")}
}

package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
)

const (
	policyFile = "ledger.yaml" // by when the agency wants what done
	filesDir   = "files"       // what was attached to items, by hashes
)

// ledgerPolicy is what the data directory says of deadlines, else the usual.
func ledgerPolicy(dir string, zone *clock.Zone) (*ledger.Policy, error) {
	file := filepath.Join(dir, policyFile)
	src, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return ledger.DefaultPolicy(zone), nil
	}
	if err != nil {
		return nil, cantRead(file, err)
	}
	return ledger.ParsePolicy(file, src, zone, nil)
}

// theLedger is what becomes of findings, over the record and what stands beside it.
func theLedger(ctx context.Context, o *ServeOptions, zone *clock.Zone, beside *attached) (*ledger.Ledger, error) {
	policy, err := ledgerPolicy(o.Config.Data, zone)
	if err != nil {
		return nil, err
	}
	if err := sealPolicy(ctx, o); err != nil {
		return nil, err
	}
	o.Store.LedgerBy(policy)
	if err := o.Store.WeighRules(ctx, o.wall()); err != nil { // by what it says now
		return nil, err
	}
	return ledger.New(ledger.Options{Store: o.Store, Policy: policy, Org: beside.organisation.Now, Then: beside.organisation.Believed, Now: o.wall, Files: ledger.OpenFiles(filepath.Join(o.Config.Data, filesDir)),
		Candidates: func(ctx context.Context) ([]ledger.Who, error) { return verifiers(ctx, o.Store) }}), nil
}

// sealPolicy keeps the text of ledger.yaml, sealed, each time that it is another one
// than at the start before.
func sealPolicy(ctx context.Context, o *ServeOptions) error {
	file := filepath.Join(o.Config.Data, policyFile)
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return cantRead(file, err)
	}
	list, err := o.Store.Policies(ctx, policyFile)
	if err != nil {
		return err
	}
	last := ""
	if n := len(list); n > 0 {
		last = list[n-1].Text
	}
	if last == string(text) {
		return nil
	}
	at := o.wall()
	return o.Store.AddPolicy(ctx, approval.Policy{Name: policyFile, At: at, Approval: fmt.Sprintf("%s/%d", policyFile, at), Text: string(text)}) // nobody proposed it
}

// wall is the time by the one clock of what runs.
func (o *ServeOptions) wall() clock.Instant {
	wall, _ := o.Now()
	return wall
}

// verifiers are the accounts that may be asked to verify.
func verifiers(ctx context.Context, store Record) ([]ledger.Who, error) {
	accounts, err := store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var out []ledger.Who
	for _, a := range accounts {
		if slices.Contains(a.Roles, access.Verifier) && !a.Disabled {
			out = append(out, ledger.Who{Account: a.Name, Person: org.PersonID(a.Person), Unit: org.UnitID(a.Unit)})
		}
	}
	return out, nil
}

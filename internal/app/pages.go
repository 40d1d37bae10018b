package app

import (
	"context"
	"net/http"
	"time"

	"plumbline/internal/api"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
	"plumbline/internal/seal/keeper"
	"plumbline/internal/service"
	"plumbline/internal/vault"
	"plumbline/internal/web"
)

// Record is what the service is kept in; package sqldb implements it.
type Record interface {
	service.Store
	identity.Store
	ledger.Store
	api.Record
	org.Store
	approval.Store
	vault.Store
	web.Record
	agreed
	keeper.Store
	datadir.KeyStore
	recordOfMachine
	Mapping(ctx context.Context, source string) (string, error)
	SaveMapping(ctx context.Context, source, body, account string, at clock.Instant) error
	LedgerBy(*ledger.Policy) // the deadlines of findings that come onto the ledger
	WeighRules(ctx context.Context, at clock.Instant) error
	FileHashes(ctx context.Context) ([]string, error)
}

// pages are what browsers are shown.
func pages(ctx context.Context, o *ServeOptions, s *service.Service, zone *clock.Zone, beside *attached, log *sealed, desk *approval.Desk) (http.Handler, error) {
	settings, err := o.Store.Settings(ctx)
	if err != nil {
		return nil, err
	}
	options := web.Options{Service: s, Record: o.Store, Ledger: beside.ledger, Seal: log, Approvals: desk, Identities: beside.vault, Version: o.Version, Stop: ctx.Done(), Judged: s, Zone: zone, Agency: settings.Agency, Lang: errs.Lang(settings.Lang), Log: o.Log,
		Identity: beside.people, Mapper: &mapper{o.Store, s, zone, o.wall}, Enter: (&hands{store: o.Store, service: s, now: o.wall}).enter, Unit: beside.unitName, Units: beside.unitTree, Organisation: organisationFace{beside.organisation}, Tokens: tokens{o.Store}, Machine: machine{o.Store, s, o, time.Now()}}
	options.Ahead = func() { // the first list of cases takes a second where there are a million
		if _, err := s.Cases(ctx, service.CaseQuery{Limit: 1}); err != nil && ctx.Err() == nil {
			o.Log.Warn("the list of cases could not be made ahead", "error", err)
		}
		if _, err := beside.ledger.Count(ctx, ledger.Query{}); err != nil && ctx.Err() == nil { // so does reading a hundred thousand items
			o.Log.Warn("the ledger could not be read ahead", "error", err)
		}
	}
	if o.Demo {
		options.Demo = &web.Demo{Accounts: DemoAccounts(), Password: DemoPassword, Agency: demoAgencyName}
	}
	p, err := web.New(options)
	if err != nil {
		return nil, err
	}
	return p.Handler(), nil
}

// unitName is what a unit is called at a time, where the organisation knows it.
func (a *attached) unitName(id string, at clock.Instant) errs.Text {
	o := a.organisation.Now()
	if o == nil {
		return errs.Text{}
	}
	u := o.Unit(org.UnitID(id), at)
	if u == nil {
		return errs.Text{}
	}
	return u.Title
}

// unitTree is the units that there are at a time.
func (a *attached) unitTree(at clock.Instant) (out []web.Unit) {
	o := a.organisation.Now()
	if o == nil {
		return nil
	}
	for _, b := range o.Tree(at) {
		out = append(out, web.Unit{ID: string(b.ID), Title: b.Title, Depth: b.Depth})
	}
	return out
}

package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/feed"
	"plumbline/internal/identity"
	"plumbline/internal/ledger"
	"plumbline/internal/logmap"
	"plumbline/internal/org"
	"plumbline/internal/reconcile"
	"plumbline/internal/service"
	"plumbline/internal/vault"
)

// The files beside the record in which an agency says how it is set up; each may be
// missing.
const (
	organisationFile = "organisation.yaml"
	organisationBook = "organisation.xlsx"
	queriesFile      = "queries.yaml"
	reconcileFile    = "reconcile.yaml"
	marksDir         = "marks" // how far queries have read
)

// attached is what these files say.
type attached struct {
	organisation *org.Keeper
	comparisons  []reconcile.Rule
	queries      []feed.Definition
	ledger       *ledger.Ledger
	people       *identity.Identity
	table        *accessTable
	vault        *vault.Keeper
}

// attachments reads them; what is wrong with one stops the start.
func attachments(dir string) (a *attached, err error) {
	a = &attached{}
	if a.comparisons, err = declared(filepath.Join(dir, reconcileFile), reconcile.Parse); err != nil {
		return nil, err
	}
	a.queries, err = declared(filepath.Join(dir, queriesFile), feed.ParseQueries)
	return a, err
}

func there(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// declared reads a file that may be missing.
func declared[T any](file string, parse func(file string, src []byte) ([]T, error)) ([]T, error) {
	src, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cantRead(file, err)
	}
	return parse(file, src)
}

// run fetches events, and looks whether the organisation changed, until
// ctx ends; wait returns when all of it has.
func (a *attached) run(ctx context.Context, o ServeOptions, s *service.Service, zone *clock.Zone) (wait func()) {
	var all sync.WaitGroup
	all.Go(func() { followOrganisation(ctx, a.organisation, o.Log) })
	for _, w := range o.Config.Watch {
		read := func(file string, each func(in service.Arrival, at errs.Place) error) error {
			return mappedArrivals(ctx, o.Store, w.Source, file, zone, s.Schema(), each)
		}
		f := &feed.Watch{Dir: w.Dir, Source: w.Source, Read: read, To: s, Log: o.Log, Now: time.Now}
		all.Go(func() { f.Run(ctx) })
	}
	for _, d := range a.queries {
		q := &feed.Query{Definition: d, Zone: zone, Schema: s.Schema, Refused: refusedColumn, Marks: filepath.Join(o.Config.Data, marksDir), To: s, Log: o.Log, Now: time.Now, Environ: os.Getenv}
		all.Go(func() { q.Run(ctx) })
	}
	return all.Wait
}

func refusedColumn(name string) (errs.Text, bool) {
	what, yes := logmap.Refused(name, nil)
	return logmap.WhyRefused(name, what), yes
}

package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/feed"
	"plumbline/internal/identity"
	"plumbline/internal/ledger"
	"plumbline/internal/logmap"
	"plumbline/internal/org"
	"plumbline/internal/reconcile"
	"plumbline/internal/service"
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
	organisation *livingOrganisation // nil where there is none
	comparisons  []reconcile.Rule
	queries      []feed.Definition
	ledger       *ledger.Ledger
	people       *identity.Identity
}

// attachments reads them; what is wrong with one stops the start.
func attachments(dir string, zone *clock.Zone, log *slog.Logger) (a *attached, err error) {
	a = &attached{}
	yaml, book := filepath.Join(dir, organisationFile), filepath.Join(dir, organisationBook)
	switch isYAML, isBook := there(yaml), there(book); {
	case isYAML && isBook:
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: book}, What: errs.Tf("%s is there, too", "同时存在 %s", organisationFile), Next: errs.T("keep one of the two", "请只保留其中一个")}
	case isYAML:
		a.organisation, err = newLivingOrganisation(yaml, zone, log)
	case isBook:
		a.organisation, err = newLivingOrganisation(book, zone, log)
	}
	if err != nil {
		return nil, err
	}
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

// stamp is what events are stamped by; nil where no organisation is known.
func (a *attached) stamp() func(*event.Event) {
	if a.organisation == nil {
		return nil
	}
	return a.organisation.stamp
}

// run fetches events, and reads the organisation anew when its file changes, until
// ctx ends; wait returns when all of it has.
func (a *attached) run(ctx context.Context, o ServeOptions, s *service.Service, zone *clock.Zone) (wait func()) {
	var all sync.WaitGroup
	if a.organisation != nil {
		all.Go(func() { a.organisation.follow(ctx) })
	}
	read := func(file string, each func(in service.Arrival, at errs.Place) error) error {
		return Arrivals(file, zone, s.Schema(), each)
	}
	for _, w := range o.Config.Watch {
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

// livingOrganisation is an organisation whose file is read anew when it changes. A
// file that can't be read leaves the one before in force.
type livingOrganisation struct {
	file string
	zone *clock.Zone
	log  *slog.Logger
	seen string // what was last looked at
	now  atomic.Pointer[org.Organisation]
}

func newLivingOrganisation(file string, zone *clock.Zone, log *slog.Logger) (*livingOrganisation, error) {
	l := &livingOrganisation{file: file, zone: zone, log: log}
	l.seen = l.look()
	return l, l.read()
}

func (l *livingOrganisation) stamp(e *event.Event) { l.now.Load().Stamp(e) }

func (l *livingOrganisation) read() error {
	o, err := Organisation(l.file, l.zone)
	if err != nil {
		return err
	}
	units, people := o.Size()
	l.log.Info("the organisation was read", "file", l.file, "units", units, "people", people)
	for _, odd := range o.Odd() {
		l.log.Warn(odd.In(errs.En))
	}
	l.now.Store(o)
	return nil
}

// look is what shows that a file changed.
func (l *livingOrganisation) look() string {
	info, err := os.Stat(l.file)
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.ModTime(), info.Size())
}

// organisationEvery is how often it is looked at. A change counts for what comes
// from then on; what came before was stamped as was known then.
const organisationEvery = 10 * time.Second

func (l *livingOrganisation) follow(ctx context.Context) {
	tick := time.NewTicker(organisationEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.again()
		}
	}
}

func (l *livingOrganisation) again() {
	now := l.look()
	if now == l.seen {
		return
	}
	l.seen = now
	if err := l.read(); err != nil {
		l.log.Error("the organisation can't be read; the one before stays in force", "error", err)
	}
}

package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/report"
	"plumbline/internal/service"
)

// Service is what the API calls; package service implements it. Errors are
// service.ErrBusy, ErrClosing, ErrNone, ErrSettled, what keeps the record from being
// used (service.ErrAway and those beside it), those of package errs, or faults of
// the program.
type Service interface {
	Authenticate(ctx context.Context, token string) (*service.Source, bool)
	// Hand answers once what is handed over next comes after what it took. An error,
	// its own or the one of what it gives, says that nothing of in was taken for
	// certain, and that it can be sent again. A part is one of several of one request.
	Hand(ctx context.Context, src *service.Source, in []service.Arrival, part bool) (service.Written, error)
	// Brief says that somebody sends single events, who shouldn't wait for many.
	Brief() bool
	Findings(ctx context.Context, q service.FindingQuery) (service.FindingPage, error)
	Finding(ctx context.Context, id string) (*service.FindingDetail, error) // nil where there is none
	// AtRisk lists what is near its deadline, the soonest due first, and says how
	// many those are that may says yes to.
	AtRisk(ctx context.Context, may func(*service.AtRisk) bool, limit int) (list []service.AtRisk, all int)
	Verdicts(ctx context.Context, asOf, knownAt clock.Instant) (*report.Document, error)
	Timeline(ctx context.Context, objectType, id string) (*service.Timeline, error) // nil where no event names it
	Sources(ctx context.Context) ([]service.SourceInfo, error)
	Quarantine(ctx context.Context, source string, waiting bool, after int64, limit int) ([]service.Quarantined, error)
	Mend(ctx context.Context, id int64, in service.Arrival) (service.Outcome, error)
	SetAside(ctx context.Context, id int64, reason string) error
	TryPacks(ctx context.Context, packs []string) (any, error)
	Erasures(ctx context.Context) ([]service.Erasure, error)
	TryErase(ctx context.Context, what service.EraseAsk) (t service.EraseTrial, units, officials []string, err error)
	EventOfficials(ctx context.Context, name string) ([]string, error) // of the event, and of its cases
	Gauges(ctx context.Context) (service.Gauges, error)
	Ready() error // nil while it takes events
}

// People knows who is signed in; package identity implements it.
type People interface {
	CookieOf(r *http.Request) string
	Session(ctx context.Context, cookie string) (*access.Who, error) // nil: nobody
}

// Record knows of things what package access asks; package sqldb implements it.
type Record interface {
	FindingThing(ctx context.Context, id string) (*access.Thing, error) // nil where there is none
	Above(ctx context.Context, units []string) ([]string, error)        // them, and all above them
}

// Options configure an API.
type Options struct {
	Zone    *clock.Zone // of times without offset, and of those shown
	Version string      // of the program
	Log     *slog.Logger
	Limits  Limits // zero fields: those of defaultLimits
	Seal    Seal   // the log that fixes the record; nil: there is none
	Ledger  Ledger // what becomes of findings; nil: they have no moves
	// Organisation is the agency's; nil: nothing is known of it.
	Organisation Organisation
	// Pages answers what isn't the API's; nil: that isn't there.
	Pages http.Handler
	// People knows who is signed in; nil: nobody, there are tokens alone.
	People People
	// Record knows whose things are; nil: everybody sees all that their role may.
	Record Record
	// Accounts keeps accounts and signs in; nil: neither is done here.
	Accounts Accounts
	// Approvals is where a second person approves; nil: nothing can be proposed.
	Approvals Approvals
	// Policy is the table in force of who may do what; nil: the program's own.
	Policy func() *access.Policy
	// Agreed is what two persons agreed on; nil where nothing can be proposed.
	Agreed Agreed
	// Tokens keeps who sends and reads without being a person; nil: that is done elsewhere.
	Tokens Tokens
	// Vault keeps who reported something, sealed; nil where nothing can be proposed.
	Vault Vault
}

// Limits bound what callers can make the program hold.
type Limits struct {
	Connections int           // open at once; one more takes the place of one that says nothing
	Body        int64         // bytes of a request's body, unpacked
	Events      int           // of a request
	Event       int           // bytes of one event
	Memory      int64         // bytes of all bodies that are being read
	Grace       time.Duration // for a request's header, and for the beginning of its body
	Rate        int64         // bytes a second that a body must come at after that
	Heavy       int           // requests that go through the whole record, at once; others wait
	Drain       time.Duration // for requests that are under way when the program stops
}

// defaultLimits are for one machine of a few GB.
func defaultLimits() Limits {
	return Limits{Connections: 1024, Body: 64 << 20, Events: 100_000, Event: 1 << 20, Memory: 64 << 20,
		Grace: 20 * time.Second, Rate: 4 << 10, Heavy: 2, Drain: 3 * time.Second}
}

func (l Limits) filled() Limits {
	d := defaultLimits()
	return Limits{Connections: or(l.Connections, d.Connections), Body: or(l.Body, d.Body), Events: or(l.Events, d.Events), Event: or(l.Event, d.Event),
		Memory: or(l.Memory, d.Memory), Grace: or(l.Grace, d.Grace), Rate: or(l.Rate, d.Rate), Heavy: or(l.Heavy, d.Heavy), Drain: or(l.Drain, d.Drain)}
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// API answers requests. Make one with New.
type API struct {
	service      Service
	ledger       Ledger
	organisation Organisation
	people       People
	record       Record
	origins      *http.CrossOriginProtection
	seal         Seal
	zone         *clock.Zone
	log          *slog.Logger
	limits       Limits
	memory       budget
	batches      sync.Map      // by who sends: how many events of a long body are handed over at once
	heavy        chan struct{} // holds one for each operation that goes through the whole record
	huma         huma.API
	mux          *http.ServeMux
	metrics      *metrics
	pages        http.Handler
	handler      http.Handler

	approvals Approvals
	agreed    Agreed
	vault     Vault
	tokens    Tokens
	policy    func() *access.Policy
	accounts  Accounts
}

// New makes the API of a service.
func New(s Service, o Options) (*API, error) {
	a := &API{service: s, ledger: o.Ledger, organisation: o.Organisation, seal: o.Seal, people: o.People, record: o.Record, approvals: o.Approvals, agreed: o.Agreed, vault: o.Vault, tokens: o.Tokens, accounts: o.Accounts, origins: http.NewCrossOriginProtection(), zone: o.Zone, log: o.Log, limits: o.Limits.filled(), pages: o.Pages, mux: http.NewServeMux(), heavy: make(chan struct{}, o.Limits.filled().Heavy)}
	if a.policy = o.Policy; a.policy == nil {
		a.policy = access.Builtin
	}
	a.memory.most = a.limits.Memory
	a.metrics = newMetrics(s, o.Version, o.Log)
	config := huma.Config{OpenAPI: description(o.Version), DefaultFormat: "application/json",
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		RejectUnknownQueryParameters: true, Transformers: []huma.Transformer{translate}}
	a.huma = humago.New(a.mux, config)
	a.huma.UseMiddleware(a.admit)
	a.addEvents()
	a.addFindings()
	a.addAtRisk()
	a.addVerdicts()
	a.addObjects()
	a.addSources()
	a.addTokens()
	a.addQuarantine()
	a.addPacks()
	if a.accounts != nil {
		a.addAccounts()
		a.addSessions()
		a.addPasskeys()
	}
	if a.approvals != nil {
		a.addApprovals()
		a.addDoors()
		a.addErasures()
		if a.vault != nil {
			a.addIdentities()
		}
	}
	a.addSeal()
	if a.organisation != nil {
		a.addOrganisation()
	}
	if a.ledger != nil {
		a.addMoves()
		a.addItems()
		a.addFiles()
	}
	if err := a.addPlain(); err != nil {
		return nil, err
	}
	a.handler = a.logged(http.HandlerFunc(a.route))
	return a, nil
}

// Handler answers all requests of the API.
func (a *API) Handler() http.Handler { return a.handler }

// addPlain adds what isn't part of the described API: the description, and what
// watches the machine asks.
func (a *API) addPlain() error {
	tidy(a.huma.OpenAPI())
	described, err := json.MarshalIndent(a.huma.OpenAPI(), "", " ")
	if err != nil {
		return err
	}
	a.mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(described) // a caller that is gone is no fault
	})
	a.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	a.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := a.service.Ready(); err != nil {
			text := "not ready"
			if t := service.TroubleOf(err); t != nil {
				text += ": " + t.What.En
			}
			plain(w, http.StatusServiceUnavailable, text)
			return
		}
		plain(w, http.StatusOK, "ready"+a.vouched())
	})
	watched := a.metrics.handler()
	a.mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if _, p := a.caller(r, access.MetricsRead); p != nil {
			p.write(w, r)
			return
		}
		watched.ServeHTTP(w, r)
	})
	return nil
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // a caller that is gone is no fault
}

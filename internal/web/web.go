package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/chart"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/identity"
	"plumbline/internal/service"
)

// Options say what pages show and whom they ask.
type Options struct {
	Service   Service
	Record    Record
	Ledger    Ledger
	Seal      Seal // nil where nothing is sealed
	Approvals Approvals
	// Identities are who reported something, sealed; nil where nothing of it is kept.
	Identities Identities
	Judged     Judged
	Identity   Identity
	// Organisation, Tokens and Machine are what administrators look after.
	Organisation Organisation
	Tokens       Tokens
	Machine      Machine
	Zone         *clock.Zone
	Agency       string
	Lang         errs.Lang // of a visitor whose browser asks for neither
	Log          *slog.Logger
	Version      string
	// Demo are the accounts that the page of signing in shows, of a demonstration
	// alone; nil: none.
	Demo   *Demo
	Mapper Mapper // nil where names are mapped elsewhere
	// Enter takes a step that somebody enters by hand, as an event of the source
	// service.ByHand; nil where nobody may.
	Enter func(ctx context.Context, e event.Event) (service.Outcome, error)
	// Ahead is called once, beside what is answered, when somebody is signed in: to work
	// out what pages will ask for; nil: nothing.
	Ahead func()
	// Stop ends what pages are told while they are open; nil: the end of the program.
	Stop <-chan struct{}
	// Unit is what a unit is called at a time; "" in both languages where the
	// organisation doesn't know it.
	Unit func(id string, at clock.Instant) errs.Text
	// Units are those that there are at a time, each below its superior.
	Units func(at clock.Instant) []Unit
}

// Demo are the accounts of a demonstration, of one password.
type Demo struct {
	Accounts []string
	Password string
	Agency   errs.Text // what the agency is called, in either language
}

// Unit is a unit of the organisation, and how deep it stands in the tree.
type Unit struct {
	ID    string
	Title errs.Text
	Depth int
}

// Pages answers the requests of browsers. Make one with New.
type Pages struct {
	Options
	assets  *assets
	mux     *http.ServeMux
	places  []place
	figured figures
	ahead   sync.Once
	drafts  drafts
	works   works
}

// place is a page that the rail leads to.
type place struct {
	key, path, icon, group string
	may                    access.Action // without which nobody gets there
}

// errNone is what a page answers with that isn't there or isn't for who asks: the
// difference would tell that there is something.
var errNone = errors.New("there is no such page for whoever asks")

// answer makes a page of a request.
type answer func(v *view) (templ.Component, error)

// redirect is an answer that sends the browser on.
type redirect string

// Error is never shown.
func (redirect) Error() string { return "elsewhere" }

// New makes the pages.
func New(o Options) (*Pages, error) {
	a, err := newAssets()
	if err != nil {
		return nil, err
	}
	p := &Pages{Options: o, assets: a, mux: http.NewServeMux()}
	p.mux.Handle("GET /static/", a)
	p.mux.HandleFunc("GET /preferences", p.preferences)
	p.mux.HandleFunc("GET /live", p.live)
	p.mux.Handle("GET /signin", p.public(p.signinPage))
	p.mux.Handle("POST /signin", p.public(p.signin))
	p.mux.Handle("POST /signout", p.public(p.signout))
	p.mux.Handle("GET /signin/oidc", p.public(p.toOIDC))
	p.mux.Handle("GET "+identity.OIDCPath, p.public(p.fromOIDC))
	p.add("", place{"today", "/{$}", "home", "", access.SessionOwn}, p.today)
	p.add("", place{"findings", "/findings", "flag", "", access.FindingRead}, p.findings)
	p.add("findings", place{path: "/findings/{id}", may: access.FindingRead}, p.finding)
	p.add("findings", place{path: "/findings/{id}/files/{hash}", may: access.FindingRead}, p.findingFile)
	p.add("findings", place{path: "/findings/{id}/links", may: access.ItemLink}, p.links)
	p.add("findings", place{path: "/findings/{id}/record", may: access.FindingPersons}, p.findingRecord)
	p.form("findings", place{path: "/findings/moves", may: access.FindingRead}, p.moveFindings)
	p.form("findings", place{path: "/findings/views", may: access.FindingRead}, p.saveView)
	p.form("findings", place{path: "/findings/export", may: access.ExportMake}, p.exportFindings)
	p.form("findings", place{path: "/findings/{id}/moves", may: access.FindingRead}, p.moveFinding)
	p.addRecord()
	p.add("", place{"sources", "/sources", "plug", "system", access.SourceRead}, p.sources)
	p.add("sources", place{path: "/sources/{name}", may: access.SourceRead}, p.source)
	if o.Mapper != nil {
		p.add("sources", place{path: "/sources/{name}/mapping", may: access.SourceMap}, p.mappingPage)
		p.add("sources", place{path: "/sources/{name}/mapping.yaml", may: access.SourceMap}, p.mappingFile)
		p.form("sources", place{path: "/sources/{name}/mapping", may: access.SourceMap}, p.mapSource)
	}
	p.add("sources", place{path: "/reconciliation", may: access.SourceRead}, p.reconciliation)
	p.form("sources", place{path: "/sources/{name}/quarantine/{id}", may: access.QuarantineMend}, p.settle)
	if o.Seal != nil {
		p.add("findings", place{path: "/findings/{id}/proof", may: access.FindingRead}, p.findingProof)
		p.add("findings", place{path: "/findings/{id}/moves/{number}/proof", may: access.FindingRead}, p.moveProof)
		p.add("findings", place{path: "/findings/{id}/files/{hash}/proof", may: access.FindingRead}, p.fileProof)
		p.places = append(p.places, place{"verify", "/verify", "check", "system", access.SealRead})
		p.mux.Handle("GET /verify", p.public(p.verifyPage))
		p.mux.Handle("POST /verify", p.public(p.verifyProof))
	}
	p.add("", place{"approvals", "/approvals", "people", "system", access.ApprovalRead}, p.approvals)
	p.form("approvals", place{path: "/approvals/{id}", may: access.ApprovalRead}, p.settleApproval)
	if o.Identities != nil {
		p.add("", place{"identities", "/identities", "lock", "system", access.IdentityRead}, p.identities)
	}
	p.addAdmin()
	p.mux.Handle("/", p.public(func(*view) (templ.Component, error) { return nil, errNone }))
	return p, nil
}

// add adds a page for who is signed in. One with an icon stands in the rail, under
// the heading of its group; another belongs to the place that is given first.
func (p *Pages) add(under string, at place, a answer) {
	key := at.key
	if at.icon != "" {
		shown := at
		shown.path = strings.TrimSuffix(at.path, "{$}")
		p.places = append(p.places, shown)
	} else {
		key = under
	}
	p.mux.Handle("GET "+at.path, p.signed(key, at.may, a))
}

// form adds what a page's form is sent to.
func (p *Pages) form(under string, at place, a answer) {
	p.mux.Handle("POST "+at.path, p.signed(under, at.may, a))
}

// Handler answers all requests of browsers.
func (p *Pages) Handler() http.Handler { return secure(p.mux, p.Log) }

// public answers whoever asks.
func (p *Pages) public(a answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := p.view(w, r)
		p.answer(v, a)
	})
}

// signed answers who is signed in and lets others sign in first.
func (p *Pages) signed(key string, may access.Action, a answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := p.view(w, r)
		v.place = key
		p.answer(v, func(v *view) (templ.Component, error) {
			if v.fault != nil {
				return nil, v.fault
			}
			if v.who == nil {
				return nil, redirect("/signin?next=" + escapeQuery(r.URL.RequestURI()))
			}
			if unfit(v.who) && !strings.HasPrefix(r.URL.Path, "/account") {
				return nil, redirect("/account")
			}
			if err := v.mustAtAll(may); err != nil {
				return nil, err
			}
			if p.Ahead != nil {
				p.ahead.Do(func() { go p.Ahead() })
			}
			return a(v)
		})
	})
}

// answer writes what a page says, or what went wrong, in its place.
func (p *Pages) answer(v *view, a answer) {
	content, err := a(v)
	var to redirect
	var no refusal
	var sent raw
	status := http.StatusOK
	switch {
	case err == nil:
		status = max(status, v.status)
	case errors.As(err, &to):
		http.Redirect(v.w, v.r, string(to), http.StatusSeeOther)
		return
	case errors.As(err, &sent):
		sent.write(v)
		return
	case errors.Is(err, context.Canceled) && v.r.Context().Err() != nil:
		return // nobody waits any more
	case errors.As(err, &no):
		v.noted(no.Rule)
		if no.Hidden {
			status, content = http.StatusNotFound, nothingHere(v)
			v.title = v.T("gone.title")
			break
		}
		status, content = http.StatusForbidden, closed(v, sentence(no.Why.In(v.Lang)))
		v.title = v.T("gone.closed")
	case errors.Is(err, errNone):
		status, content = http.StatusNotFound, nothingHere(v)
		v.title = v.T("gone.title")
	case service.TroubleOf(err) != nil:
		t := service.TroubleOf(err)
		p.Log.Error("a page found the record unusable", "route", v.r.Pattern, "error", err)
		v.w.Header().Set("Retry-After", strconv.Itoa(t.Wait))
		status, content = http.StatusServiceUnavailable, refused(v, (&errs.Error{What: t.What, Next: t.Next}).In(v.Lang))
		v.title = v.T("gone.broken")
	case errs.CodeOf(err) == errs.Usage || errs.CodeOf(err) == errs.Input || errs.CodeOf(err) == errs.Limit:
		status, content = http.StatusBadRequest, refused(v, errs.In(err, v.Lang))
		v.title = v.T("gone.refused")
	default:
		number := rand.Text()[:8]
		p.Log.Error("a page met a fault of the program", "number", number, "route", v.r.Pattern, "error", err)
		status, content = http.StatusInternalServerError, broken(v, number)
		v.title = v.T("gone.broken")
	}
	var page bytes.Buffer
	if err := shell(v, content).Render(v.r.Context(), &page); err != nil {
		p.Log.Error("a page could not be written", "route", v.r.Pattern, "error", err)
		http.Error(v.w, v.T("gone.broken"), http.StatusInternalServerError)
		return
	}
	body := bytes.Replace(page.Bytes(), []byte(symbolsHere), []byte(chart.SymbolsFor(page.String())), 1)
	write(v.w, v.r, status, straight(body))
}

// straight shows each mark that turns the direction of writing as one that only
// stands there, as [errs.Visible] does: a page says in one place what officials and
// sources wrote in many, and one of them could turn around what stands behind it.
// Neither of the pages' languages needs such a mark.
func straight(page []byte) []byte {
	page = bytes.ReplaceAll(page, []byte("\u061c"), []byte("\ufffd"))
	for at := 0; ; {
		next := bytes.IndexByte(page[at:], 0xe2) // that all the others begin with
		if next < 0 {
			return page
		}
		at += next
		if r, _ := utf8.DecodeRune(page[at:]); r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			copy(page[at:], "\ufffd") // three bytes, as each of them
		}
		at++
	}
}

// symbolsHere is where a page has the symbols that it turns out to need.
const symbolsHere = "<symbols-here></symbols-here>"

// raw is an answer that is no page: a file.
type raw struct {
	kind, name string
	body       []byte
}

// Error is never shown.
func (raw) Error() string { return "a file" }

// write sends a file to be kept, never to be shown as a page.
func (f raw) write(v *view) {
	h := v.w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "no-store")
	_, _ = v.w.Write(f.body) // a reader that is gone is no fault
}

// rail are the places that who asks may go to.
func (v *view) rail() []place {
	var out []place
	for _, at := range v.p.places {
		if v.may(at.may) {
			out = append(out, at)
		}
	}
	return out
}

// groups are the headings of the rail, in order.
func groups(rail []place) []string {
	var out []string
	for _, at := range rail {
		if !slices.Contains(out, at.group) {
			out = append(out, at.group)
		}
	}
	return out
}

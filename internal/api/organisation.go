package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/org"
)

// Organisation is the agency's units and people as the record has them; package
// org keeps it, and app reads files.
type Organisation interface {
	Time() clock.Instant // by the one clock of what runs
	As(ctx context.Context, revision int64) (*org.Organisation, int64, error)
	Revisions(ctx context.Context, limit int) ([]org.Revision, error)
	// Touching are the revisions that changed days of a finding afterwards.
	Touching(ctx context.Context, finding int64) ([]org.Revision, error)
	// Read reads a file by its name's ending: YAML, XLSX, CSV.
	Read(name string, body []byte) (*org.Draft, error)
	Plan(ctx context.Context, who org.Author, f *org.Draft, from clock.Day, hasFrom bool) (*org.Plan, error)
	Apply(ctx context.Context, who org.Author, p *org.Plan, reason string) (*org.Revision, error)
}

type organisationInput struct {
	AsOf     string `query:"as_of" maxLength:"64" doc:"As of this time (RFC 3339) or date; without it: now"`
	Revision int64  `query:"revision" minimum:"0" doc:"As it was entered by this revision; without it: the last"`
	People   string `query:"people" enum:"true,false" doc:"true: who holds which post, too"`
	Accept   string `header:"Accept-Language" doc:"The language of titles: en or zh"`
}

type organisationOutput struct{ Body organisationBody }

type organisationBody struct {
	AsOf     string        `json:"as_of"`
	Revision int64         `json:"revision" doc:"0: there is none"`
	Units    []unitBody    `json:"units" nullable:"false" doc:"Each below the one above it"`
	Posts    []holdingBody `json:"posts" nullable:"false" doc:"Who holds which, where it was asked for"`
}

type unitBody struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Parent    string `json:"parent,omitempty"`
	Territory string `json:"territory,omitempty"`
	Depth     int    `json:"depth"`
	From      string `json:"from,omitempty"`
	To        string `json:"to,omitempty" doc:"The first day on which it no longer is"`
	Successor string `json:"successor,omitempty"`
}

type holdingBody struct {
	Person string `json:"person"`
	Unit   string `json:"unit"`
	Post   string `json:"post"`
	Title  string `json:"title,omitempty" doc:"Of the post"`
	Rank   string `json:"rank,omitempty"`
	As     string `json:"as" enum:"primary,acting,second"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}

type revisionsInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" doc:"How many; 50 where it isn't said"`
}

type revisionsOutput struct{ Body revisionsBody }

type revisionsBody struct {
	Revisions []revisionBody `json:"revisions" nullable:"false" doc:"Newest first"`
}

type revisionBody struct {
	Number  int64  `json:"number"`
	At      string `json:"at" doc:"When it was entered"`
	By      string `json:"by,omitempty" doc:"The account; missing: the service, from the file beside the record"`
	Reason  string `json:"reason,omitempty"`
	From    string `json:"from,omitempty" doc:"The first day that is otherwise; missing: none, or from the beginning"`
	Past    bool   `json:"past" doc:"It counts for days before it was entered"`
	Touches bool   `json:"touches" doc:"There are findings of people and units on days that are otherwise"`
	Touched *int64 `json:"touched,omitempty" doc:"How many, to who may read all; of one's own change, those that one may read"`
	Units   int64  `json:"units"`
	People  int64  `json:"people"`
	Digest  string `json:"digest" doc:"SHA-256 of the lines that it ended and added: what is sealed"`
}

type planBody struct {
	Seen      int64           `json:"seen" doc:"The revision over which it is: name it to apply"`
	First     bool            `json:"first" doc:"There was no organisation before"`
	Past      bool            `json:"past" doc:"Something counts for days before today"`
	From      string          `json:"from,omitempty" doc:"The first day that is otherwise"`
	Units     []changedBody   `json:"units" nullable:"false"`
	People    []changedBody   `json:"people" nullable:"false"`
	Posts     int             `json:"posts" doc:"Titles of posts that change"`
	Declared  int             `json:"declared" doc:"Conflicts that are declared"`
	Withdrawn int             `json:"withdrawn" doc:"Conflicts that are no more"`
	Weighs    bool            `json:"needs_reason" doc:"It needs a reason, and somebody who is signed in: it is past, or takes conflicts away"`
	Touches   bool            `json:"touches" doc:"There are findings on days that are otherwise: those that the asker may read, or any where their role reads none"`
	Touched   *int64          `json:"touched,omitempty" doc:"How many the asker may read; missing where their role reads none"`
	Findings  []touchedBody   `json:"findings" nullable:"false" doc:"The first of them"`
	Odd       []string        `json:"odd" nullable:"false" doc:"What is allowed and probably not meant"`
	Bar       *planBarredBody `json:"bar,omitempty" doc:"Why the asker may not apply it"`
}

type planBarredBody struct {
	Detail string `json:"detail"`
	Next   string `json:"next"`
}

type changedBody struct {
	Kind string      `json:"kind" enum:"added,ended,moved,renamed,territory,succeeded,transferred,changed"`
	ID   string      `json:"id"`
	From string      `json:"from,omitempty" doc:"The first day that is otherwise; missing: from the beginning"`
	To   string      `json:"to,omitempty" doc:"The first day from which nothing is; missing: it goes on"`
	Was  changedSide `json:"was"`
	Is   changedSide `json:"is"`
}

// changedSide is a unit or a person on the first day of a change.
type changedSide struct {
	Title  string        `json:"title,omitempty"`
	Parent string        `json:"parent,omitempty"`
	Posts  []holdingBody `json:"posts,omitempty" nullable:"false"`
}

type touchedBody struct {
	Finding string `json:"finding"`
	Number  int64  `json:"number"`
}

func (a *API) addOrganisation() {
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/organisation", "get-organisation", "The organisation",
		"Units, and who holds which post, as of a time and as entered by a revision. Of conflicts nothing is shown.", access.OrganisationRead), a.getOrganisation)
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/organisation/revisions", "list-revisions", "Changes of the organisation", "Who entered what change when.", access.OrganisationRead), a.listRevisions)
	a.addOrganisationFile("/api/v1/organisation/preview", "preview-organisation", "What a file would change", "The dry run of an import: nothing is entered.", schemaOf[planBody], a.postPreview, false)
	a.addOrganisationFile("/api/v1/organisation", "change-organisation", "Change the organisation", "Enters what the preview showed as a revision.", schemaOf[revisionBody], a.postOrganisation, true)
}

// addOrganisationFile adds an operation whose body is a file of the organisation.
func (a *API) addOrganisationFile(path, id, summary, text string, answer func(huma.Registry) *huma.Schema, handle http.HandlerFunc, apply bool) {
	op := a.operation(http.MethodPost, path, id, summary, text+" The body is the file: YAML, XLSX or CSV.", access.OrganisationChange)
	param := func(name, doc string, required bool, typ string) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "query", Required: required, Description: doc, Schema: &huma.Schema{Type: typ}})
	}
	param("name", "The file's name: its ending says what it is", true, huma.TypeString)
	param("from", "The file says how things are from this day on; without it, the whole history", false, huma.TypeString)
	if apply {
		param("seen", "The revision over which the preview was", true, huma.TypeInteger)
		param("reason", "Why, and on what paper it rests; needed for days that have passed, and to take conflicts away", false, huma.TypeString)
	}
	a.addHandled(op, map[string]*huma.MediaType{typeAny: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}, http.StatusOK, answer(a.huma.OpenAPI().Components.Schemas), handle)
}

// dayText is a day as answers have it; "" for the beginning and for no end.
func dayText(d clock.Day) string {
	if org.Beginning(d) || org.Unending(d) {
		return ""
	}
	return d.String()
}

func (a *API) getOrganisation(ctx context.Context, in *organisationInput) (*organisationOutput, error) {
	at, err := a.when("as_of", in.AsOf)
	if err != nil {
		return nil, err
	}
	if at == 0 {
		at = a.organisation.Time()
	}
	o, number, err := a.organisation.As(ctx, in.Revision)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := organisationBody{AsOf: a.instant(at), Revision: number, Units: []unitBody{}, Posts: []holdingBody{}}
	if o == nil {
		return &organisationOutput{out}, nil
	}
	lang := languageOf(in.Accept)
	for _, b := range o.Tree(at) {
		out.Units = append(out.Units, unitBody{ID: string(b.ID), Title: b.Title.In(lang), Parent: string(b.Parent), Territory: o.Territory(b.ID, at), Depth: b.Depth,
			From: dayText(b.From), To: dayText(b.To), Successor: string(b.Successor)})
	}
	if in.People == "true" {
		out.Posts = holdings(o, o.Holdings(at), lang)
	}
	return &organisationOutput{out}, nil
}

func holdings(o *org.Organisation, list []org.Holding, lang errs.Lang) []holdingBody {
	out := make([]holdingBody, len(list))
	for i := range list {
		h := &list[i]
		out[i] = holdingBody{Person: string(h.Person), Unit: string(h.Unit), Post: string(h.Post), Rank: h.Rank, As: string(h.As), From: dayText(h.From), To: dayText(h.To)}
		if o != nil {
			out[i].Title = o.PostTitle(h.Post).In(lang)
		}
	}
	return out
}

func (a *API) listRevisions(ctx context.Context, in *revisionsInput) (*revisionsOutput, error) {
	list, err := a.organisation.Revisions(ctx, or(in.Limit, 50))
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &revisionsOutput{revisionsBody{Revisions: make([]revisionBody, len(list))}}
	for i := range list {
		r := &list[i]
		seen := touchedSeen{any: r.Touched > 0}
		if who := whoAsks(ctx); access.Wide(who, access.FindingRead) && len(who.Conflicts) == 0 {
			seen.count = &r.Touched
		}
		out.Body.Revisions[i] = a.revision(r, seen)
	}
	return out, nil
}

// touchedSeen is what somebody may know of the findings that a change touches.
type touchedSeen struct {
	any   bool
	count *int64 // nil where it isn't for them
	list  []org.Touch
}

// touched is what who asks may know of the findings that a plan touches: those that they
// may read; where their role reads none, whether there are any.
func (a *API) touched(ctx context.Context, w *access.Who, p *org.Plan) (out touchedSeen, err error) {
	roles := *w
	roles.Person = "" // whom a finding concerns reads it whatever their role
	if !access.May(&roles, access.FindingRead).Allowed {
		return touchedSeen{any: len(p.Touched) > 0}, nil
	}
	above := map[org.UnitID][]string{} // a unit and those above it, looked up once
	for _, t := range p.Touched {
		up, ok := above[t.Unit]
		if !ok && a.record != nil {
			if up, err = a.record.Above(ctx, []string{string(t.Unit)}); err != nil {
				return out, err
			}
			above[t.Unit] = up
		}
		if access.Decide(w, access.FindingRead, &access.Thing{Owners: []string{string(t.Owner)}, Units: []string{string(t.Unit)}, Above: up, Subjects: []string{string(t.Subject)}}).Allowed {
			out.list = append(out.list, t)
		}
	}
	n := int64(len(out.list))
	out.any, out.count = n > 0, &n
	return out, nil
}

func (a *API) revision(r *org.Revision, seen touchedSeen) revisionBody {
	out := revisionBody{Number: r.Number, At: a.instant(r.At), By: r.Account, Reason: r.Reason, Past: r.Past, Touches: seen.any, Touched: seen.count, Units: r.Units, People: r.People, Digest: r.Digest}
	if r.HasFrom {
		out.From = dayText(r.From)
	}
	return out
}

func (a *API) postPreview(w http.ResponseWriter, r *http.Request) {
	p, fault := a.planned(w, r)
	if fault != nil {
		fault.write(w, r)
		return
	}
	w.Header().Set("Content-Type", typeJSON)
	_ = json.NewEncoder(w).Encode(planOf(p.Plan, p.seen, languageOf(r.Header.Get("Accept-Language")))) // a caller that is gone is no fault
}

func (a *API) postOrganisation(w http.ResponseWriter, r *http.Request) {
	out, fault := a.reorganise(w, r)
	if fault != nil {
		fault.write(w, r)
		return
	}
	w.Header().Set("Content-Type", typeJSON)
	_ = json.NewEncoder(w).Encode(out) // a caller that is gone is no fault
}

func (a *API) reorganise(w http.ResponseWriter, r *http.Request) (*revisionBody, *problem) {
	p, fault := a.planned(w, r)
	if fault != nil {
		return nil, fault
	}
	seen, err := strconv.ParseInt(r.URL.Query().Get("seen"), 10, 64)
	if err != nil {
		return nil, &problem{status: http.StatusUnprocessableEntity, code: "not_understood", what: errs.T("seen is missing: the revision over which the preview was", "缺少 seen：预览时的变更序号"),
			fields: []field{{"query.seen", errs.T("not a number", "不是整数")}}}
	}
	if p.Seen != seen {
		return nil, &problem{status: http.StatusConflict, code: "faster", what: errs.Tf("somebody was faster: the preview was over revision %d, and the organisation is at %d", "已有人先行变更：预览基于第 %d 次变更，现为第 %d 次", seen, p.Seen),
			next: errs.T("look at the difference again, then apply it", "请重新查看差异后再应用")}
	}
	if p.Bar != nil {
		a.log.Warn("refused", "rule", "organisation: "+p.rule, "by", nameInLog(p.who))
		return nil, &problem{status: http.StatusForbidden, code: "barred_" + p.rule, what: p.Bar.What, next: p.Bar.Next}
	}
	done, err := a.organisation.Apply(r.Context(), authorOf(p.who), p.Plan, r.URL.Query().Get("reason"))
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := a.revision(done, p.seen)
	return &out, nil
}

// planned is what a file would change, who sent it, and what they may know of it.
type planned struct {
	*org.Plan
	who  *access.Who
	seen touchedSeen
	rule string // by which it is barred
}

// authorOf is who asks, as the organisation knows people.
func authorOf(w *access.Who) org.Author {
	return org.Author{Account: w.Account, Person: org.PersonID(w.Person)}
}

// planned reads the file of a request and says what it would change.
func (a *API) planned(w http.ResponseWriter, r *http.Request) (*planned, *problem) {
	asks, fault := a.caller(r, access.OrganisationChange)
	if fault != nil {
		return nil, fault
	}
	q := r.URL.Query()
	if utf8.RuneCountInString(q.Get("name")) > 200 || utf8.RuneCountInString(q.Get("reason")) > 2000 {
		return nil, tooLong(2000)
	}
	var from clock.Day
	if text := q.Get("from"); text != "" {
		day, err := clock.ParseDay(text)
		if err != nil {
			return nil, &problem{status: http.StatusUnprocessableEntity, code: "not_understood", what: errs.Tf("from: %q is not a day", "from：%q 不是日期", text), next: errs.T("write it as 2026-04-01", "请写成 2026-04-01"),
				fields: []field{{"query.from", errs.T("not a day", "不是日期")}}}
		}
		from = day
	}
	b, fault := a.newBody(w, r)
	if fault != nil {
		return nil, fault
	}
	defer b.release(0)
	body, err := io.ReadAll(b)
	if err != nil {
		return nil, a.unreadable(err)
	}
	select { // a workbook unfolds to many times what was sent
	case a.heavy <- struct{}{}:
		defer func() { <-a.heavy }()
	case <-r.Context().Done():
		return nil, a.unreadable(r.Context().Err())
	}
	draft, err := a.organisation.Read(q.Get("name"), body)
	if err != nil {
		return nil, a.problemOf(err)
	}
	plan, err := a.organisation.Plan(r.Context(), authorOf(asks.who), draft, from, q.Get("from") != "")
	if err != nil {
		return nil, a.problemOf(err)
	}
	p := &planned{Plan: plan, who: asks.who, rule: "favour"}
	if p.Weighs() && p.Bar == nil && asks.who.Machine() { // whoever holds a token may be whom it favours
		p.rule = "token"
		p.Bar = &errs.Error{Code: errs.Usage, What: errs.T("this changes days that have passed or takes a declared conflict away, and a token is nobody", "此变更涉及已过去的日期或撤销回避申报，机器令牌不代表任何人员"),
			Next: errs.T("sign in, and enter it as yourself", "请登录后以本人名义录入")}
	}
	if p.seen, err = a.touched(r.Context(), asks.who, plan); err != nil {
		return nil, a.problemOf(err)
	}
	return p, nil
}

func planOf(p *org.Plan, seen touchedSeen, lang errs.Lang) planBody {
	out := planBody{Seen: p.Seen, First: p.First, Past: p.Past, Units: changes(p, p.Differs.Units, lang), People: changes(p, p.Differs.People, lang), Posts: p.Differs.Posts,
		Declared: p.Differs.Declared, Withdrawn: p.Differs.Withdrawn, Weighs: p.Weighs(), Touches: seen.any, Touched: seen.count, Findings: []touchedBody{}, Odd: []string{}}
	if day, ok := p.Differs.From(); ok {
		out.From = dayText(day)
	}
	for _, t := range seen.list[:min(len(seen.list), mostTouched)] {
		out.Findings = append(out.Findings, touchedBody{t.Finding, t.Number})
	}
	for _, odd := range p.Is.Odd() {
		out.Odd = append(out.Odd, odd.In(lang))
	}
	if p.Bar != nil {
		out.Bar = &planBarredBody{p.Bar.What.In(lang), p.Bar.Next.In(lang)}
	}
	return out
}

// mostTouched is how many findings a preview names.
const mostTouched = 200

func changes(p *org.Plan, list []org.Change, lang errs.Lang) []changedBody {
	out := make([]changedBody, len(list))
	for i := range list {
		c := &list[i]
		side := func(s org.State) changedSide {
			return changedSide{Title: s.Title.In(lang), Parent: string(s.Parent), Posts: holdings(p.Is, s.Posts, lang)}
		}
		out[i] = changedBody{Kind: string(c.Kind), ID: string(c.Unit) + string(c.Person), From: dayText(c.From), To: dayText(c.To), Was: side(c.Was), Is: side(c.Is)}
	}
	return out
}

package api

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
)

// Ledger is what becomes of findings; package ledger implements it. A refusal is a
// *ledger.Refused.
type Ledger interface {
	Item(ctx context.Context, who ledger.Who, finding string) (*ledger.Detail, error) // nil where there is none
	Move(ctx context.Context, who ledger.Who, finding string, seen int64, kind ledger.Kind, say ledger.Content) (*ledger.Item, error)
	MoveAll(ctx context.Context, who ledger.Who, items []ledger.Wanted, kind ledger.Kind, say ledger.Content) ([]ledger.Done, error)
	Queue(ctx context.Context, q ledger.Query) (ledger.Page, error)
	Count(ctx context.Context, q ledger.Query) (map[ledger.State]int64, error)
	Quality(ctx context.Context) ([]ledger.Quality, error)
	Links(ctx context.Context, finding string) ([]ledger.Linked, error)
	Review(ctx context.Context, who ledger.Who, pack, rule, text string) error
	Attach(ctx context.Context, who ledger.Who, finding string, seen int64, name, text string, from io.Reader) (*ledger.Item, *ledger.File, error)
	File(ctx context.Context, finding, hash string) (*ledger.File, []byte, error) // nil where the finding has none
}

// MoveContent is what a move says (exported, so that the description has its fields); which of it a kind needs, the item's offers say.
type MoveContent struct {
	Owner     string   `json:"owner,omitempty" maxLength:"200" doc:"assign: the person who is to answer"`
	OwnerUnit string   `json:"owner_unit,omitempty" maxLength:"200" doc:"assign: as holder of a post in which unit; else the primary one"`
	Outcome   string   `json:"outcome,omitempty" enum:"fixed,remedied,no_fault,unfixed" doc:"claim, close"`
	Reason    string   `json:"reason,omitempty" maxLength:"20000" doc:"Of no_fault: one of the policy's list; of unfixed: in words"`
	Cause     string   `json:"cause,omitempty" maxLength:"20000" doc:"claim: why it came to be"`
	Measure   string   `json:"measure,omitempty" maxLength:"20000" doc:"claim: what was done about it"`
	Evidence  []string `json:"evidence,omitempty" nullable:"false" maxItems:"100" doc:"claim: hashes of files that the item has"`
	NoFiles   string   `json:"no_files,omitempty" maxLength:"20000" doc:"claim: why there is no evidence"`
	Text      string   `json:"text,omitempty" maxLength:"20000" doc:"Why, or what was looked at"`
	Until     string   `json:"until,omitempty" maxLength:"64" doc:"extend: the new deadline (RFC 3339), or the last day in time"`
	Link      string   `json:"link,omitempty" maxLength:"200" doc:"link, unlink: which other finding"`
	LinkAs    string   `json:"link_as,omitempty" enum:"related,same_cause,duplicate,follows" doc:"link: how the two belong together"`
}

type moveInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body moveBody
}

type moveBody struct {
	Kind    string `json:"kind" enum:"assign,accept,decline,claim,return,verify,close,reopen,extend,comment,reply,link,unlink" doc:"What is done"`
	Version int64  `json:"version" minimum:"0" doc:"The item's version that was looked at: if it was moved since, nothing is done"`
	MoveContent
}

type movesInput struct{ Body movesBody }

type movesBody struct {
	Kind  string       `json:"kind" enum:"assign,accept,decline,claim,return,verify,close,reopen,extend,comment,link" doc:"What is done, of each by itself"`
	Items []wantedBody `json:"items" nullable:"false" minItems:"1" maxItems:"500"`
	MoveContent
}

type wantedBody struct {
	Finding string `json:"finding" maxLength:"200"`
	Version int64  `json:"version" minimum:"0"`
}

type movedOutput struct{ Body itemBody }

type allMovedOutput struct{ Body allMovedBody }

type allMovedBody struct {
	Done []doneBody `json:"done" nullable:"false" doc:"In the order asked for"`
}

type doneBody struct {
	Finding string       `json:"finding"`
	Item    *itemBody    `json:"item,omitempty" doc:"As it stands now, where the move was made"`
	Problem *problemBody `json:"problem,omitempty" doc:"Why it wasn't"`
}

func (a *API) addMoves() {
	huma.Register(a.huma, a.operation(http.MethodPost, "/api/v1/findings/{id}/moves", "move-item", "Move an item",
		"One step of a finding on the ledger: assign, accept, decline, claim, return, verify, close, reopen, extend, comment, reply, link, unlink. What each needs, and why one isn't allowed, the item says.", access.FindingRead), a.postMove)
	op := a.operation(http.MethodPost, "/api/v1/moves", "move-items", "Move several items", "The same step of several items, each by itself: what can't be done stops none of the others.", access.FindingRead)
	huma.Register(a.huma, op, a.postMoves)
}

// content is what a move says as the ledger takes it. A date is the last day in
// time.
func (a *API) content(b *MoveContent) (ledger.Content, error) {
	until, err := a.deadline(b.Until)
	return ledger.Content{Owner: org.PersonID(b.Owner), OwnerUnit: org.UnitID(b.OwnerUnit), Outcome: ledger.Outcome(b.Outcome), Reason: b.Reason, Cause: b.Cause, Measure: b.Measure,
		Evidence: b.Evidence, NoFiles: b.NoFiles, Text: b.Text, Until: until, Link: b.Link, LinkAs: b.LinkAs}, err
}

// deadline reads a deadline: an instant, or the last day in time.
func (a *API) deadline(text string) (clock.Instant, error) {
	if day, err := clock.ParseDay(text); err == nil {
		return a.zone.First(day + 1), nil
	}
	return a.when("until", text)
}

func (a *API) postMove(ctx context.Context, in *moveInput) (*movedOutput, error) {
	say, err := a.content(&in.Body.MoveContent)
	if err != nil {
		return nil, err
	}
	if p := a.overFinding(ctx, in.ID, access.FindingRead, access.ItemMove(in.Body.Kind)); p != nil {
		return nil, p
	}
	if p := a.overLink(ctx, &in.Body.MoveContent); p != nil {
		return nil, p
	}
	it, err := a.ledger.Move(ctx, moverOf(ctx), in.ID, in.Body.Version, ledger.Kind(in.Body.Kind), say)
	if err != nil {
		return nil, a.moveProblem(whoAsks(ctx), in.Body.Kind, err)
	}
	return &movedOutput{a.item(it)}, nil
}

// overLink refuses a link to a finding that who asks may not read: that there is one
// would be told by it.
func (a *API) overLink(ctx context.Context, b *MoveContent) *problem {
	if b.Link == "" {
		return nil
	}
	return a.overFinding(ctx, b.Link, access.FindingRead)
}

type movesAccept struct {
	movesInput
	Accept string `header:"Accept-Language" doc:"The language of problems: en or zh"`
}

func (a *API) postMoves(ctx context.Context, in *movesAccept) (*allMovedOutput, error) {
	say, err := a.content(&in.Body.MoveContent)
	if err != nil {
		return nil, err
	}
	if p := a.overLink(ctx, &in.Body.MoveContent); p != nil {
		return nil, p
	}
	var wanted []ledger.Wanted
	refused := map[int]*problem{}
	for i, w := range in.Body.Items {
		if p := a.overFinding(ctx, w.Finding, access.FindingRead, access.ItemMove(in.Body.Kind)); p != nil {
			refused[i] = p
			continue
		}
		wanted = append(wanted, ledger.Wanted{Finding: w.Finding, Seen: w.Version})
	}
	done, err := a.ledger.MoveAll(ctx, moverOf(ctx), wanted, ledger.Kind(in.Body.Kind), say)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &allMovedOutput{allMovedBody{Done: make([]doneBody, len(in.Body.Items))}}
	for i, w := range in.Body.Items {
		out.Body.Done[i].Finding = w.Finding
		if p := refused[i]; p != nil {
			out.Body.Done[i].Problem = p.body(languageOf(in.Accept))
			continue
		}
		d := done[0]
		done = done[1:]
		if d.Err != nil {
			out.Body.Done[i].Problem = a.moveProblem(whoAsks(ctx), in.Body.Kind, d.Err).body(languageOf(in.Accept))
			continue
		}
		it := a.item(d.Item)
		out.Body.Done[i].Item = &it
	}
	return out, nil
}

// moveProblem is why a move wasn't made. What the ledger bars is in the log, by its
// rule.
func (a *API) moveProblem(w *access.Who, kind string, err error) *problem {
	if r := (*ledger.Refused)(nil); errors.As(err, &r) && r.Because == ledger.Barred {
		a.log.Warn("refused", "rule", "ledger: "+kind+": "+r.Rule, "by", nameInLog(w))
	}
	return a.problemOf(err)
}

// refused is a refusal of the ledger as an answer.
func (a *API) refused(r *ledger.Refused) *problem {
	p := &problem{status: http.StatusUnprocessableEntity, code: "lacking", what: r.Fault.What, next: r.Fault.Next}
	for _, n := range r.Lacks {
		p.fields = append(p.fields, field{"body." + string(n), r.Fault.What})
	}
	switch r.Because {
	case ledger.NoItem:
		return nothing()
	case ledger.Faster:
		p.status, p.code = http.StatusConflict, "faster"
		for i := range r.Moves {
			m := &r.Moves[i]
			said := errs.Tf("%s: %s by %s", "%s：%s，办理人 %s", a.zone.Format(m.At), m.Kind, m.By())
			p.fields = append(p.fields, field{"body.version", said})
		}
	case ledger.NotNow:
		p.status, p.code = http.StatusConflict, "not_now"
	case ledger.Barred:
		p.status, p.code = http.StatusForbidden, "barred_"+r.Rule
	}
	return p
}

// refusalOf is the ledger's refusal in an error.
func (a *API) refusalOf(err error) *problem {
	if r := (*ledger.Refused)(nil); errors.As(err, &r) {
		return a.refused(r)
	}
	return nil
}

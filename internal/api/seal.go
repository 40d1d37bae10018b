package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/seal"
	"plumbline/internal/seal/keeper"
	"plumbline/internal/service"
)

// Seal is the log that fixes the record; package keeper keeps it.
type Seal interface {
	Handler() http.Handler // of what everybody may read, below /log/
	Status(ctx context.Context) (keeper.Status, error)
	Vouched() bool // a witness has cosigned lately
	ProveFinding(ctx context.Context, id string) ([]byte, error)
	ProveMove(ctx context.Context, finding string, number int64) ([]byte, error)
	ProveFile(ctx context.Context, hash string) ([]byte, error)
	ProveEvent(ctx context.Context, source, id string) ([]byte, error)
}

type sealOutput struct{ Body sealBody }

type sealBody struct {
	Origin    string        `json:"origin" doc:"The log's name"`
	Keys      []string      `json:"keys" nullable:"false" doc:"Its public keys, oldest first"`
	Size      int64         `json:"size" doc:"Leaves in the log"`
	Signed    int64         `json:"signed" doc:"Leaves that the last checkpoint covers"`
	Root      string        `json:"root" doc:"The root of those"`
	Fresh     bool          `json:"fresh" doc:"A witness outside has cosigned within an hour, and none knows another log"`
	Witnesses []witnessBody `json:"witnesses" nullable:"false"`
	Problem   string        `json:"problem,omitempty" doc:"Why nothing is signed"`
	ProblemZH string        `json:"problem_zh,omitempty" doc:"The same in Chinese"`
}

type witnessBody struct {
	Name      string `json:"name"`
	Key       string `json:"key"`
	Size      int64  `json:"size" doc:"Leaves of the checkpoint that it cosigned last"`
	At        string `json:"at,omitempty" doc:"When it did"`
	Fresh     bool   `json:"fresh"`
	Denies    bool   `json:"denies,omitempty" doc:"It has seen another log of this name, or a longer one: an old state of the record was put back, or there are two"`
	Problem   string `json:"problem,omitempty" doc:"Why it didn't the last time"`
	ProblemZH string `json:"problem_zh,omitempty" doc:"The same in Chinese"`
}

type proofOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

type eventProofInput struct {
	Source string `path:"source" maxLength:"200"`
	ID     string `path:"id" maxLength:"500"`
}

const proofText = "A file of C2SP tlog-proof that plumbline verify checks by itself: a checkpoint, the way to it, and what opens the commitment. Whoever has it can read what it proves."

func (a *API) addSeal() {
	if a.seal == nil {
		return
	}
	a.mux.Handle("GET /log/", a.seal.Handler())
	a.metrics.registry.MustRegister(&sealGauges{a.seal, a.log})
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/seal", "get-seal", "The log that fixes the record",
		"How long it is, how much of it is signed, and how fresh the word of the witnesses is. The log itself lies open below /log/.", access.SealRead), a.getSeal)
	prove := func(path, id, summary string, may access.Action) huma.Operation {
		op := a.operation(http.MethodGet, path, id, summary, proofText, may)
		op.Responses["200"] = &huma.Response{Description: "The proof", Content: map[string]*huma.MediaType{proofType: {Schema: &huma.Schema{Type: huma.TypeString}}}}
		return op
	}
	huma.Register(a.huma, prove("/api/v1/findings/{id}/proof", "prove-finding", "Proof of a finding", access.FindingPersons), a.proveFinding)
	if a.ledger != nil {
		huma.Register(a.huma, prove("/api/v1/findings/{id}/moves/{number}/proof", "prove-move", "Proof of a move", access.FindingPersons), a.proveMove)
		huma.Register(a.huma, prove("/api/v1/findings/{id}/files/{hash}/proof", "prove-file", "Proof of a file: its SHA-256, size and type, and when it was first attached", access.FindingPersons), a.proveFile)
	}
	huma.Register(a.huma, prove("/api/v1/events/{source}/{id}/proof", "prove-event", "Proof of an event", access.CaseRead), a.proveEvent)
}

const proofType = "text/plain; charset=utf-8"

func (a *API) getSeal(ctx context.Context, _ *struct{}) (*sealOutput, error) {
	s, err := a.seal.Status(ctx)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &sealOutput{sealBody{Origin: s.Origin, Keys: s.Keys, Size: s.Size, Signed: s.Signed, Root: s.Root.String(), Fresh: s.Fresh, Witnesses: []witnessBody{}}}
	out.Body.Problem, out.Body.ProblemZH = both(s.Problem)
	for _, w := range s.Witnesses {
		b := witnessBody{Name: w.Name, Key: w.Key, Size: w.Size, Fresh: w.Fresh, Denies: w.Denies}
		if !w.At.IsZero() {
			b.At = a.instant(clock.InstantOf(w.At))
		}
		b.Problem, b.ProblemZH = both(w.Problem)
		out.Body.Witnesses = append(out.Body.Witnesses, b)
	}
	return out, nil
}

// both is what is wrong in both languages; empty where nothing is.
func both(err error) (en, zh string) {
	if err == nil {
		return "", ""
	}
	return errs.In(err, errs.En), errs.In(err, errs.Zh)
}

// proveFinding proves a finding with all that it says, to who may read all of it.
func (a *API) proveFinding(ctx context.Context, in *findingInput) (*proofOutput, error) {
	if p := a.overFinding(ctx, in.ID, access.FindingRead, access.FindingPersons); p != nil {
		return nil, p
	}
	text, err := a.seal.ProveFinding(ctx, in.ID)
	if err != nil {
		return nil, a.problemOf(err)
	}
	return &proofOutput{proofType, text}, nil
}

type moveProofInput struct {
	ID     string `path:"id" maxLength:"200"`
	Number int64  `path:"number" minimum:"1" doc:"Of the item's moves, from 1"`
}

type fileProofInput struct {
	ID   string `path:"id" maxLength:"200"`
	Hash string `path:"hash" maxLength:"100"`
}

// proveMove proves a move to who may read the item, and the finding that it links: the
// proof holds the whole of it.
func (a *API) proveMove(ctx context.Context, in *moveProofInput) (*proofOutput, error) {
	if p := a.overFinding(ctx, in.ID, access.FindingPersons); p != nil {
		return nil, p
	}
	d, err := a.ledger.Item(ctx, moverOf(ctx), in.ID)
	if err != nil {
		return nil, a.problemOf(err)
	}
	if d != nil {
		for i := range d.Moves {
			if m := &d.Moves[i]; m.Number == in.Number && m.Link != "" {
				if p := a.overFinding(ctx, m.Link, access.FindingRead); p != nil {
					return nil, p
				}
			}
		}
	}
	text, err := a.seal.ProveMove(ctx, in.ID, in.Number)
	if err != nil {
		return nil, a.problemOf(err)
	}
	return &proofOutput{proofType, text}, nil
}

// proveFile proves a file to who may read the item that has it.
func (a *API) proveFile(ctx context.Context, in *fileProofInput) (*proofOutput, error) {
	if p := a.overFinding(ctx, in.ID, access.FindingPersons); p != nil {
		return nil, p
	}
	f, _, err := a.ledger.File(ctx, in.ID, in.Hash)
	if err != nil {
		return nil, a.problemOf(err)
	}
	if f == nil {
		return nil, nothing()
	}
	text, err := a.seal.ProveFile(ctx, f.Hash)
	if err != nil {
		return nil, a.problemOf(err)
	}
	return &proofOutput{proofType, text}, nil
}

// proveEvent proves an event to who may read a case of which it is all.
func (a *API) proveEvent(ctx context.Context, in *eventProofInput) (*proofOutput, error) {
	text, err := a.seal.ProveEvent(ctx, in.Source, in.ID)
	if err != nil {
		return nil, a.problemOf(err)
	}
	var of struct{ Unit, Actor *string }
	p, err := seal.ParseProof(text)
	if err == nil {
		err = json.Unmarshal([]byte(p.Opening.Event.Text), &of)
	}
	if err != nil {
		return nil, a.problemOf(err)
	}
	var e event.Event
	if of.Unit != nil {
		e.Unit = event.Some(*of.Unit)
	}
	if of.Actor != nil {
		e.Actor = event.Some(*of.Actor)
	}
	if p := a.overCase(ctx, &service.Timeline{Events: []event.Event{e}}); p != nil {
		return nil, p
	}
	return &proofOutput{proofType, text}, nil
}

// vouched is what /readyz says beside that the service is ready.
func (a *API) vouched() string {
	switch {
	case a.seal == nil:
		return ""
	case a.seal.Vouched():
		return "\nseal: cosigned"
	}
	return "\nseal: no fresh cosignature, or a witness that knows another log"
}

// sealGauges are the figures of the log.
type sealGauges struct {
	seal Seal
	log  *slog.Logger
}

var (
	leavesDesc = prometheus.NewDesc("plumbline_seal_leaves", "Leaves of the log that fixes the record.", nil, nil)
	signedDesc = prometheus.NewDesc("plumbline_seal_signed_leaves", "Leaves that the last checkpoint covers.", nil, nil)
	freshDesc  = prometheus.NewDesc("plumbline_seal_cosigned", "1 where a witness outside has cosigned lately.", nil, nil)
)

// Describe is prometheus.Collector's.
func (g *sealGauges) Describe(to chan<- *prometheus.Desc) {
	to <- leavesDesc
	to <- signedDesc
	to <- freshDesc
}

// Collect is prometheus.Collector's.
func (g *sealGauges) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s, err := g.seal.Status(ctx)
	if err != nil {
		g.log.Error("the log's figures can't be read", "error", err.Error())
		return
	}
	fresh := 0.0
	if s.Fresh {
		fresh = 1
	}
	to <- prometheus.MustNewConstMetric(leavesDesc, prometheus.GaugeValue, float64(s.Size))
	to <- prometheus.MustNewConstMetric(signedDesc, prometheus.GaugeValue, float64(s.Signed))
	to <- prometheus.MustNewConstMetric(freshDesc, prometheus.GaugeValue, fresh)
}

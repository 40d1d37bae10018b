package api

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
)

type attachedBody struct {
	File itemFileBody `json:"file"`
	Item itemBody     `json:"item"`
}

// typeAny is what a file comes as; what it is, its content says.
const typeAny = "application/octet-stream"

func (a *API) addFiles() {
	op := a.operation(http.MethodPost, "/api/v1/findings/{id}/files", "attach-file", "Attach a file",
		"The body is the file, of at most 25 MB: PDF, OFD, PNG, JPEG, XLSX, DOCX, plain text, MP4, by its content. It is a move of the item, and evidence that a claim can name by its hash.", access.ItemAttach)
	text := func(name, doc string, required bool) *huma.Param {
		return &huma.Param{Name: name, In: "query", Required: required, Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	id := &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}
	op.Parameters = []*huma.Param{id, text("name", "The file's name", true), text("text", "What it shows", false),
		{Name: "version", In: "query", Required: true, Description: "The item's version that was looked at", Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64"}}}
	schemas := a.huma.OpenAPI().Components.Schemas
	a.addHandled(op, map[string]*huma.MediaType{typeAny: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}, http.StatusOK, schemaOf[attachedBody](schemas), a.postFile)

	get := a.operation(http.MethodGet, "/api/v1/findings/{id}/files/{hash}", "get-file", "A file of a finding", "As it was attached: its content is held against its hash once more.", access.FindingPersons)
	get.Parameters = []*huma.Param{id, {Name: "hash", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
	kinds := map[string]*huma.MediaType{}
	for _, typ := range ledger.Types {
		kinds[typ] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	get.Responses["200"] = &huma.Response{Description: "The file", Content: kinds}
	a.huma.OpenAPI().AddOperation(&get)
	a.mux.HandleFunc("GET "+get.Path, a.getFile)
}

func (a *API) postFile(w http.ResponseWriter, r *http.Request) {
	out, p := a.attach(w, r)
	if p != nil {
		p.write(w, r)
		return
	}
	w.Header().Set("Content-Type", typeJSON)
	_ = json.NewEncoder(w).Encode(out) // a caller that is gone is no fault
}

func (a *API) attach(w http.ResponseWriter, r *http.Request) (*attachedBody, *problem) {
	asks, p := a.caller(r, access.ItemAttach)
	if p != nil {
		return nil, p
	}
	if p := a.overFinding(withAsker(r, asks), r.PathValue("id"), access.FindingPersons, access.ItemAttach); p != nil {
		return nil, p
	}
	q := r.URL.Query()
	seen, err := strconv.ParseInt(q.Get("version"), 10, 64)
	if err != nil {
		return nil, &problem{status: http.StatusUnprocessableEntity, code: "not_understood", what: errs.T("version is missing: the item's version that was looked at", "缺少 version：查看时事项的版本号"),
			fields: []field{{"query.version", errs.T("not a number", "不是整数")}}}
	}
	if text := q.Get("text"); utf8.RuneCountInString(text) > 20_000 {
		return nil, tooLong(20_000)
	}
	b, p := a.newBody(w, r)
	if p != nil {
		return nil, p
	}
	defer b.release(0)
	failed := &reading{from: b}
	it, f, err := a.ledger.Attach(r.Context(), moverFrom(asks.who), r.PathValue("id"), seen, q.Get("name"), q.Get("text"), failed)
	if failed.err != nil {
		return nil, a.unreadable(failed.err)
	}
	if err != nil {
		return nil, a.moveProblem(asks.who, string(ledger.Attach), err)
	}
	return &attachedBody{*fileOf(f), a.item(it)}, nil
}

// reading notes what went wrong with a body, so that it isn't told as a fault of
// whoever read it.
type reading struct {
	from *body
	err  error
}

// Read is io.Reader's.
func (r *reading) Read(to []byte) (int, error) {
	n, err := r.from.Read(to)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

func (a *API) getFile(w http.ResponseWriter, r *http.Request) {
	asks, p := a.caller(r, access.FindingPersons)
	if p == nil {
		p = a.overFinding(withAsker(r, asks), r.PathValue("id"), access.FindingPersons)
	}
	if p != nil {
		p.write(w, r)
		return
	}
	f, body, err := a.ledger.File(r.Context(), r.PathValue("id"), r.PathValue("hash"))
	if err != nil {
		a.problemOf(err).write(w, r)
		return
	}
	if f == nil {
		nothing().write(w, r)
		return
	}
	WriteFile(w, f, body)
}

// WriteFile answers with a file of the ledger, so that a browser keeps it and runs
// nothing of it.
func WriteFile(w http.ResponseWriter, f *ledger.File, body []byte) {
	h := w.Header()
	typ := f.Type
	if typ == "text/plain" {
		typ = "text/plain; charset=utf-8"
		if !utf8.Valid(body) {
			typ = "text/plain; charset=gb18030"
		}
	}
	h.Set("Content-Type", typ)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("ETag", `"`+f.Hash+`"`)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // a caller that is gone is no fault
}

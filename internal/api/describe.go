package api

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
)

const (
	bearerScheme = "token"
	cookieScheme = "session"
)

// description begins the OpenAPI document; operations add themselves to it.
func description(version string) *huma.OpenAPI {
	return &huma.OpenAPI{OpenAPI: "3.1.0",
		Info: &huma.Info{Title: "Plumbline 准绳", Version: version,
			Description: "Events in, verdicts and findings out. Problems are RFC 9457 with a code, and in Chinese where Accept-Language prefers it."},
		Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", name),
			SecuritySchemes: map[string]*huma.SecurityScheme{bearerScheme: {Type: "http", Scheme: "bearer", Description: "A token of plumbline source add"},
				cookieScheme: {Type: "apiKey", In: "cookie", Name: "plumbline", Description: "Of who is signed in; under https it is called __Host-plumbline"}}},
		Servers: []*huma.Server{{URL: "/"}},
	}
}

// operation is what operations have in common: who may call them, and that they
// answer with a problem when something is wrong.
func (a *API) operation(method, path, id, summary, text string, may access.Action) huma.Operation {
	faulty := &huma.Response{Description: "A problem",
		Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schemaOf[problemBody](a.huma.OpenAPI().Components.Schemas)}},
		Headers: map[string]*huma.Param{"Retry-After": {Description: "Seconds to wait, with 429 and 503", Schema: &huma.Schema{Type: huma.TypeInteger}}}}
	return huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Description: text,
		Security: []map[string][]string{{bearerScheme: {}}, {cookieScheme: {}}}, Metadata: map[string]any{mayKey: may},
		Responses:    map[string]*huma.Response{"default": faulty},
		MaxBodyBytes: -1, BodyReadTimeout: -1, // body.go bounds both
	}
}

// addHandled adds an operation that reads its own body.
func (a *API) addHandled(op huma.Operation, body map[string]*huma.MediaType, status int, answer *huma.Schema, handle http.HandlerFunc) {
	op.RequestBody = &huma.RequestBody{Required: true, Content: body}
	op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{typeJSON: {Schema: answer}}}
	a.huma.OpenAPI().AddOperation(&op)
	a.mux.HandleFunc(op.Method+" "+op.Path, handle)
}

func (a *API) addEvents() {
	op := a.operation(http.MethodPost, "/api/v1/events", "post-events", "Send events",
		"Events as a JSON array, one a line, or CloudEvents. The answer comes when they are committed and says what became of each. Sending the same again is harmless: what was taken is a repetition.", access.EventSend)
	schemas := a.huma.OpenAPI().Components.Schemas
	event := eventSchema(schemas)
	cloud := &huma.Schema{Type: huma.TypeObject, Required: []string{"specversion", "id", "source", "type", "data"}, AdditionalProperties: true, Properties: map[string]*huma.Schema{
		"specversion": {Type: huma.TypeString, Enum: []any{"1.0"}}, "id": {Type: huma.TypeString}, "source": {Type: huma.TypeString},
		"type": {Type: huma.TypeString}, "time": {Type: huma.TypeString, Format: "date-time"}, "datacontenttype": {Type: huma.TypeString}, "data": event}}
	list := func(s *huma.Schema) *huma.Schema { return &huma.Schema{Type: huma.TypeArray, Items: s} }
	a.addHandled(op, map[string]*huma.MediaType{
		typeJSON: {Schema: list(event)}, typeLines: {Schema: &huma.Schema{Type: huma.TypeString, Description: "An event a line"}},
		typeCloud: {Schema: cloud}, typeCloudBatch: {Schema: list(cloud)},
	}, http.StatusOK, schemaOf[receiptBody](schemas), a.postEvents)
}

// tidy takes out of the description what huma documents on its own and no answer
// has.
func tidy(o *huma.OpenAPI) {
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} {
		delete(o.Components.Schemas.Map(), unused)
	}
	for _, path := range o.Paths {
		for _, op := range []*huma.Operation{path.Get, path.Post} {
			if op != nil {
				slices.SortFunc(op.Parameters, func(x, y *huma.Param) int { return compareParam(x, y) })
			}
		}
	}
}

func compareParam(x, y *huma.Param) int {
	switch {
	case x.Name < y.Name:
		return -1
	case x.Name > y.Name:
		return 1
	}
	return 0
}

// name is what a shape is called in the document: findingBody is a Finding.
func name(t reflect.Type, hint string) string {
	return strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "Body")
}

package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// openapi is what the tests need of the document.
type openapi struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Parameters  []struct {
			Name, In string
			Schema   map[string]any
		}
		RequestBody struct {
			Content map[string]struct{ Schema map[string]any }
		}
		Responses map[string]struct {
			Content map[string]struct{ Schema map[string]any }
		}
	}
	Components struct{ Schemas map[string]map[string]any }
}

func document(t testing.TB, a *API) (*openapi, []byte) {
	t.Helper()
	text := ask(a, "GET /openapi.json", "").Body.Bytes()
	var d openapi
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return &d, text
}

// maker makes values of a schema, right or wrong.
type maker struct {
	*rand.Rand
	d *openapi
}

var words = []string{"", "e1", "f1", "A1", "case", "立案", "2026-03-01", "2026-03-01T09:10:00+08:00", "9999-99-99", "a/b", "..", "%2e", "\x00", "\u2028", "🙂", "true", "-1", "1e400", strings.Repeat("x", 2000)}

func (m *maker) value(s map[string]any, depth int) any {
	if m.IntN(60) == 0 || depth > 6 {
		return []any{nil, 7.5, -1, true, "x", []any{}, map[string]any{}, map[string]any{"x": nil}}[m.IntN(8)]
	}
	if ref, ok := s["$ref"].(string); ok {
		return m.value(m.d.Components.Schemas[ref[strings.LastIndex(ref, "/")+1:]], depth+1)
	}
	if enum, ok := s["enum"].([]any); ok && m.IntN(4) > 0 {
		return enum[m.IntN(len(enum))]
	}
	if of, ok := s["oneOf"].([]any); ok {
		return m.value(of[m.IntN(len(of))].(map[string]any), depth+1)
	}
	if s["format"] == "date-time" || m.IntN(3) == 0 && s["type"] == "string" {
		return "2026-03-01T09:10:00+08:00"
	}
	switch s["type"] {
	case "integer", "number":
		return []any{0, 1, 2, 2, 2, 3, 50, 500, 501, -1, 1 << 40, 0.5}[m.IntN(12)] // 2 is the version of what there is
	case "boolean":
		return m.IntN(2) == 0
	case "array":
		list := []any{}
		for range m.IntN(4) {
			list = append(list, m.value(s["items"].(map[string]any), depth+1))
		}
		return list
	case "object":
		return m.object(s, depth)
	}
	return words[m.IntN(len(words))]
}

func (m *maker) object(s map[string]any, depth int) any {
	out := map[string]any{}
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		p := properties[name]
		if slices.Contains(required, any(name)) && m.IntN(15) > 0 || m.IntN(2) == 0 {
			out[name] = m.value(p.(map[string]any), depth+1)
		}
	}
	if more, ok := s["additionalProperties"].(map[string]any); ok {
		out["amount"] = m.value(more, depth+1)
	}
	if m.IntN(20) == 0 {
		out["surplus"] = 1
	}
	return out
}

// The API fuzzed from its own description: whatever is sent, the answer is one
// that the description has, and never a fault of the program.
func TestFuzzedFromItsOwnDescription(t *testing.T) {
	for key, statuses := range fuzzed(t, testAPI(t, &fake{}, Limits{}), 1500) {
		if statuses[200]+statuses[202]+statuses[204] == 0 {
			t.Errorf("%s: nothing that was sent was right, so little was tried: %v", key, statuses)
		}
	}
}

// fuzzed sends n requests to each operation, and counts the statuses of its
// answers.
func fuzzed(t *testing.T, a *API, n int) map[string]map[int]int {
	t.Helper()
	all := map[string]map[int]int{}
	d, text := document(t, a)
	schemas := answersOf(t, d, text)
	m := &maker{rand.New(rand.NewPCG(1, 2)), d}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			op := d.Paths[path][method]
			key := strings.ToUpper(method) + " " + path
			statuses := map[int]int{}
			for range n {
				target, query := path, url.Values{}
				for _, p := range op.Parameters {
					switch v := fmt.Sprint(m.value(p.Schema, 0)); p.In {
					case "path":
						target = strings.Replace(target, "{"+p.Name+"}", url.PathEscape(v), 1)
					case "query":
						if m.IntN(4) == 0 {
							query.Add(p.Name, v)
						}
					}
				}
				if len(query) > 0 {
					target += "?" + query.Encode()
				}
				if m.IntN(40) == 0 {
					target += []string{"?%zz", "?a;b", "?limit=%00", "?&&=&", "?limit=1&limit=2", "?" + strings.Repeat("x", 5000), "%00", "/", "//"}[m.IntN(9)]
				}
				kind, body := "", ""
				if kinds := slices.Sorted(maps.Keys(op.RequestBody.Content)); len(kinds) > 0 {
					kind = kinds[m.IntN(len(kinds))]
					text, err := json.Marshal(m.value(op.RequestBody.Content[kind].Schema, 0))
					if err != nil {
						t.Fatal(err)
					}
					if body = string(text); m.IntN(10) == 0 {
						body = body[:m.IntN(len(body)+1)]
					}
				}
				token := asAll
				if op.OperationID == "post-events" {
					token = asSender
				}
				if m.IntN(5) == 0 {
					token = []string{asSender, asReader, asAdmin, "Authorization: Bearer nobody", "Authorization: Basic x", as("nobody"), as("lay")}[m.IntN(7)]
				}
				headers := []string{token, "Content-Type: " + kind}
				if m.IntN(40) == 0 {
					headers = append(headers, []string{"Accept-Language: ;q=;,zh;q=9e999", "Content-Encoding: gzip", "Content-Encoding: br", "Content-Type: a/b; c", "Accept: text/html", "Content-Type: \x00"}[m.IntN(6)])
				}
				if a.approvals != nil { // what was settled can't be settled again
					a.approvals = newProposals()
				}
				w := ask(a, strings.ToUpper(method)+" "+target, body, headers...)
				statuses[w.Code]++
				if err := schemas[key].hold(w); err != nil {
					t.Fatalf("%s %s %s\n%s\n%d %s\n%v", method, target, token, body, w.Code, w.Body, err)
				}
			}
			all[key] = statuses
		}
	}
	return all
}

// answers are the schemas of an operation's answers, by status and content type.
type answers map[string]*jsonschema.Schema

func answersOf(t *testing.T, d *openapi, text []byte) map[string]answers {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")
	out := map[string]answers{}
	for path, methods := range d.Paths {
		for method, op := range methods {
			of := answers{}
			for status, answer := range op.Responses {
				if len(answer.Content) == 0 {
					of[status] = nil
				}
				for kind := range answer.Content {
					s, err := c.Compile("openapi.json#/paths/" + escape.Replace(path) + "/" + method + "/responses/" + status + "/content/" + escape.Replace(kind) + "/schema")
					if err != nil {
						t.Fatal(err)
					}
					of[status+" "+kind] = s
				}
			}
			out[strings.ToUpper(method)+" "+path] = of
		}
	}
	return out
}

func (of answers) hold(w *httptest.ResponseRecorder) error {
	if w.Code >= 500 {
		return fmt.Errorf("a fault of the program")
	}
	status := fmt.Sprint(w.Code)
	if s, ok := of[status]; ok && s == nil && w.Body.Len() == 0 {
		return nil
	}
	kind := w.Header().Get("Content-Type")
	s := of[status+" "+kind]
	if s == nil {
		s = of["default "+kind]
	}
	if s == nil {
		return fmt.Errorf("no answer %s %s is described", status, kind)
	}
	if !strings.HasSuffix(kind, "json") { // a file, as it is
		return nil
	}
	v, err := jsonschema.UnmarshalJSON(w.Body)
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// The description names what there is, each with words and who may, and no
// shape that nothing uses.
func TestDescription(t *testing.T) {
	d, text := document(t, testAPI(t, &fake{}, Limits{}))
	if d.OpenAPI != "3.1.0" || len(d.Paths) < 19 {
		t.Errorf("%s, %d paths", d.OpenAPI, len(d.Paths))
	}
	for name := range d.Components.Schemas {
		if bytes.Count(text, []byte(`"#/components/schemas/`+name+`"`)) == 0 {
			t.Errorf("nothing uses %s", name)
		}
	}
}

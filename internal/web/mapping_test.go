package web

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// maps is a mapper that holds what a test says.
type maps struct{ *fake }

func (m maps) Mapping(context.Context, string) (string, error) { return m.mapping, m.fault }

func (m maps) Save(_ context.Context, _, _, text string) error {
	if strings.Contains(text, "wrong") {
		return errs.List{{Code: errs.Usage, What: errs.T("no such name in the pack", "规则包中没有该名称")}}
	}
	m.fake.mapping = text
	return m.fault
}

func (m maps) Preview(_ context.Context, _, file, pack, text string, sample []byte, _ errs.Lang) (*MapPreview, error) {
	if string(sample) == "unreadable" {
		return &MapPreview{Text: text}, &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, What: errs.T("no event in the log", "日志中没有事件")}
	}
	if text == "" {
		text = "pack: " + pack
	}
	return &MapPreview{Text: text, Total: 2, Names: []MapName{{Kind: "event", From: hostile, N: 2, To: "Send Fine", Why: errs.T("the same words", "用词相同")}, {Kind: "attribute", From: "x", Maybe: []string{"amount", hostile}}, {Kind: "object", From: "y"}},
		Refused: []errs.Text{errs.T("plate: "+hostile, "车牌")}, Blocked: []errs.Text{errs.T(hostile, hostile)}, Bad: []*errs.Error{{Code: errs.Input, Place: errs.Place{File: hostile, Row: 3}, What: errs.T("no time", "没有时间")}},
		Odd: []*errs.Error{{What: errs.T(hostile, hostile)}}, Events: []event.Event{{Type: "Send Fine", Time: event.Stamp{At: now, Kind: event.Time}, Actor: event.Some(hostile), Objects: []event.Object{{Type: "case", ID: hostile}},
			Attrs: []event.Attr{{Name: "amount", Value: event.Num(3)}}}}}, nil
}

// sample sends the form of a mapping with a file.
func (s *site) sample(act, text, file string) *httptest.ResponseRecorder {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"act": act, "text": text, "pack": "it-traffic-fines"} {
		_ = form.WriteField(name, value)
	}
	if file != "" {
		w, _ := form.CreateFormFile("sample", "样本.csv")
		_, _ = w.Write([]byte(file))
	}
	form.Close()
	r := httptest.NewRequest(http.MethodPost, "/sources/desk/mapping", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.AddCookie(&http.Cookie{Name: "plumbline", Value: "let-in"})
	r.AddCookie(&http.Cookie{Name: langCookie, Value: "en"})
	return s.do(r)
}

// A mapping is proposed from a sample and tried on it before it is kept.
func TestNamesAreMapped(t *testing.T) {
	s := newSite(t)
	w := s.sample("propose", "old", "a,b")
	page := w.Body.String()
	for _, want := range []string{"pack: it-traffic-fines</textarea>", "Send Fine", "to decide: amount", "the same words", "are not read", "1 rule couldn", "1 row can", "no time", "amount = 3", "of 2"} {
		if !strings.Contains(page, want) {
			t.Errorf("the proposal doesn't say %q", want)
		}
	}
	if w.Code != http.StatusOK || s.mapping != "" || strings.Contains(page, "<script>alert") {
		t.Errorf("%d, kept %q", w.Code, s.mapping)
	}
	if page := s.sample("try", "mine", "a,b").Body.String(); !strings.Contains(page, "mine</textarea>") {
		t.Error("another mapping was tried")
	}
	for what, w := range map[string]*httptest.ResponseRecorder{"no sample": s.sample("try", "mine", ""), "unreadable": s.sample("try", "mine", "unreadable"), "wrong": s.sample("save", "wrong", "")} {
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "</textarea>") {
			t.Errorf("%s: %d", what, w.Code)
		}
	}
	if w := s.sample("save", "pack: x\r\nevents: {}", ""); w.Code != http.StatusSeeOther || s.mapping != "pack: x\nevents: {}" {
		t.Errorf("%d, kept %q", w.Code, s.mapping)
	}
	if w := s.get("/sources/desk/mapping.yaml", "en"); w.Body.String() != "pack: x\nevents: {}" || !strings.Contains(w.Header().Get("Content-Disposition"), "mapping.yaml") {
		t.Errorf("for commands: %d %q", w.Code, w.Body)
	}
	if page := s.get("/sources/desk/mapping?done=yes", "en").Body.String(); !strings.Contains(page, "pack: x\nevents: {}</textarea>") || !strings.Contains(page, "The mapping is kept.") {
		t.Error("what is kept isn't shown")
	}
	if w := newSite(t, access.Auditor).sample("save", "x", ""); w.Code != http.StatusForbidden {
		t.Errorf("an auditor kept a mapping: %d", w.Code)
	}
}

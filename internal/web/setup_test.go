package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"plumbline/internal/errs"
)

func TestFirstStart(t *testing.T) {
	var asked []Setup
	fault := error(&errs.Error{Code: errs.Usage, What: errs.T("no such zone", "没有该时区")})
	ended := 0
	first, key, err := NewFirst(FirstOptions{Lang: errs.En, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Packs: []SetupPack{{Name: "p", Version: "1", Title: errs.T("A pack", "规则包"), Rules: 41, Verified: 38}},
		Do: func(_ context.Context, s Setup) error {
			asked = append(asked, s)
			return fault
		}, Done: func() { ended++ }})
	if err != nil {
		t.Fatal(err)
	}
	handler := first.Handler()
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	post := func(pairs ...string) *httptest.ResponseRecorder {
		form := url.Values{"key": {key}, "agency": {"A " + hostile}, "zone": {"Asia/Shanghai"}, "lang": {"zh"}, "admin": {"root"}, "password": {"a long secret"}, "again": {"a long secret"}, "pack": {"p"}}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		if form.Get("pack") == "" {
			form.Del("pack")
		}
		r := httptest.NewRequest(http.MethodPost, "/setup", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	for path, want := range map[string]int{"/setup?key=" + key: http.StatusOK, "/setup?key=wrong": http.StatusNotFound, "/setup": http.StatusNotFound, "/": http.StatusNotFound} {
		if w := get(path); w.Code != want || w.Header().Get("Content-Security-Policy") != policy {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	for what, pairs := range map[string][]string{"are not the same": {"again", "another"}, "need a name": {"admin", " "}, "at least one pack": {"pack", ""}, "no such zone": nil} {
		w := post(pairs...)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), what) || strings.Contains(w.Body.String(), "a long secret") || strings.Contains(w.Body.String(), hostile) {
			t.Errorf("%s: %d", what, w.Code)
		}
	}
	if w := post("key", "wrong"); w.Code != http.StatusNotFound {
		t.Errorf("without the key: %d", w.Code)
	}
	fault = errors.New("the disk is full")
	if w := post(); w.Code != http.StatusInternalServerError || ended != 0 {
		t.Errorf("a fault: %d", w.Code)
	}
	fault = nil
	if w := post(); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "It is set up.") || ended != 1 {
		t.Errorf("%d, ended %d times", w.Code, ended)
	}
	if s := asked[len(asked)-1]; s.Admin != "root" || s.Password != "a long secret" || len(s.Packs) != 1 || s.Lang != "zh" {
		t.Errorf("asked for %+v", s)
	}
	if w := post(); w.Code != http.StatusNotFound || ended != 1 {
		t.Errorf("a second time: %d", w.Code)
	}
}

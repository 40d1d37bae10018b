package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline/internal/datadir"
	"plumbline/internal/errs"
)

// An empty directory is set up on a page whose link opens once; then there is a
// record, and the link leads nowhere.
func TestFirstStart(t *testing.T) {
	config := datadir.Config{Data: t.TempDir(), Listen: "127.0.0.1:0"}
	if !datadir.Fresh(config) {
		t.Fatal("an empty directory isn't fresh")
	}
	link, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- FirstStart(t.Context(), config, errs.En, slog.New(slog.NewTextHandler(io.Discard, nil)), func(l string) { link <- l })
	}()
	at, err := url.Parse(<-link)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"key": {at.Query().Get("key")}, "agency": {"Agency"}, "zone": {"Nowhere/City"}, "lang": {"en"}, "admin": {"root"},
		"password": {"a sentence to keep"}, "again": {"a sentence to keep"}, "pack": {"it-traffic-fines"}}
	at.RawQuery = ""
	send := func(want int) string {
		t.Helper()
		w, err := http.PostForm(at.String(), form)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Body.Close()
		page, err := io.ReadAll(w.Body)
		if err != nil || w.StatusCode != want {
			t.Fatalf("%d (%v): %s", w.StatusCode, err, page)
		}
		return string(page)
	}
	if page := send(http.StatusUnprocessableEntity); !strings.Contains(page, "is no time zone") {
		t.Error("a zone that there isn't was not told")
	}
	form.Set("zone", "Europe/Rome")
	send(http.StatusOK)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if datadir.Fresh(config) {
		t.Error("it is fresh still")
	}
	store, err := datadir.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	settings, err := store.Settings(context.Background())
	if err != nil || settings.Agency != "Agency" || settings.Zone != "Europe/Rome" {
		t.Errorf("%+v, %v", settings, err)
	}
}

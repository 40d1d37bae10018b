package datadir

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/segment"
	"plumbline/internal/service"
	"plumbline/internal/sqldb"
	"plumbline/internal/sqldb/pgtest"
)

var ctx = context.Background()

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const password = "过桥须看潮水，莫问渡船几时"

// setUp makes a data directory.
func setUp(t testing.TB) Config {
	t.Helper()
	c := Config{Data: filepath.Join(t.TempDir(), "data")}
	must(t, Setup(ctx, SetupOptions{Config: c, Settings: service.Settings{Agency: "某市公安局", Zone: "Asia/Shanghai", Lang: "zh"}, Admin: "admin", Password: password, Now: 1}))
	return c
}

// fill commits some segments, from a number on.
func fill(t testing.TB, c Config, from, to int64) {
	t.Helper()
	store, err := Open(ctx, c)
	must(t, err)
	for n := from; n <= to; n++ {
		events := []event.Event{{ID: fmt.Sprint("e", n), Type: "立案", Time: event.Stamp{At: clock.Instant(n), Kind: event.Time}, Objects: []event.Object{{Type: "case", ID: "A1"}}}}
		body, err := segment.Encode(nil, events)
		must(t, err)
		must(t, store.Commit(ctx, &service.Commit{Segments: []service.Segment{{Number: n, Source: 1, Events: 1, Body: body, List: events}},
			Findings: []service.Finding{{ID: fmt.Sprint("f", n), Number: n, State: service.Open}},
			Notes:    []service.Note{{Finding: fmt.Sprint("f", n), Kind: "raised"}},
			States:   []service.SourceState{{Source: 1, Taken: n}}, Now: clock.Instant(n)}))
	}
	must(t, store.Close())
}

func TestSetup(t *testing.T) {
	c := setUp(t)
	info, err := os.Stat(c.Data)
	must(t, err)
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the directory is open to others: %v", info.Mode())
	}
	info, err = os.Stat(filepath.Join(c.Data, "plumbline.db"))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the record is open to others: %v", info.Mode())
	}
	store, err := Open(ctx, c)
	must(t, err)
	set, err := store.Settings(ctx)
	must(t, err)
	if set.Agency != "某市公安局" || set.Lang != "zh" {
		t.Errorf("%+v", set)
	}
	must(t, store.Close())

	again := SetupOptions{Config: c, Settings: set, Admin: "other", Password: password}
	told(t, Setup(ctx, again), "this is already set up")
	again.Password = "short"
	told(t, Setup(ctx, again), "fewer than 12 characters")

	_, err = Open(ctx, Config{Data: t.TempDir()})
	told(t, err, "no data directory of Plumbline: it has no record; run plumbline setup first")
}

// One service at a time; other commands work beside it.
func TestServe(t *testing.T) {
	c := setUp(t)
	first, err := Serve(ctx, c)
	must(t, err)
	_, err = Serve(ctx, c)
	told(t, err, fmt.Sprintf("another service uses this directory: process %d", os.Getpid()))
	fill(t, c, 1, 2)
	store, err := Open(ctx, c)
	must(t, err)
	_, err = store.AddSource(ctx, service.Source{Name: "a"})
	must(t, err)
	must(t, store.Close())
	list, err := first.Store.Sources(ctx)
	if err != nil || len(list) != 1 {
		t.Errorf("a source added beside the service: %v, %v", list, err)
	}
	must(t, first.Close())
	second, err := Serve(ctx, c)
	must(t, err)
	must(t, second.Close())
	_, err = Serve(ctx, Config{Data: t.TempDir()})
	told(t, err, "no data directory of Plumbline")
}

// The record in PostgreSQL: two directories can't serve one database.
func TestPostgres(t *testing.T) {
	url := pgtest.Start(t).Database(t)
	a, b := Config{Data: filepath.Join(t.TempDir(), "a"), Postgres: url}, Config{Data: t.TempDir(), Postgres: url}
	_, err := Open(ctx, a)
	told(t, err, "this isn't set up yet")
	o := SetupOptions{Config: a, Settings: service.Settings{Agency: "x", Zone: "UTC", Lang: "en"}, Admin: "admin", Password: password}
	must(t, Setup(ctx, o))
	if list := names(t, a.Data); !slices.Equal(list, []string{sealKeyFile}) {
		t.Errorf("in the directory: %v", list)
	}
	o.Config = b
	told(t, Setup(ctx, o), "this is already set up")
	serving, err := Serve(ctx, a)
	must(t, err)
	_, err = Serve(ctx, a)
	told(t, err, "another service uses this directory")
	_, err = Serve(ctx, b)
	told(t, err, "another service already judges on this database")
	fill(t, b, 1, 3) // other commands work beside it
	if n := lastSegment(t, a); n != 3 {
		t.Errorf("%d segments", n)
	}
	must(t, serving.Close())
	serving, err = Serve(ctx, b)
	must(t, err)
	must(t, serving.Close())
}

func TestToken(t *testing.T) {
	a, kept := NewToken()
	b, _ := NewToken()
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(a, "plb_"))
	if err != nil || len(raw) != 32 || a == b || kept != sha256.Sum256([]byte(a)) {
		t.Errorf("%s, %s, %v", a, b, err)
	}
}

// A path that was mistyped isn't told as a full disk.
func TestNothingIsServedWhereNothingIs(t *testing.T) {
	_, err := Serve(context.Background(), Config{Data: filepath.Join(t.TempDir(), "none")})
	if err == nil || !strings.Contains(err.Error(), "plumbline setup") {
		t.Errorf("%v; expected to hear of setup", err)
	}
}

// A directory is looked at as it is, while nothing runs on it.
func TestVerify(t *testing.T) {
	_, err := Verify(ctx, Config{Data: t.TempDir()}, nil)
	told(t, err, "has no record")
	config := setUp(t)
	fill(t, config, 1, 5)
	s, err := Serve(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(ctx, config, nil); err == nil || !strings.Contains(err.Error(), "a service uses this directory") {
		t.Errorf("beside a service: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	asked := false
	tally, err := Verify(ctx, config, func(*sqldb.Store) error { asked = true; return nil })
	if err != nil || !asked || tally.Segments != 5 {
		t.Fatalf("%+v, %v", tally, err)
	}
	store, err := Open(ctx, config)
	must(t, err)
	must(t, store.Commit(ctx, &service.Commit{States: []service.SourceState{{Source: 1, Taken: 7}}}))
	must(t, store.Close())
	_, err = Verify(ctx, config, nil)
	told(t, err, "of source 1 there are 5 events, and it is said to have sent 7")
}

package app

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/org"
	"plumbline/internal/sqldb"
)

const north = `units: [{id: north, territory: north}]
posts: {p: P}
officers: [{id: P1, unit: north, post: p, rank: sergeant}]
`

func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func shanghai(t *testing.T) *clock.Zone {
	t.Helper()
	z, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// begun is a directory as a service finds it at its start, over a record of its own.
func begun(t *testing.T, dir string, log *slog.Logger) (*attached, error) {
	t.Helper()
	a, err := attachments(dir)
	if err != nil {
		return nil, err
	}
	store, err := sqldb.Open(context.Background(), filepath.Join(t.TempDir(), "record.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	a.organisation, err = organisationAt(context.Background(), store, dir, shanghai(t), func() clock.Instant { return 1_772_000_000_000_000 }, log)
	return a, err
}

// What stands beside the record is read at the start; what is wrong with it stops
// the start and says where.
func TestAttachments(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	none, err := begun(t, t.TempDir(), log)
	if err != nil || none.organisation.Now() != nil || none.comparisons != nil || none.queries != nil {
		t.Errorf("an empty directory: %+v, %v", none, err)
	}
	for name, c := range map[string]struct{ text, want string }{
		organisationFile: {"units: [{id: a, parent: b}]", `unit "a" is under "b"`},
		queriesFile:      {"queries: [{name: a}]", "dsn is missing"},
		reconcileFile:    {"reconcile: [{name: a}]", "left is missing"},
	} {
		dir := t.TempDir()
		put(t, dir, name, c.text)
		if _, err := begun(t, dir, log); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, name)+":1:") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := t.TempDir()
	put(t, dir, organisationFile, north)
	put(t, dir, organisationBook, "x")
	if _, err := begun(t, dir, log); err == nil || !strings.Contains(err.Error(), "keep one of the two") {
		t.Errorf("two organisations: %v", err)
	}
}

// What the manual shows can be put into a data directory as it stands.
func TestTheManualsExamplesAreRead(t *testing.T) {
	manual, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	dir, found := t.TempDir(), 0
	for _, block := range strings.Split(string(manual), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		first, _, _ := strings.Cut(text, ":")
		if name := map[string]string{"units": organisationFile, "queries": queriesFile, "reconcile": reconcileFile}[first]; name != "" {
			put(t, dir, name, text)
			found++
		}
	}
	a, err := begun(t, dir, slog.New(slog.DiscardHandler))
	if err != nil || found != 3 || len(a.comparisons) != 1 || len(a.queries) != 1 || a.organisation.Now() == nil {
		t.Errorf("%d examples: %v", found, err)
	}
}

// The file beside the record is the organisation's first revision, and no more: a
// second start keeps to the record, and says where the file differs. What another
// program enters is seen without a start.
func TestTheOrganisationOfTheRecord(t *testing.T) {
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	dir, ctx := t.TempDir(), context.Background()
	put(t, dir, organisationFile, north)
	store, err := sqldb.Open(ctx, filepath.Join(dir, "record.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	now := func() clock.Instant { return 1_772_000_000_000_000 }
	start := func(says string) *org.Keeper {
		t.Helper()
		said.Reset()
		k, err := organisationAt(ctx, store, dir, shanghai(t), now, log)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(said.String(), says) || says == "" && said.Len() > 0 {
			t.Errorf("said %q, want %q", &said, says)
		}
		return k
	}
	rank := func(k *org.Keeper) string {
		e := event.Event{Type: "A", Actor: event.Some("P1"), Time: event.Stamp{At: 1, Kind: event.Time}}
		stamped(k)(&e)
		return e.Get("actor_rank").Str
	}
	k := start("taken into the record")
	start("")
	captain := strings.Replace(north, "sergeant", "captain", 1)
	put(t, dir, organisationFile, captain)
	k2 := start("differs from the record")
	if rank(k) != "sergeant" || rank(k2) != "sergeant" {
		t.Errorf("by the record: %s, %s", rank(k), rank(k2))
	}
	d, err := OrganisationDraft(filepath.Join(dir, organisationFile))
	if err != nil {
		t.Fatal(err)
	}
	p, err := k2.Plan(ctx, org.Author{Account: "hr"}, d, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k2.Apply(ctx, org.Author{Account: "hr"}, p, "promotion order 7"); err != nil {
		t.Fatal(err)
	}
	if rank(k2) != "captain" || rank(k) != "sergeant" {
		t.Errorf("entered by one: %s, %s", rank(k2), rank(k))
	}
	refreshOrganisation(ctx, k, log)
	if rank(k) != "captain" || !strings.Contains(said.String(), "the organisation changed") {
		t.Errorf("seen by the other: %s; said %s", rank(k), &said)
	}
}

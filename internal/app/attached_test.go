package app

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/event"
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

// What stands beside the record is read at the start; what is wrong with it stops
// the start and says where.
func TestAttachments(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	none, err := attachments(t.TempDir(), shanghai(t), log)
	if err != nil || none.stamp() != nil || none.comparisons != nil || none.queries != nil {
		t.Errorf("an empty directory: %+v, %v", none, err)
	}
	for name, c := range map[string]struct{ text, want string }{
		organisationFile: {"units: [{id: a, parent: b}]", `unit "a" is under "b"`},
		queriesFile:      {"queries: [{name: a}]", "dsn is missing"},
		reconcileFile:    {"reconcile: [{name: a}]", "left is missing"},
	} {
		dir := t.TempDir()
		put(t, dir, name, c.text)
		if _, err := attachments(dir, shanghai(t), log); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, name)+":1:") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := t.TempDir()
	put(t, dir, organisationFile, north)
	put(t, dir, organisationBook, "x")
	if _, err := attachments(dir, shanghai(t), log); err == nil || !strings.Contains(err.Error(), "keep one of the two") {
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
	a, err := attachments(dir, shanghai(t), slog.New(slog.DiscardHandler))
	if err != nil || found != 3 || len(a.comparisons) != 1 || len(a.queries) != 1 || a.organisation == nil {
		t.Errorf("%d examples: %v", found, err)
	}
}

// The organisation is read anew when its file changes, and stays where the new one
// can't be read.
func TestTheOrganisationIsReadAnew(t *testing.T) {
	var said bytes.Buffer
	dir := t.TempDir()
	file := put(t, dir, organisationFile, north)
	a, err := attachments(dir, shanghai(t), slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	rank := func() string {
		e := event.Event{Type: "A", Actor: event.Some("P1"), Time: event.Stamp{At: 1, Kind: event.Time}}
		a.stamp()(&e)
		return e.Get("actor_rank").Str
	}
	for i, c := range []struct{ text, want, says string }{
		{north, "sergeant", ""}, {strings.Replace(north, "sergeant", "captain", 1), "captain", "the organisation was read"},
		{"units: [", "captain", "the one before stays in force"}, {strings.Replace(north, "sergeant", "major", 1), "major", "the organisation was read"},
	} {
		put(t, dir, organisationFile, c.text)
		at := time.Unix(int64(1000*i), 0)
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
		said.Reset()
		a.organisation.again()
		a.organisation.again() // once is enough
		if rank() != c.want || !strings.Contains(said.String(), c.says) || strings.Count(said.String(), "\n") > 1 {
			t.Errorf("%d: %s, want %s; said %s", i, rank(), c.want, &said)
		}
	}
}

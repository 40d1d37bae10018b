package event

import (
	"testing"
	"time"

	"plumbline/internal/clock"
)

// TestContentIDElsewhere: the id of an event that came without one is what
// another program makes of the same content (here Python: json.dumps with
// sorted names, without spaces and ASCII escapes, and sha256), also where
// encoding/json would escape for web pages.
func TestContentIDElsewhere(t *testing.T) {
	at := clock.Instant(time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC).UnixMicro())
	e := Event{Type: "Frist > 3 d", Time: Stamp{At: at, Kind: Time}, Actor: Opt{Value: "x & y", OK: true},
		Objects: []Object{{Type: "case", ID: "<A&B>"}},
		Attrs:   []Attr{{Name: "案\u2028", Value: Value{Kind: String, Str: `\u2028`}}}}
	if got, want := ContentID(&e), "94b7824f9cd0712fa582bde882495bab3aa86f6cb30164bb5e96629ec324380e"; got != want {
		t.Errorf("id %s, want %s", got, want)
	}
}

package csvlog

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

// What is written reads back as the same events.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, z := logtest.Draw(t, logtest.Shape{})
		var out bytes.Buffer
		lost, err := Write(&out, l)
		if err != nil || len(lost) > 0 {
			t.Fatal(err, lost)
		}
		b := event.NewBuilder(logtest.Options(z))
		if err := Read(strings.NewReader(out.String()), b, eventio.Read{File: "log.csv"}); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		back, err := b.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if d := logtest.Difference(l, back); d != "" {
			t.Fatalf("%s\n%s", d, out.String())
		}
	})
}

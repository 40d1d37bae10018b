package jsonl

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

// What is written is JSON, and reads back as the same events: a line each, and
// as an array.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, z := logtest.Draw(t, logtest.Shape{Sources: true, Manifold: true, EmptyTexts: true, AnyLists: true, Spaced: true})
		var out bytes.Buffer
		lost, err := Write(&out, l)
		if err != nil || len(lost) > 0 {
			t.Fatal(err, lost)
		}
		if l.Events() == 0 {
			return
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		for _, line := range lines {
			if !json.Valid([]byte(line)) {
				t.Fatalf("not JSON: %s", line)
			}
		}
		for _, text := range []string{out.String(), "[\n" + strings.Join(lines, ",\n") + "]\n"} {
			b := event.NewBuilder(logtest.Options(z))
			if err := Read(strings.NewReader(text), b, eventio.Read{File: "log.jsonl"}); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			back, err := b.Finish()
			if err != nil {
				t.Fatal(err)
			}
			if d := logtest.Difference(l, back); d != "" {
				t.Fatalf("%s\n%s", d, text)
			}
		}
	})
}

package app_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"plumbline/internal/app"
	"plumbline/internal/errs"
)

// A gzip file that was cut off is told as one, in both languages and once,
// whatever is in it.
func TestCutGzipIsToldAsOne(t *testing.T) {
	var csv, jsonl, objects, events strings.Builder
	csv.WriteString("case,activity,time\n")
	for i := range 20_000 {
		fmt.Fprintf(&csv, "c%d,A,2026-03-01T09:00:00Z\n", i*i)
		fmt.Fprintf(&jsonl, `{"type":"A","time":"2026-03-01T09:00:00Z","objects":[{"type":"case","id":"c%d"}]}`+"\n", i*i)
		fmt.Fprintf(&objects, `{"id":"c%d","type":"case"},`+"\n", i*i)
		fmt.Fprintf(&events, `<event id="e%d" type="A" time="2026-03-01T09:00:00Z"/>`+"\n", i*i)
	}
	for name, text := range map[string]string{
		"cut.csv.gz": csv.String(), "cut.jsonl.gz": jsonl.String(),
		"cut.jsonocel.gz": `{"objects":[` + objects.String(), "cut.xmlocel.gz": `<log><events>` + events.String(),
	} {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := app.Open(app.Source{Files: []string{file(t, name, packed.String()[:packed.Len()/2])}})
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		en, zh := errs.In(err, errs.En), errs.In(err, errs.Zh)
		if strings.Count(en, name) != 1 || !strings.Contains(en, "(gzip) ends early or is damaged; copy it again") || !strings.Contains(zh, "压缩文件（gzip）不完整或已损坏；请从来源重新完整复制") {
			t.Errorf("%s:\n%s\n%s", name, en, zh)
		}
	}
}

package xes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"go.uber.org/goleak"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// repeat gives out a text again and again, after a beginning, up to n bytes.
type repeat struct {
	head, body string
	at, n      int
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.n <= 0 {
		return 0, io.EOF
	}
	k := 0
	if r.head != "" {
		k = copy(p, r.head)
		r.head = r.head[k:]
	} else {
		for k < len(p) {
			c := copy(p[k:], r.body[r.at:])
			k += c
			if r.at += c; r.at == len(r.body) {
				r.at = 0
			}
		}
	}
	r.n -= k
	return k, nil
}

// TestBombs: files made to exhaust the reader are refused, and the memory
// that they take is bounded, whatever their size. The limits are lower here than
// in Read, for the sake of time.
func TestBombs(t *testing.T) {
	const tenGB = 10 << 30
	for _, c := range []struct {
		name       string
		head, body string
		want       string
	}{
		{"10 GB of one line without a tag", "<log>", "a", "more than 1 MB without a complete element"},
		{"10 GB of blanks", "<log>", " ", "more than 1 MB without a complete element"},
		{"10 GB of a value", `<log><string key="`, "a", "more than 1 MB without a complete element"},
		{"10 GB of a value with entities", `<log><string key="`, "&amp;", "more than 1 MB without a complete element"},
		{"10 GB of a name", "<log><", "a", "more than 1 MB without a complete element"},
		{"10 GB of a comment", "<log><!--", " - ", "more than 1 MB without a complete element"},
		{"10 GB of an instruction", "<log><?x ", "?", "more than 1 MB without a complete element"},
		{"10 GB of CDATA", "<log><![CDATA[", "]]", "more than 1 MB without a complete element"},
		{"10 GB of a document type", "<!DOCTYPE log [", "<!-- -->", "more than 1 MB without a complete element"},
		{"10 GB of a tag's blanks", "<log ", "\n", "more than 1 MB without a complete element"},
		{"elements in each other for ever", "<log><trace><event>", `<list key="a">`, "more than 128 elements inside each other"},
		{"strings in each other for ever", "<log><trace><event>", `<string key="a" value="b">`, "more than 128 elements inside each other"},
		{"XML attributes for ever", "<log ", "a='1' ", "the attribute a stands twice"},
		{"other XML attributes for ever", "<log ", manyNames(100), "more than 64 XML attributes"},
		{"events before the trace's name for ever", "<log><trace>", "<event>" + typed + dated + "</event>", "a trace with more than 2 MB of events before its name"},
		{"an element of other bytes", "<log>", "\x00", "more than 1 MB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "UTC")})
			src := &repeat{head: c.head, body: c.body, n: tenGB}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f := newFeed(src, nil)
			x := newReader(b, eventio.Read{})
			x.trace.early.most = 2 << 20
			err := x.log(&scanner{feed: f, hold: -1, most: 1 << 20})
			f.close()
			runtime.ReadMemStats(&after)
			var e *errs.Error
			if !errors.As(err, &e) || !strings.Contains(e.Error(), c.want) {
				t.Fatalf("%v\nwant %s", err, c.want)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
				t.Errorf("%d MB allocated", grown>>20)
			}
		})
	}
}

func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("a" + strings.Repeat("b", i) + "='1' ")
	}
	return b.String()
}

func TestManyNames(t *testing.T) {
	var doc strings.Builder
	for i := range maxNames + 2 {
		fmt.Fprintf(&doc, `<event>%s%s<int key="n%d" value="1"/></event>`, typed, dated, i)
	}
	if _, err := readText(t, in(doc.String()), eventio.Read{}); err == nil || errs.CodeOf(err) != errs.Limit {
		t.Errorf("%v", err)
	}
}

func TestGzip(t *testing.T) {
	packed := pack(t, strings.NewReader(in(whole)))
	b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "UTC")})
	seen := int64(0)
	if err := Read(bytes.NewReader(packed), b, eventio.Read{Progress: func(n int64) { seen = n }}); err != nil {
		t.Fatal(err)
	}
	if b.Log().Rows() != 1 || seen != int64(len(packed)) {
		t.Errorf("%d rows, progress %d of %d", b.Log().Rows(), seen, len(packed))
	}
	read := func(p []byte) error {
		return Read(bytes.NewReader(p), event.NewBuilder(event.Options{Zone: logtest.Zone(t, "UTC")}), eventio.Read{File: "l.xes.gz"})
	}
	for n := range packed {
		if err := read(packed[:n]); errs.CodeOf(err) != errs.Input {
			t.Fatalf("cut after %d bytes: %v", n, err)
		}
	}
	damaged := bytes.Clone(packed)
	damaged[len(damaged)-5] ^= 1
	if err := read(damaged); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("damaged: %v", err)
	}
	if err := read(pack(t, strings.NewReader("PK\x03\x04"))); err == nil || !strings.Contains(err.Error(), "zip archive") {
		t.Errorf("a zip in a gzip: %v", err)
	}
	member := pack(t, strings.NewReader("<!-- "+strings.Repeat(" ", 1<<20)+" -->"))
	bomb := append(pack(t, strings.NewReader("<log>")), bytes.Repeat(member, 100)...)
	if err := read(bomb); errs.CodeOf(err) != errs.Limit || !strings.Contains(err.Error(), "unpacks to more than 250 times its size") {
		t.Errorf("a gzip bomb: %v", err)
	}
}

func pack(t testing.TB, r io.Reader) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(z, r); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

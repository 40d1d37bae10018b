package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/ledger"
	"plumbline/internal/seal"
	"plumbline/internal/seal/sealtest"
)

// sealedLeaf is a proof of the only leaf of a log, and the log's key.
func sealedLeaf(t *testing.T, body string) (proof, key string) {
	t.Helper()
	l := sealtest.New(t)
	p, _ := l.Finding("f1", now, body)
	return string(p.Format()), l.Public
}

func TestProofs(t *testing.T) {
	s := newSite(t)
	proof, key := sealedLeaf(t, `{"finding":"f1","name":"`+"<b>"+`"}`)
	_, other := sealedLeaf(t, "x")
	s.keys = []string{key}
	check := func(text, keys string) (int, string) {
		w := s.send("/verify", url.Values{"text": {text}, "keys": {keys}})
		return w.Code, w.Body.String()
	}
	for _, c := range []struct {
		what, text, keys string
		status           int
		says             string
	}{
		{"as it is", proof, "", http.StatusOK, "The proof holds: finding f1"},
		{"pasted in Windows", strings.ReplaceAll(proof, "\n", "\r\n"), "", http.StatusOK, "The proof holds"},
		{"by its key", proof, key, http.StatusOK, "Held against the keys that you gave"},
		{"by another log's key", proof, other, http.StatusUnprocessableEntity, "note-red"},
		{"changed", strings.Replace(proof, "index 0", "index 1", 1), "", http.StatusUnprocessableEntity, "note-red"},
		{"no proof", "hello", "", http.StatusUnprocessableEntity, "this is no proof"},
		{"nothing", "", "", http.StatusUnprocessableEntity, "this is no proof"},
		{"no key", proof, "hello", http.StatusUnprocessableEntity, "is no key of a log"},
	} {
		status, page := check(c.text, c.keys)
		if status != c.status || !strings.Contains(page, c.says) || strings.Contains(page, `name":"<b>`) {
			t.Errorf("%s: %d, want %d and %q", c.what, status, c.status, c.says)
		}
	}
	s.proof = proof
	if w := s.get("/findings/f1/proof", "en"); w.Body.String() != proof || !strings.Contains(w.Header().Get("Content-Disposition"), "finding-f1.tlog-proof") {
		t.Errorf("a proof: %d %v", w.Code, w.Header())
	}
	if w := s.get("/findings/f4/proof", "en"); w.Code != http.StatusNotFound {
		t.Errorf("what was never sealed: %d", w.Code)
	}
	w := s.do(httptest.NewRequest(http.MethodGet, "/verify", nil))
	if w.Code != http.StatusOK || strings.Contains(w.Body.String(), `class="nav"`) {
		t.Errorf("to everybody: %d", w.Code)
	}
	if page := s.get("/findings", "en").Body.String(); !strings.Contains(page, "No witness outside the agency vouches") {
		t.Error("a page doesn't say that nobody vouches for the seal")
	}
}

// Whoever sends a proof of a log that can't be gets an answer, and takes no core for good.
func TestProofOfALogTooLong(t *testing.T) {
	s := newSite(t)
	l := sealtest.New(t)
	checkpoint := l.Sign(1<<63-1, seal.Hash{})
	s.keys = []string{l.Public}
	for n, want := range map[int]string{40: "is more leaves than a log can have", 63: "this is no proof"} {
		p := seal.Proof{Path: make([]seal.Hash, n), Checkpoint: checkpoint, Opening: seal.Opening{Kind: "finding", Ref: "f1", Salt: make([]byte, 16)}}
		done := make(chan *httptest.ResponseRecorder, 1)
		go func() { done <- s.send("/verify", url.Values{"text": {string(p.Format())}, "keys": {l.Public}}) }()
		select {
		case w := <-done:
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		case <-time.After(20 * time.Second): // a loop without an end; else it takes milliseconds
			t.Fatal("no answer")
		}
	}
}

// What somebody did, and a file of it, is proven by itself, to who may read all of it.
func TestProofsOfMovesAndFiles(t *testing.T) {
	s := newSite(t)
	page := s.get("/findings/f1", "en").Body.String()
	hash := strings.Repeat("ab", 32)
	for _, want := range []string{`href="/findings/f1/moves/2/proof"`, `href="/findings/f1/files/` + hash + `/proof"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	lay := newSite(t, access.Lay)
	if page := lay.get("/findings/f1", "en").Body.String(); strings.Contains(page, "/proof") {
		t.Error("a lay supervisor is offered a proof")
	}
	for path, want := range map[string]string{"moves/2/proof": "move 2 of f1", "files/ab/proof": "file ab", "moves/4/proof": "", "moves/x/proof": "", "files/cd/proof": ""} {
		w := s.get("/findings/f1/"+path, "en")
		if want == "" && w.Code != http.StatusNotFound || want != "" && (w.Body.String() != want || !strings.Contains(w.Header().Get("Content-Disposition"), "attachment")) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if w := lay.get("/findings/f1/"+path, "en"); want != "" && w.Code != http.StatusForbidden {
			t.Errorf("%s of a lay supervisor: %d", path, w.Code)
		}
	}
	m := &s.moves["f1"][1]
	for conflict, status := range map[string]int{"P8": http.StatusOK, "P9": http.StatusNotFound} { // what it links isn't for everybody
		s.who.Conflicts, s.findings[2].Actor = []string{conflict}, "P9"
		m.Kind, m.Link, m.LinkAs = ledger.Link, "f3", "related"
		if w := s.get("/findings/f1/moves/2/proof", "en"); w.Code != status {
			t.Errorf("a conflict with %s: %d, want %d", conflict, w.Code, status)
		}
		if shown := strings.Contains(s.get("/findings/f1", "en").Body.String(), "/findings/f1/moves/2/proof"); shown != (status == http.StatusOK) {
			t.Errorf("a conflict with %s: the page offers the proof: %v", conflict, shown)
		}
	}
}

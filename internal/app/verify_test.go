package app

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/seal"
	"plumbline/internal/seal/sealtest"
)

// oneLeaf is a log of one leaf, with its proof and files.
func oneLeaf(t *testing.T) (l *sealtest.Log, files map[string]string, proof *seal.Proof) {
	t.Helper()
	l = sealtest.New(t)
	proof, entry := l.Finding("f1", 9, `{"finding":"f1"}`)
	leaf := seal.LeafHash(entry)
	return l, map[string]string{"checkpoint": string(proof.Checkpoint), "key": l.Public + "\n", "tile/0/000.p/1": string(leaf[:]), "tile/entries/000.p/1": string(seal.Bundle([][]byte{entry}))}, proof
}

// damages are ways in which a file comes to harm.
func damages(text string) map[string]string {
	out := map[string]string{
		"empty": "", "one byte": text[:1], "half": text[:len(text)/2], "without its end": text[:len(text)-1], "without its beginning": text[1:], "twice": text + text, "zeroes": strings.Repeat("\x00", len(text)),
		"zeroes behind": text + "\x00\x00", "a line more": text + "x\n", "Windows's lines": strings.ReplaceAll(text, "\n", "\r\n"), "spaces in front": "  " + text, "a page": "<!doctype html><title>502</title>", "large": strings.Repeat(text, 1+(2<<20)/len(text)),
	}
	for i := 0; i < len(text); i += 1 + len(text)/40 {
		b := []byte(text)
		b[i] ^= 5
		out[fmt.Sprintf("byte %d", i)] = string(b)
	}
	return out
}

// What is damaged doesn't match or can't be read, and is never a fault of the program.
func TestVerifyDamaged(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	_, files, proof := oneLeaf(t)
	look := func(name, what string, good bool) {
		t.Helper()
		_, err := Verify(ctx, VerifyOptions{What: what})
		if err != nil && (good || errs.CodeOf(err) == errs.Internal) { // what stands behind all that is read does no harm
			t.Errorf("%s: %v", name, err)
		}
	}
	file := filepath.Join(dir, "p.tlog-proof")
	put := func(name, text string) {
		must(t, os.MkdirAll(filepath.Dir(name), 0o700))
		must(t, os.WriteFile(name, []byte(text), 0o600))
	}
	put(file, string(proof.Format()))
	look("a proof", file, true)
	for how, text := range damages(string(proof.Format())) {
		put(file, text)
		if _, err := Verify(ctx, VerifyOptions{What: file}); err == nil || errs.CodeOf(err) == errs.Internal {
			t.Errorf("a proof, %s: %v", how, err)
		}
	}
	for i, whole := 0, proof.Format(); i < len(whole)*8; i++ { // no bit of it says nothing
		b := bytes.Clone(whole)
		b[i/8] ^= 1 << (i % 8)
		put(file, string(b))
		if _, err := Verify(ctx, VerifyOptions{What: file}); err == nil || errs.CodeOf(err) == errs.Internal {
			t.Errorf("a proof, bit %d of byte %d: %v", i%8, i/8, err)
		}
	}
	now := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, is := now[strings.TrimPrefix(r.URL.Path, "/log/")]
		switch {
		case !is:
			http.NotFound(w, r)
		case text == "broken":
			w.Header().Set("Content-Length", "500")
			_, _ = w.Write([]byte("x"))
		case text == "fault":
			http.Error(w, strings.Repeat("x", 1<<20), http.StatusInternalServerError)
		default:
			_, _ = w.Write([]byte(text))
		}
	}))
	defer server.Close()
	set := func(at, text string) string {
		folder := filepath.Join(t.TempDir(), "log")
		for path, whole := range files {
			if path == at {
				whole = text
			}
			now[path] = whole
			put(filepath.Join(folder, path), whole)
		}
		return folder
	}
	folder := set("", "")
	look("a URL", server.URL, true)
	look("a folder", folder, true)
	for path, whole := range files {
		bad := damages(whole)
		bad["cut on the way"], bad["a fault of the server"] = "broken", "fault"
		for how, text := range bad {
			folder := set(path, text)
			look(path+" by URL, "+how, server.URL, false)
			look(path+" in a folder, "+how, folder, false)
		}
		folder := set("", "")
		must(t, os.Remove(filepath.Join(folder, path)))
		look("no "+path, folder, false)
		must(t, os.Mkdir(filepath.Join(folder, path), 0o700))
		look(path+" is a folder", folder, false)
	}
}

// --older is never passed over.
func TestVerifyProofAgainstOlder(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	l, files, proof := oneLeaf(t)
	put := func(name, text string) string {
		name = filepath.Join(dir, name)
		must(t, os.WriteFile(name, []byte(text), 0o600))
		return name
	}
	file := put("p.tlog-proof", string(proof.Format()))
	for name, c := range map[string]struct {
		text string
		code errs.Code
		want string
	}{
		"same": {files["checkpoint"], 0, ""}, "fork": {string(l.Sign(1, seal.Hash{})), errs.Input, "there are two logs"}, "longer": {string(l.Sign(2, seal.Hash{})), errs.Usage, "verify the log"}, "garbage": {"garbage", errs.Input, "older checkpoint: this is no checkpoint"},
	} {
		_, err := Verify(ctx, VerifyOptions{What: file, Older: []string{put(name, c.text)}})
		if c.want == "" && err != nil || c.want != "" && (err == nil || errs.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

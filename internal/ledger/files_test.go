package ledger

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func zipOf(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := z.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What a file is follows from its content alone.
func TestTypeOf(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte("整改报告"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		body []byte
		want string
	}{
		{"a PDF", []byte("%PDF-1.7\n…"), typePDF}, {"a picture", []byte("\x89PNG\r\n\x1a\n…"), typePNG}, {"a photograph", []byte("\xff\xd8\xff\xe0…"), typeJPEG},
		{"a film", []byte("\x00\x00\x00\x18ftypmp42…."), typeMP4}, {"a workbook", zipOf(t, "[Content_Types].xml", "xl/workbook.xml"), typeXLSX},
		{"a letter", zipOf(t, "[Content_Types].xml", "word/document.xml"), typeDOCX}, {"an OFD", zipOf(t, "OFD.xml"), typeOFD},
		{"a workbook with macros", zipOf(t, "xl/workbook.xml", "xl/vbaProject.bin"), ""}, {"any archive", zipOf(t, "a.exe"), ""}, {"half an archive", zipOf(t, "OFD.xml")[:20], ""},
		{"text", []byte("整改报告\n"), typeText}, {"text in GB 18030", gb, typeText}, {"a page", []byte(" <!DOCTYPE html><script>"), ""},
		{"a drawing that runs", []byte("<svg onload=x>"), ""}, {"a program", []byte("\x7fELF\x02\x01"), ""}, {"nothing", nil, ""},
	} {
		if got := typeOf(c.body); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// A file is kept once under its hash, is evidence of the item that it was attached
// to, and isn't given out once it was changed.
func TestFiles(t *testing.T) {
	c := begin(t, organisation(t, bureau), "")
	c.must(person("inspector"), Assign, Content{Owner: "lake-head"})
	attach := func(name, body string) (*File, error) {
		_, f, err := c.l.Attach(context.Background(), person("lake-head"), "f1", c.m.item.Version, name, "", strings.NewReader(body))
		return f, err
	}
	f, err := attach(`C:\scans\receipt.pdf`, "%PDF-1.7 receipt")
	if err != nil {
		t.Fatal(err)
	}
	if f.Name != "receipt.pdf" || f.Type != typePDF || f.Size != 16 {
		t.Errorf("kept as %+v", f)
	}
	for _, bad := range []struct{ name, body string }{{"..", "text"}, {"a\nb", "text"}, {"x.pdf", "\x7fELF"}, {"long.txt", strings.Repeat("a", maxFile+1)}} {
		if _, err := attach(bad.name, bad.body); err == nil {
			t.Errorf("%q was kept", bad.name)
		}
	}
	if f2, err := attach("again.pdf", "%PDF-1.7 receipt"); err != nil || f2.Hash != f.Hash {
		t.Errorf("the same again: %+v, %v", f2, err)
	}
	if f3, err := attach("tool.exe", "only words"); err != nil || f3.Name != "tool.exe.txt" {
		t.Errorf("words under another name: %+v, %v", f3, err)
	}
	say := answer
	say.NoFiles, say.Evidence = "", []string{strings.Repeat("0", 64)}
	if err := c.move(person("lake-head"), Claim, say); err == nil {
		t.Error("evidence that the item doesn't have")
	}
	say.Evidence = []string{f.Hash}
	c.must(person("lake-head"), Claim, say)

	got, body, err := c.l.File(context.Background(), "f1", f.Hash)
	if err != nil || string(body) != "%PDF-1.7 receipt" || got.Hash != f.Hash {
		t.Fatalf("read again: %q, %v", body, err)
	}
	if none, _, err := c.l.File(context.Background(), "f1", strings.Repeat("0", 64)); none != nil || err != nil {
		t.Errorf("another hash: %v, %v", none, err)
	}
	if err := os.WriteFile(c.l.opt.Files.path(f.Hash), []byte("%PDF-1.7 altered"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.l.File(context.Background(), "f1", f.Hash); err == nil {
		t.Error("a file that was altered was given out")
	}
}

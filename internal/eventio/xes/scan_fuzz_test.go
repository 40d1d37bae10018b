package xes

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

// FuzzScanner holds the scanner against encoding/xml: the same tags with the
// same attributes, or both refuse at the same tag. Where they differ on
// purpose:
//
//   - an element's attributes are unique, there is one root, and no text stands
//     outside of it (XML 1.0, of which encoding/xml checks none);
//   - a document type that declares entities, too deep elements and too many
//     attributes are refused;
//   - a number that is a surrogate is no character; encoding/xml reads U+FFFD;
//   - a line break or tab in a value is a blank (XML 1.0 §3.3.3); encoding/xml
//     keeps it;
//   - letters beyond ASCII in names are all taken; UTF-8 written utf8, and
//     ASCII, are taken as the encoding.
func FuzzScanner(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		if len(doc) > 1<<16 || foreign(doc) != nil || bytes.HasPrefix(doc, []byte("\xef\xbb\xbf")) || bytes.HasPrefix(doc, []byte{0x1f, 0x8b}) {
			return // what is settled before the scanner
		}
		ours, errOurs := scanAll(doc)
		theirs, errTheirs := decodeAll(doc)
		if onPurpose(errOurs) {
			theirs = theirs[:min(len(ours), len(theirs))]
		} else if wideName(doc) && errTheirs != nil && strings.Contains(errTheirs.Error(), "name") {
			ours = ours[:min(len(ours), len(theirs))]
		} else if (errOurs == nil) != (errTheirs == nil) {
			t.Fatalf("ours: %v\nencoding/xml: %v\n%q", errOurs, errTheirs, doc)
		}
		if strings.Join(ours, "\n") != strings.Join(theirs, "\n") {
			t.Fatalf("ours\n%s\n%v\nencoding/xml\n%s\n%v", strings.Join(ours, "\n"), errOurs, strings.Join(theirs, "\n"), errTheirs)
		}
	})
}

// seeds are the small documents of testdata.
func seeds(f *testing.F) {
	files, err := filepath.Glob("testdata/*.xes")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range files {
		doc, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
}

// onPurpose says that ours refused what encoding/xml takes, as listed above.
func onPurpose(err error) bool {
	if err == nil {
		return false
	}
	for _, s := range []string{"stands twice in one element", "after the end of the document", "this is not XML", "before any element",
		"outside of the document", "declares entities", "inside each other", "XML attributes", "&#"} {
		if strings.Contains(err.Error(), s) {
			return true
		}
	}
	return false
}

// wideName says whether a byte beyond ASCII could be part of a name.
func wideName(doc []byte) bool {
	return bytes.ContainsFunc(doc, func(r rune) bool { return r >= 0x80 })
}

func scanAll(doc []byte) (tags []string, err error) {
	s := &scanner{w: doc, hold: -1, most: maxToken}
	for {
		if err := s.next(); err != nil {
			return tags, err
		}
		if s.tok == tokEOF {
			return tags, nil
		}
		if s.tok == tokEnd {
			tags = append(tags, "end")
			continue
		}
		attrs := s.attrs
		if len(attrs) == 0 && s.key != nil {
			attrs = []xmlAttr{{[]byte("key"), s.key}, {[]byte("value"), s.value}}
		}
		local, _ := localName(s.name)
		tag := "start " + string(local)
		for _, a := range attrs {
			local, _ := localName(a.name)
			tag += fmt.Sprintf(" %s=%q", local, blanks(string(a.value)))
		}
		tags = append(tags, tag)
		if s.tok == tokEmpty {
			tags = append(tags, "end")
		}
	}
}

func blanks(s string) string { return strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(s) }

func decodeAll(doc []byte) (tags []string, err error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	d.CharsetReader = func(name string, r io.Reader) (io.Reader, error) {
		switch strings.ToLower(name) {
		case "utf8", "us-ascii", "ascii":
			return r, nil
		}
		return nil, errors.New("another encoding")
	}
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return tags, nil
		}
		if err != nil {
			return tags, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			tag := "start " + tok.Name.Local
			for _, a := range tok.Attr {
				tag += fmt.Sprintf(" %s=%q", a.Name.Local, blanks(a.Value))
			}
			tags = append(tags, tag)
		case xml.EndElement:
			tags = append(tags, "end")
		}
	}
}

// FuzzRead: whatever the bytes, a log or an error in two languages.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Rome")})
		err := Read(bytes.NewReader(doc), b, eventio.Read{File: "l.xes", Bad: &eventio.Bad{Allowed: 3}})
		if e := (*errs.Error)(nil); err != nil && (!errors.As(err, &e) || e.What.Zh == "" || e.Code == errs.Internal) {
			t.Fatalf("%v", err)
		}
		l := b.Log()
		for r := range uint32(l.Rows()) {
			l.Event(r)
		}
	})
}

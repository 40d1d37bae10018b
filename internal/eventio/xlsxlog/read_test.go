package xlsxlog

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

func builder() *event.Builder {
	z, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return event.NewBuilder(event.Options{Zone: z, Schema: map[string]event.Kind{"amount": event.Number, "due": event.Time, "ok": event.Bool}})
}

func read(t testing.TB, book []byte, m eventio.Mapping, bad *eventio.Bad) (*event.Log, error) {
	t.Helper()
	b := builder()
	if err := Read(bytes.NewReader(book), int64(len(book)), b, eventio.Read{File: "log.xlsx", Map: m, Bad: bad}); err != nil {
		return nil, err
	}
	return b.Finish()
}

// say is the events of a log in their order.
func say(l *event.Log) string {
	var b strings.Builder
	for _, e := range logtest.Events(l) {
		fmt.Fprintf(&b, "%s %s %s", event.Value{Kind: e.Time.Kind, At: e.Time.At}.Text(l.Zone), e.Type, e.Objects[0].ID)
		if e.Actor.OK {
			fmt.Fprintf(&b, " by %s", e.Actor.Value)
		}
		for _, a := range append(e.Objects[0].Attrs, e.Attrs...) {
			fmt.Fprintf(&b, " %s=%v(%s)", a.Name, a.Value.Kind, a.Value.Text(l.Zone))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// parts makes a workbook by hand.
func parts(t testing.TB, sheet string, more ...string) []byte {
	t.Helper()
	const rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	content := []string{
		"_rels/.rels", `<Relationships><Relationship Id="r1" Type="` + rel + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<?xml version="1.0"?><workbook xmlns:r="x"><sheets><sheet name="s" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="` + rel + `worksheet" Target="/xl/s.xml"/><Relationship Id="r2" Type="` + rel + `sharedStrings" Target="t.xml"/></Relationships>`,
		"xl/s.xml", sheet,
	}
	if len(more) == 0 {
		more = []string{"xl/t.xml", `<sst><si><t>case</t><rPh><t>no</t></rPh></si></sst>`}
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for content = append(content, more...); len(content) > 0; content = content[2:] {
		w, err := z.Create(content[0])
		must(t, err)
		_, err = io.WriteString(w, content[1])
		must(t, err)
	}
	must(t, z.Close())
	return out.Bytes()
}

func row(cells ...string) string { return "<row>" + strings.Join(cells, "") + "</row>" }

func inline(s string) string { return `<c t="inlineStr"><is><t>` + s + `</t></is></c>` }

func sheet(rows ...string) string {
	return "<worksheet><sheetData>" + strings.Join(rows, "") + "</sheetData></worksheet>"
}

var good = row(inline("A"), inline("x"), inline("2026-03-01"))

func header() string { return row(`<c t="s"><v>0</v></c>`, inline("activity"), inline("time")) }

func TestCells(t *testing.T) {
	l, err := read(t, parts(t, sheet(header(), good, row(inline("&lt;B&#x6848;_x000D_&gt;"), `<c r="C3" t="d"><f>NOW()</f><v>2026-03-02T00:00:00</v></c>`, `<c r="B3" t="str"><v>y</v></c>`, `<c r="D3" t="e"><v>#N/A</v></c>`))), nil, nil)
	must(t, err)
	if got, want := say(l), "2026-03-01 x A\n2026-03-02T00:00:00+08:00 y <B案\r>\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRefused(t *testing.T) {
	whole := parts(t, sheet(header(), good))
	for _, c := range []struct {
		name string
		book []byte
		code errs.Code
		want []string
	}{
		{"not a book", []byte("case,activity"), errs.Input, []string{"log.xlsx: not a workbook"}},
		{"empty", nil, errs.Input, []string{"not a workbook"}},
		{"an old one", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), errs.Input, []string{".xls", "password"}},
		{"cut off", whole[:len(whole)-40], errs.Input, []string{"ends early"}},
		{"another ZIP", func() []byte {
			var out bytes.Buffer
			z := zip.NewWriter(&out)
			must(t, z.Close())
			return out.Bytes()
		}(), errs.Input, []string{"lacks its part"}},
		{"an empty sheet", parts(t, sheet()), errs.Input, []string{"log.xlsx[s]", "empty"}},
		{"a sheet cut off", parts(t, "<worksheet><sheetData>"+header()+good), errs.Input, []string{"can't be read"}},
		{"no sheet data", parts(t, "<worksheet></worksheet>"), errs.Input, []string{"can't be read"}},
		{"nothing recognised", parts(t, sheet(row(inline("a"), inline("b")), good)), errs.Input, []string{"log.xlsx[s]: row 1", `"a", "b"`, "--map case=COLUMN"}},
		{"a header without rows that isn't one", parts(t, sheet(row(inline("a")))), errs.Input, []string{"log.xlsx[s]: row 1"}},
		{"not a time", parts(t, sheet(header(), good, row(inline("A"), inline("x"), inline("soon")))), errs.Input, []string{"log.xlsx[s]: row 3", `"soon" is not a time`}},
		{"the day that never was", parts(t, sheet(header(), row(inline("A"), inline("x"), inline("1900-02-29")))), errs.Input, []string{"row 2", "not a time"}},
		{"cells beyond the header", parts(t, sheet(header(), row(inline("A"), inline("x"), inline("2026-03-01"), inline("y")))), errs.Input, []string{"row 2", "beyond the header's 3"}},
		{"a shared text that isn't there", parts(t, sheet(header(), row(`<c t="s"><v>7</v></c>`))), errs.Input, []string{"xl/s.xml", "shared text"}},
		{"a number that is none", parts(t, sheet(header(), row(`<c><v>7x</v></c>`))), errs.Input, []string{"7x"}},
		{"an entity", parts(t, `<!DOCTYPE x [<!ENTITY a "aaaa">]>`+sheet(header())), errs.Input, []string{"<!"}},
		{"a comment", parts(t, sheet(header(), "<!-- x -->")), errs.Input, []string{"<!"}},
		{"nesting", parts(t, strings.Repeat("<a>", 100_000)), errs.Limit, []string{"deeper"}},
		{"a cell without end", parts(t, sheet(header(), row(inline(strings.Repeat("x", 2<<20))))), errs.Limit, []string{"one cell"}},
		{"many runs in a cell", parts(t, sheet(header(), row(`<c t="inlineStr"><is>`+strings.Repeat("<t>xxxxxxxxxxxxxxxx</t>", 100_000)+`</is></c>`))), errs.Limit, []string{"one cell"}},
		{"a column far out", parts(t, sheet(header(), row(`<c r="ZZZ1"><v>1</v></c>`))), errs.Limit, []string{"columns"}},
		{"a ZIP bomb", parts(t, sheet(header(), good, strings.Repeat(" ", 64<<20))), errs.Limit, []string{"64 MB"}},
	} {
		_, err := read(t, c.book, nil, nil)
		logtest.Refused(t, c.name, err, c.code, c.want...)
	}
}

func TestBadRowsAreSetAside(t *testing.T) {
	bad := &eventio.Bad{Allowed: 1}
	l, err := read(t, parts(t, sheet(header(), good, row(inline("A"), inline("x")), good)), nil, bad)
	must(t, err)
	if l.Rows() != 2 || len(bad.Rows) != 1 || bad.Rows[0].Err.Place.Row != 3 || bad.Rows[0].Raw != "A\tx\t" {
		t.Errorf("%d rows, %+v", l.Rows(), bad.Rows)
	}
}

// More rows than one batch, and than the sample, come in their order.
func TestManyRows(t *testing.T) {
	const n = 25_000
	rows := []string{header()}
	for i := range n {
		rows = append(rows, row(inline(fmt.Sprint("C", i)), inline("x"), inline("2026-03-01")))
	}
	l, err := read(t, parts(t, sheet(rows...)), nil, nil)
	must(t, err)
	if l.Rows() != n || l.Event(n - 1).Objects[0].ID != fmt.Sprint("C", n-1) || l.Event(sampleRows).Objects[0].ID != fmt.Sprint("C", sampleRows) {
		t.Errorf("%d rows, %+v", l.Rows(), l.Event(n-1))
	}
}

// The XML of a sheet, whatever it is, is read or refused.
func FuzzSheet(f *testing.F) {
	f.Add(sheet(header(), good))
	f.Add(sheet(header(), row(`<c r="A2" s="1"><v>46082</v></c>`, `<c t="b"><v>1</v></c>`, `<c t="e"/>`)))
	f.Add("<worksheet><row><c><is><rPh><t>")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := read(t, parts(t, s), nil, &eventio.Bad{Allowed: 3}); err != nil && errs.CodeOf(err) == errs.Internal {
			t.Fatal(err)
		}
	})
}

// A workbook, whatever its bytes, is read or refused.
func FuzzRead(f *testing.F) {
	f.Add(parts(f, sheet(header(), good)))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := read(t, b, nil, &eventio.Bad{Allowed: 3}); err != nil && errs.CodeOf(err) == errs.Internal {
			t.Fatal(err)
		}
	})
}

// A cell in the last column makes a row of 16,384 cells: a workbook of some
// kilobytes would fill all memory of whoever keeps its rows.
func TestRowsKeepsLittle(t *testing.T) {
	wide := row(`<c r="XFD1"><v>1</v></c>`)
	kept := 0
	book := parts(t, sheet(strings.Repeat(wide, 1000)))
	err := Rows(bytes.NewReader(book), int64(len(book)), "o.xlsx", func(_ string, _ int, cells []string) error {
		kept += len(cells) * 16
		return nil
	})
	if errs.CodeOf(err) != errs.Limit || kept > maxListed {
		t.Errorf("kept %d bytes of cells, then %v", kept, err)
	}
}

// What lies in other sheets isn't left out in silence, and where the first one
// is no log the others are named.
func TestOtherSheets(t *testing.T) {
	book := func(first ...any) []byte {
		return workbook(t, func(f *excelize.File) {
			for _, name := range []string{"二月", "空"} {
				_, err := f.NewSheet(name)
				must(t, err)
			}
			must(t, f.SetSheetRow("二月", "A1", &[]any{"case", "activity", "timestamp"}))
		}, first, []any{"A1", "受案", "2024-01-05"})
	}
	for _, m := range []eventio.Mapping{nil, {"sheet": "数据"}} {
		lost := eventio.Lost{}
		good := book("case", "activity", "timestamp")
		must(t, Read(bytes.NewReader(good), int64(len(good)), builder(), eventio.Read{File: "log.xlsx", Map: m, Lost: lost}))
		want := `1 × sheet "二月" of the workbook, since a file is read one sheet at a time: --map sheet=NAME`
		if m != nil {
			want = ""
		}
		if got := strings.Join(lost.Lines(errs.En), "\n"); got != want {
			t.Errorf("with %v not taken over: %s, want %s", m, got, want)
		}
	}
	_, err := read(t, book("封面", "", ""), nil, nil)
	if got := errs.In(err, errs.En); !strings.Contains(got, "if the log is in another sheet, name it: --map sheet=NAME (二月)") {
		t.Error(got)
	}
}

// Merged rows of title above the names of the columns aren't these.
func TestTitlesAboveTheHeader(t *testing.T) {
	title := row(inline("Hearings of 2026"))
	for _, c := range []struct {
		name string
		rows []string
		m    eventio.Mapping
	}{
		{"a title", []string{title, title, header(), good}, nil},
		{"rows that look like a table", []string{row(inline("made"), inline("by")), header(), good}, eventio.Mapping{"header": "2"}},
	} {
		l, err := read(t, parts(t, sheet(c.rows...)), c.m, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, want := say(l), "2026-03-01 x A\n"; got != want {
			t.Errorf("%s: %q, want %q", c.name, got, want)
		}
	}
	if _, err := read(t, parts(t, sheet(title, title)), nil, nil); err == nil || !strings.Contains(err.Error(), "row 1: no column is recognised") {
		t.Errorf("nothing but titles: %v", err)
	}
}

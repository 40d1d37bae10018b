package xlsxlog

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table"
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

// workbook is a book made by another library: rows of a sheet "数据" behind an
// empty hidden one.
func workbook(t testing.TB, change func(f *excelize.File), rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	_, err := f.NewSheet("数据")
	must(t, err)
	f.SetActiveSheet(1)
	must(t, f.SetSheetVisible("Sheet1", false))
	for i, row := range rows {
		must(t, f.SetSheetRow("数据", fmt.Sprintf("A%d", i+2), &row)) // the first row stays empty
	}
	if change != nil {
		change(f)
	}
	var out bytes.Buffer
	must(t, f.Write(&out))
	return out.Bytes()
}

func style(t testing.TB, f *excelize.File, cell string, s excelize.Style) {
	t.Helper()
	id, err := f.NewStyle(&s)
	must(t, err)
	must(t, f.SetCellStyle("数据", cell, cell, id))
}

func TestRead(t *testing.T) {
	day := "yyyy\"年\"m\"月\"d\"日\";@"
	zoned := `[$-409]m/d/yy h:mm AM/PM`
	book := workbook(t, func(f *excelize.File) {
		style(t, f, "C3", excelize.Style{NumFmt: 14})
		style(t, f, "C4", excelize.Style{CustomNumFmt: &day})
		style(t, f, "C5", excelize.Style{CustomNumFmt: &zoned})
		style(t, f, "E3", excelize.Style{NumFmt: 22})
		must(t, f.SetCellFormula("数据", "D3", "1+1"))
		must(t, f.SetCellRichText("数据", "B4", []excelize.RichTextRun{{Text: "立"}, {Text: "案"}}))
	},
		[]any{"案件编号", "活动", "时间", "amount", "due", "办案人", "ok"},
		[]any{"A1", "受案", 46082, 80.1, 46083.5, "张三", true},
		[]any{"A1", "x", 46082.375},
		[]any{20260001, "移送", 46083.000005787037},
		[]any{},
		[]any{"A1", "结案", "2026-03-05 10:00", "n/a"},
	)
	l, err := read(t, book, nil, nil)
	must(t, err)
	want := `2026-03-01 受案 A1 by 张三 amount=number(80.1) due=time(2026-03-02T12:00:00+08:00) ok=bool(true)
2026-03-01T09:00:00+08:00 立案 A1
2026-03-02T00:00:00.5+08:00 移送 20260001
2026-03-05T10:00:00+08:00 结案 A1
`
	if got := say(l); got != want {
		t.Errorf("%swant\n%s", got, want)
	}
	if c := l.Attr("amount"); c == nil || c.Mistyped != 1 {
		t.Errorf("amount: %+v", c)
	}
}

func TestSystemOf1904(t *testing.T) {
	yes := true
	book := workbook(t, func(f *excelize.File) {
		must(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
		style(t, f, "C3", excelize.Style{NumFmt: 14})
	}, []any{"case", "activity", "time"}, []any{"A", "x", 44620})
	l, err := read(t, book, nil, nil)
	must(t, err)
	if got, want := say(l), "2026-03-01 x A\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The days of the two systems, with the leap day of 1900 that never was.
func TestDateText(t *testing.T) {
	for _, c := range []struct {
		serial float64
		since  int
		style  dateStyle
		want   string
	}{
		{1, 1900, onlyDate, "1900-01-01"}, {59, 1900, onlyDate, "1900-02-28"}, {60, 1900, onlyDate, "1900-02-29"}, {61, 1900, onlyDate, "1900-03-01"},
		{0, 1904, onlyDate, "1904-01-01"}, {0.5, 1900, dateAndTime, ""}, {-1, 1904, onlyDate, ""}, {2958465, 1900, onlyDate, "9999-12-31"}, {2958466, 1900, onlyDate, ""},
		{45000.999999999, 1900, dateAndTime, "2023-03-16T00:00:00"}, {45000.75, 1900, onlyDate, "2023-03-15T18:00:00"}, {45000, 1900, dateAndTime, "2023-03-15T00:00:00"},
	} {
		if got, _ := dateText(c.serial, c.since, c.style); got != c.want {
			t.Errorf("%v since %d: %q, want %q", c.serial, c.since, got, c.want)
		}
	}
	for i := range 60_000 {
		want := time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i).Format("2006-01-02")
		if got, _ := dateText(float64(61+i), 1900, onlyDate); got != want {
			t.Fatalf("day %d: %s, want %s", 61+i, got, want)
		}
	}
}

func TestStyleOf(t *testing.T) {
	for code, want := range map[string]dateStyle{
		"General": noDate, "0.00": noDate, "0.00E+00": noDate, "#,##0 \"days\"": noDate, "[Red]0;[Blue]-0": noDate, "h:mm:ss": noDate, "[h]:mm": noDate, "mm:ss": noDate, "@": noDate, `\d0`: noDate,
		"yyyy-mm-dd": onlyDate, "d/m/yy;@": onlyDate, "mmm": onlyDate, `[$-804]yyyy"年"m"月"`: onlyDate, "_(d_)": onlyDate,
		"yyyy-mm-dd hh:mm": dateAndTime, `m/d/yy\ h:mm AM/PM`: dateAndTime,
	} {
		if got := styleOf(code); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
}

func TestSheets(t *testing.T) {
	book := workbook(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"case", "activity", "time"}))
		must(t, f.SetSheetRow("Sheet1", "A2", &[]any{"B", "y", "2026-03-02"}))
	}, []any{"case", "activity", "time"}, []any{"A", "x", "2026-03-01"})
	for sheet, want := range map[string]string{"": "2026-03-01 x A\n", "数据": "2026-03-01 x A\n", "Sheet1": "2026-03-02 y B\n"} {
		l, err := read(t, book, eventio.Mapping{"sheet": sheet}, nil)
		must(t, err)
		if got := say(l); got != want {
			t.Errorf("%s: %s, want %s", sheet, got, want)
		}
	}
	if _, err := read(t, book, eventio.Mapping{"sheet": "x"}, nil); err == nil || errs.CodeOf(err) != errs.Usage || !strings.Contains(err.Error(), `"Sheet1", "数据"`) {
		t.Error(err)
	}
}

func TestReadWide(t *testing.T) {
	sheets := [][]byte{
		workbook(t, func(f *excelize.File) { style(t, f, "B3", excelize.Style{NumFmt: 14}) }, []any{"案号", "受案", "罪名"}, []any{"A", 46082, "盗窃"}, []any{"B", "", "诈骗"}),
		workbook(t, nil, []any{"案号", "受案", "罪名"}, []any{"A", "2026-03-02", "盗窃"}, []any{"B", "2026-03-03", "诈骗"}),
	}
	b := builder()
	var last *table.Sheet
	for _, s := range sheets {
		var err error
		last, err = ReadWide(bytes.NewReader(s), int64(len(s)), b, eventio.Read{File: "week.xlsx"}, last)
		must(t, err)
		b.NextFile()
	}
	l, err := b.Finish()
	must(t, err)
	if got, want := say(l), "2026-03-02 受案 A 罪名=string(盗窃)\n2026-03-03 受案 B 罪名=string(诈骗)\n"; got != want {
		t.Errorf("%swant\n%s", got, want)
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

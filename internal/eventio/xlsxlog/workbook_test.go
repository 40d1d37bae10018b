package xlsxlog

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table"
	"plumbline/internal/eventio/table/logtest"
)

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

// A zip archive of something else is called that.
func TestArchive(t *testing.T) {
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	if _, err := z.Create("log.csv"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	err := Read(bytes.NewReader(file.Bytes()), int64(file.Len()), event.NewBuilder(event.Options{Zone: logtest.Zone(t, "UTC")}), eventio.Read{File: "log.xlsx"})
	logtest.Refused(t, "a zip archive", err, errs.Input, "no workbook", "unpack it")
}

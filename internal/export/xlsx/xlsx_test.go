package xlsx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
	"plumbline/internal/report"
	"plumbline/internal/rule"
)

func table(rows ...[]any) report.Table {
	return report.Table{Name: "违规", Filter: true, Rows: slices.Values(rows),
		Columns: []report.Column{{Field: "key", Title: "对象", Width: 18}, {Field: "n", Title: "数", Width: 8}, {Field: "at", Title: "时间", Width: 18}}}
}

func read(t *testing.T, b []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestWrite(t *testing.T) {
	rome := time.FixedZone("", 2*3600)
	at := time.Date(2012, 5, 31, 14, 5, 9, 0, rome)
	text := []string{"=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\tx", "a\x00b"}
	var rows [][]any
	for _, s := range text {
		rows = append(rows, []any{s, 3, at})
	}
	rows = append(rows, []any{"", nil, nil})
	var b bytes.Buffer
	if err := Write(&b, table(rows...)); err != nil {
		t.Fatal(err)
	}
	f := read(t, b.Bytes())
	got, err := f.GetRows("违规")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"对象", "数", "时间"}; !slices.Equal(got[0], want) {
		t.Errorf("header %q, want %q", got[0], want)
	}
	for i, s := range text {
		cell := fmt.Sprintf("A%d", i+2)
		if formula, _ := f.GetCellFormula("违规", cell); formula != "" {
			t.Errorf("%s: %q became the formula %q", cell, s, formula)
		}
		if kind, _ := f.GetCellType("违规", cell); kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%s: %q is of cell type %v, want a string", cell, s, kind)
		}
		if want := strings.ReplaceAll(s, "\x00", ""); got[i+1][0] != want {
			t.Errorf("%s is %q, want %q", cell, got[i+1][0], want)
		}
	}
	if got[1][1] != "3" || got[1][2] != "2012-05-31 14:05:09" {
		t.Errorf("a number and a time read as %q", got[1][1:])
	}
	raw, err := f.GetCellValue("违规", "C2", excelize.Options{RawCellValue: true})
	if err != nil || !strings.HasPrefix(raw, "41060.58") {
		t.Errorf("the time is stored as %q (%v), want the day number 41060.58…", raw, err)
	}
	panes, err := f.GetPanes("违规")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the header is not frozen: %+v, %v", panes, err)
	}
	if w, _ := f.GetColWidth("违规", "A"); w != 18 {
		t.Errorf("column A is %v wide, want 18", w)
	}
	if !strings.Contains(part(t, b.Bytes(), "xl/tables/table1.xml"), `<autoFilter ref="A1:C9">`) {
		t.Error("the sheet has no filter")
	}
}

// part is one file of a workbook.
func part(t *testing.T, b []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What a sheet can't hold goes on in the next, header and all.
func TestSheetsGoOn(t *testing.T) {
	var rows [][]any
	for i := range 7 {
		rows = append(rows, []any{fmt.Sprint("A", i), i, nil})
	}
	f := excelize.NewFile()
	defer f.Close()
	b := &book{f: f, rows: 4}
	if err := b.styles(); err != nil {
		t.Fatal(err)
	}
	if err := b.table(table(rows...)); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	back := read(t, out.Bytes())
	var keys []string
	for _, name := range []string{"违规", "违规 2", "违规 3"} {
		got, err := back.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		if got[0][0] != "对象" || len(got) > 4 {
			t.Errorf("%s has %d rows and begins with %q", name, len(got), got[0])
		}
		for _, r := range got[1:] {
			keys = append(keys, r[0])
		}
	}
	if want := "A0 A1 A2 A3 A4 A5 A6"; strings.Join(keys, " ") != want {
		t.Errorf("rows %v, want %s", keys, want)
	}
}

// The workbook of a check has its three sheets in the language asked for, and
// a row for each rule and each violation.
func TestCheck(t *testing.T) {
	pack, _, err := rule.Parse("pack.yaml", []byte(`
pack: small
version: 1.0.0
title: {en: Small, zh: 小}
log: {per: case, zone: Asia/Shanghai}
rules:
- id: answered
  title: {en: Answered within 3 days, zh: 三日内答复}
  basis: {text: "=art. 1", checked: 2026-11-21, status: verified}
  severity: major
  when: Ask
  must: {followed_by: Answer, within: 3d}
tests: []
`))
	if err != nil {
		t.Fatal(err)
	}
	b := event.NewBuilder(event.Options{Zone: pack.Log.Zone})
	for n := range 6 {
		for k, typ := range []string{"Ask", "Answer"} {
			e := event.Event{Type: typ, Time: event.Stamp{At: pack.Log.Zone.Local(2026, 3, 1+n+k*(1+n), 9, 0, 0, 0), Kind: event.Time},
				Objects: []event.Object{{Type: "case", ID: fmt.Sprint("A", n)}}}
			if _, err := b.Add(&e); err != nil {
				t.Fatal(err)
			}
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	res, err := monitor.Check(l, pack.Rules, monitor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := &report.Doc{Result: res, Explain: report.Engine(res), Version: "0.1.0"}
	for lang, sheets := range map[errs.Lang][]string{errs.En: {"Summary", "Violations", "Method"}, errs.Zh: {"汇总", "违规", "方法"}} {
		var out bytes.Buffer
		if err := Check(&out, d, lang); err != nil {
			t.Fatal(err)
		}
		f := read(t, out.Bytes())
		if got := f.GetSheetList(); !slices.Equal(got, sheets) {
			t.Errorf("%s: sheets %v, want %v", lang, got, sheets)
		}
		for i, want := range []int{1, res.Rules[0].Totals.Violations} {
			rows, err := f.GetRows(sheets[i])
			if err != nil || len(rows) != want+1 || want == 0 {
				t.Errorf("%s: %s has %d rows (%v), want %d and a header", lang, sheets[i], len(rows), err, want)
			}
		}
	}
}

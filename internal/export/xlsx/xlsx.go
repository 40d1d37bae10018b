// Package xlsx writes the tables of a report as a workbook that a spreadsheet
// opens without a question: a sheet a table, the header frozen and filtered,
// widths that fit, dates as dates, numbers as numbers.
//
// Text is written as text, whatever it begins with, so that a name which looks
// like a formula stays a name. Rows are streamed: a million of them need little
// memory. A sheet holds 1,048,576 rows; a table with more goes on in another of
// the same name with a number.
package xlsx

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"plumbline/internal/errs"
	"plumbline/internal/report"
)

const (
	maxRows = 1_048_576 // of a sheet
	maxText = 32_767    // characters of a cell
)

// Check writes the workbook of `check --format xlsx`: summary, violations,
// method.
func Check(w io.Writer, d *report.Doc, lang errs.Lang) error {
	return Write(w, d.RuleTable(lang), d.BreachTable(lang), d.MethodTable(lang))
}

// Breaches writes the workbook of `check --breaches FILE.xlsx`.
func Breaches(w io.Writer, d *report.Doc, lang errs.Lang) error {
	return Write(w, d.BreachTable(lang), d.MethodTable(lang))
}

// Write writes a workbook with a sheet for each table.
func Write(w io.Writer, tables ...report.Table) error {
	f := excelize.NewFile()
	defer f.Close()
	b := &book{f: f, rows: maxRows}
	if err := b.styles(); err != nil {
		return err
	}
	for i, t := range tables {
		if i == 0 {
			if err := f.SetSheetName("Sheet1", t.Name); err != nil {
				return err
			}
		}
		if err := b.table(t); err != nil {
			return fmt.Errorf("sheet %q: %w", t.Name, err)
		}
	}
	return f.Write(w)
}

// book is a workbook being written.
type book struct {
	f          *excelize.File
	rows       int // of a sheet at most; less in tests
	head, date int // styles
	wrap       int
}

func (b *book) styles() (err error) {
	if b.head, err = b.f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EFEDE8"}},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}}); err != nil {
		return err
	}
	format := "yyyy-mm-dd hh:mm:ss"
	if b.date, err = b.f.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
		return err
	}
	b.wrap, err = b.f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	return err
}

// table writes a table, on as many sheets as it needs.
func (b *book) table(t report.Table) error {
	s, err := b.sheet(t, t.Name)
	if err != nil {
		return err
	}
	sheets := 1
	for row := range t.Rows {
		if s.row == b.rows {
			if err := s.close(); err != nil {
				return err
			}
			sheets++
			if s, err = b.sheet(t, fmt.Sprintf("%s %d", t.Name, sheets)); err != nil {
				return err
			}
		}
		if err := s.add(row); err != nil {
			return err
		}
	}
	return s.close()
}

// sheet is one sheet being written.
type sheet struct {
	b     *book
	t     report.Table
	name  string
	out   *excelize.StreamWriter
	row   int
	cells []any
}

// sheet begins a sheet: widths, header, frozen and bold.
func (b *book) sheet(t report.Table, name string) (*sheet, error) {
	if i, err := b.f.GetSheetIndex(name); err != nil || i < 0 {
		if _, err := b.f.NewSheet(name); err != nil {
			return nil, err
		}
	}
	out, err := b.f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &sheet{b: b, t: t, name: name, out: out, row: 1, cells: make([]any, len(t.Columns))}
	for i, c := range t.Columns {
		if err := out.SetColWidth(i+1, i+1, c.Width); err != nil {
			return nil, err
		}
		s.cells[i] = excelize.Cell{StyleID: b.head, Value: c.Title}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	return s, out.SetRow("A1", s.cells, excelize.RowOpts{Height: 30})
}

// add writes one row.
func (s *sheet) add(row []any) error {
	s.row++
	for i, v := range row {
		s.cells[i] = s.cell(v)
	}
	at, err := excelize.CoordinatesToCellName(1, s.row)
	if err != nil {
		return err
	}
	return s.out.SetRow(at, s.cells)
}

func (s *sheet) cell(v any) any {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil
		}
		text := clean(v)
		if !s.t.Filter { // a table to be read: its long texts are wrapped
			return excelize.Cell{StyleID: s.b.wrap, Value: text}
		}
		return text
	case time.Time:
		// A spreadsheet knows no zone: what its clock shows is what is kept.
		wall := time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), 0, time.UTC)
		if v.Year() < 1900 {
			return v.Format("2006-01-02 15:04:05") // no spreadsheet date
		}
		return excelize.Cell{StyleID: s.b.date, Value: wall}
	}
	return v
}

// clean cuts a text to what a cell holds and drops what XML forbids.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == utf8.RuneError || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > maxText {
		return string([]rune(s)[:maxText-1]) + "…"
	}
	return s
}

// close ends a sheet. A table that asks for filters becomes one of the
// spreadsheet's own, which has them.
func (s *sheet) close() error {
	if s.t.Filter && s.row > 1 {
		last, err := excelize.CoordinatesToCellName(len(s.t.Columns), s.row)
		if err != nil {
			return err
		}
		if err := s.out.AddTable(&excelize.Table{Range: "A1:" + last, StyleName: "TableStyleLight1"}); err != nil {
			return err
		}
	}
	return s.out.Flush()
}

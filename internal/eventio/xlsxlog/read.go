package xlsxlog

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table"
)

const (
	batchRows  = 8192
	sampleRows = 10_000 // rows kept to see how columns write their times
)

// Read adds the rows of a sheet to a log, an event each. opt.Map names the
// columns (package table) and may give sheet=. Rows that can't be read go to
// opt.Bad. Errors are of package errs, with sheet and row.
func Read(r io.ReaderAt, size int64, b *event.Builder, opt eventio.Read) error {
	rd, err := newReader(r, size, b, opt)
	if err != nil {
		return err
	}
	var plan *table.Plan
	var fill *table.Filler
	var sample []table.Row
	begin := func() error {
		if err := plan.Learn(func(yield func([][]byte) bool) {
			for _, r := range sample {
				if !yield(r.Cells) {
					return
				}
			}
		}); err != nil {
			return rd.placed(err)
		}
		fill = table.NewFiller(plan, b.Zone())
		for _, row := range sample {
			if err := rd.add(fill, row); err != nil {
				return err
			}
		}
		sample = nil
		return nil
	}
	if err := rd.each(func() (err error) {
		plan, err = table.NewPlan(rd.header, opt, b)
		return rd.elsewhere(rd.placed(err))
	}, func(row table.Row) error {
		if fill != nil {
			return rd.add(fill, row)
		}
		row.Cells = slices.Clone(row.Cells)
		if sample = append(sample, row); len(sample) == sampleRows {
			return begin()
		}
		return nil
	}); err != nil {
		return err
	}
	if fill == nil {
		if err := begin(); err != nil {
			return err
		}
	}
	return rd.flush(fill)
}

// ReadWide adds a wide table, a row a case, to a log: [table.ReadWide]. previous
// is the sheet read before, nil for the first.
func ReadWide(r io.ReaderAt, size int64, b *event.Builder, opt eventio.Read, previous *table.Sheet) (*table.Sheet, error) {
	rd, err := newReader(r, size, b, opt)
	if err != nil {
		return nil, err
	}
	var rows []table.Row
	kept := 0
	if err := rd.each(func() error { return nil }, func(row table.Row) error {
		row.Cells, row.Raw = slices.Clone(row.Cells), raw(row.Cells)
		rows = append(rows, row)
		if kept += len(row.Raw) + 32*len(row.Cells); kept > maxKept {
			return rd.book.tooMuch(errs.Tf("a wide table of more than %d MB", "宽表超过 %d MB", maxKept>>20))
		}
		return nil
	}); err != nil {
		return nil, err
	}
	sheet, err := table.ReadWide(rd.header, rows, b, opt, previous)
	return sheet, rd.placed(err)
}

// reader is one reading of a sheet.
type reader struct {
	book   *book
	sheet  sheetRef
	others []string // sheets with cells that nobody asked for
	b      *event.Builder
	opt    eventio.Read
	header []string
	top    int // the row of the header
	named  int // the row that --map header= names, 0 for none
	titles int // rows above the header that may be a title
	cells  [][]byte
	read   *counter
}

func newReader(r io.ReaderAt, size int64, b *event.Builder, opt eventio.Read) (*reader, error) {
	if opt.Map["decimal"] != "" {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: opt.File},
			What: errs.T("--map decimal= is for tables of text; a workbook's numbers are numbers", "--map decimal= 只用于文本表格；工作簿中的数字本身就是数字"), Next: errs.T("leave it out", "请去掉")}
	}
	counted := &counter{r: r}
	k, err := open(counted, size, opt.File, maxPart, maxKept)
	if err != nil {
		return nil, err
	}
	sheet, err := k.sheet(opt.Map["sheet"])
	if err != nil {
		return nil, err
	}
	rd := &reader{book: k, sheet: sheet, b: b, opt: opt, read: counted}
	if rd.named, err = table.HeaderRow(opt); err != nil {
		return nil, err
	}
	if opt.Map["sheet"] == "" {
		rd.others = k.others(sheet)
	}
	for _, name := range rd.others {
		if opt.Lost == nil {
			break
		}
		opt.Lost.Add(errs.Tf("sheet %q of the workbook, since a file is read one sheet at a time: --map sheet=NAME", "工作簿中的工作表 %q（一次只读一个工作表：--map sheet=名称）", name), 1)
	}
	return rd, nil
}

// elsewhere adds to an error about the first sheet that the log may lie in another.
func (rd *reader) elsewhere(err error) error {
	if e := (*errs.Error)(nil); errors.As(err, &e) && len(rd.others) > 0 {
		list := strings.Join(rd.others, ", ")
		e.Next.En += "; if the log is in another sheet, name it: --map sheet=NAME (" + list + ")"
		e.Next.Zh += "；若日志在其他工作表，请指明：--map sheet=名称（" + list + "）"
	}
	return err
}

// counter counts what is read, for the progress.
type counter struct {
	r io.ReaderAt
	n int64
}

// ReadAt reads from the file.
func (c *counter) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	c.n += int64(n)
	return n, err
}

// raw is a row as it is set aside: its cells with tabs between them.
func raw(cells [][]byte) string { return string(bytes.Join(cells, []byte{'\t'})) }

// placed is an error of package table, which counts lines, with sheet and row.
func (rd *reader) placed(err error) error {
	if e := (*errs.Error)(nil); errors.As(err, &e) && e.Place.Line > 0 {
		e.Place = rd.place(rd.top)
	}
	return err
}

func (rd *reader) place(row int) errs.Place {
	return errs.Place{File: rd.opt.File, Sheet: rd.sheet.name, Row: row}
}

// each calls begin when it has the header, then f with the rows below it. The
// cells hold until the next.
func (rd *reader) each(begin func() error, f func(table.Row) error) error {
	rows := 0
	var title []string
	err := rd.book.rows(rd.sheet, func(number int, cells []string) error {
		if rd.header == nil {
			if rd.above(number, cells) {
				if title == nil {
					title, rd.top = slices.Clone(cells), number
				}
				return nil
			}
			for len(cells) > 0 && cells[len(cells)-1] == "" {
				cells = cells[:len(cells)-1]
			}
			rd.header, rd.top = slices.Clone(cells), number
			return begin()
		}
		if rows++; rd.opt.Progress != nil && rows%batchRows == 0 {
			rd.opt.Progress(rd.read.n)
		}
		row := table.Row{Place: rd.place(number)}
		if len(cells) > len(rd.header) && !blank(cells[len(rd.header):]) {
			return rd.opt.Bad.Add(&errs.Error{Code: errs.Input, Place: row.Place,
				What: errs.Tf("a row with cells beyond the header's %d columns", "该行的单元格超出标题行的 %d 列", len(rd.header)),
				Next: errs.T("name the columns, or empty the cells", "请补上列名，或清空这些单元格")}, strings.Join(cells, "\t"))
		}
		rd.cells = rd.cells[:0]
		for i := range rd.header {
			var c []byte
			if i < len(cells) {
				c = []byte(cells[i])
			}
			rd.cells = append(rd.cells, c)
		}
		row.Cells = rd.cells
		return f(row)
	})
	if err == nil && rd.header == nil && title != nil {
		rd.header = title // with nothing below it that names more: let the plan say what it lacks
		return begin()
	}
	if err == nil && rd.header == nil {
		return &errs.Error{Code: errs.Input, Place: errs.Place{File: rd.opt.File, Sheet: rd.sheet.name},
			What: errs.T("the sheet is empty; expected a header with the names of the columns", "工作表为空；应有列名标题行"),
			Next: errs.T("name another sheet: --map sheet=NAME", "请指定其他工作表：--map sheet=名称")}
	}
	return err
}

// above says whether a row stands above the names of the columns.
func (rd *reader) above(number int, cells []string) bool {
	if rd.named > 0 {
		return number < rd.named
	}
	if !table.OneFilled(cells) || rd.titles == table.MostTitles {
		return false
	}
	rd.titles++
	return true
}

// add turns a row into an event, or sets it aside.
func (rd *reader) add(fill *table.Filler, row table.Row) error {
	if f := fill.Add(row.Cells); f != nil {
		return rd.opt.Bad.Add(&errs.Error{Code: errs.Input, Place: row.Place, What: f.What, Next: f.Next}, raw(row.Cells))
	}
	if fill.Rows() == batchRows {
		return rd.flush(fill)
	}
	return nil
}

func (rd *reader) flush(fill *table.Filler) error {
	if fill.Rows() == 0 {
		return nil
	}
	if err := rd.b.AppendBatch(fill.Done()); err != nil {
		return event.AtPlace(err, errs.Place{File: rd.opt.File, Sheet: rd.sheet.name})
	}
	fill.Tell(rd.opt)
	fill.Reset()
	return nil
}

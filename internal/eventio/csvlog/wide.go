package csvlog

import (
	"bytes"
	"io"
	"slices"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table"
)

// maxWide bounds what of a wide table is kept at once: all of it is, as which
// columns hold times is known only at its end.
const maxWide = 256 << 20

// ReadWide adds a wide table, a row a case, to a log: [table.ReadWide]. previous
// is the sheet read before, nil for the first; the sheet that it gives goes with
// the next.
func ReadWide(r io.Reader, b *event.Builder, opt eventio.Read, previous *table.Sheet) (*table.Sheet, error) {
	src, err := newSource(r, opt.File, opt.Map["encoding"])
	if err != nil {
		return nil, err
	}
	header, err := src.header(opt)
	if err != nil {
		return nil, err
	}
	rd := &reader{src: src, opt: opt}
	var rows []table.Row
	for {
		p := &parsed{split: splitter{delim: src.delim, width: len(header), cells: make([][]byte, len(header))}}
		ok, err := src.next(&p.block)
		if err != nil {
			return nil, err
		}
		if !ok {
			sheet, err := table.ReadWide(header, rows, b, opt, previous)
			return sheet, src.placed(err)
		}
		if src.read > maxWide {
			return nil, &errs.Error{Code: errs.Limit, Place: errs.Place{File: opt.File},
				What: errs.Tf("a wide table of more than %d MB", "宽表超过 %d MB", maxWide>>20),
				Next: errs.T("split it by cases", "请按案件拆分")}
		}
		rd.records(p, func(line int, raw []byte, cells [][]byte) *table.Fault {
			row := table.Row{Place: errs.Place{File: opt.File, Line: line}, Cells: slices.Clone(cells), Raw: string(bytes.TrimRight(raw, "\r\n"))}
			for i, c := range cells {
				row.Cells[i] = bytes.Clone(c)
			}
			rows = append(rows, row)
			return nil
		})
		for _, f := range p.faults {
			if err := opt.Bad.Add(f.err, f.raw); err != nil {
				return nil, err
			}
		}
	}
}

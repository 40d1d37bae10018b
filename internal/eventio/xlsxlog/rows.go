package xlsxlog

import (
	"io"

	"plumbline/internal/errs"
)

// Rows calls each with every row that has a cell, of every sheet that is shown, in
// their order: for workbooks that hold no log but lists. Cells are text, dates as
// 2026-03-01 or with a time; they hold until the next row. Whoever keeps all of them
// keeps no more than 64 MB: a cell in the last column makes a row of 16,384, and a
// workbook of some kilobytes may have a million of those.
func Rows(r io.ReaderAt, size int64, file string, each func(sheet string, number int, cells []string) error) error {
	k, err := open(r, size, file, maxListPart, maxListed)
	if err != nil {
		return err
	}
	kept := 0
	for _, s := range k.sheets {
		if s.hidden {
			continue
		}
		if err := k.rows(s, func(number int, cells []string) error {
			for _, c := range cells {
				kept += len(c) + 16
			}
			if kept > k.keeps {
				return k.tooMuch(errs.Tf("more than %d MB of cells", "单元格超过 %d MB", k.keeps>>20))
			}
			return each(s.name, number, cells)
		}); err != nil {
			return err
		}
	}
	return nil
}

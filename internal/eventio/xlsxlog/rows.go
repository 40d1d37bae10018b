package xlsxlog

import "io"

// Rows calls each with every row that has a cell, of every sheet that is shown, in
// their order: for workbooks that hold no log but lists. Cells are text, dates as
// 2026-03-01 or with a time; they hold until the next row.
func Rows(r io.ReaderAt, size int64, file string, each func(sheet string, number int, cells []string) error) error {
	k, err := open(r, size, file)
	if err != nil {
		return err
	}
	for _, s := range k.sheets {
		if s.hidden {
			continue
		}
		if err := k.rows(s, func(number int, cells []string) error { return each(s.name, number, cells) }); err != nil {
			return err
		}
	}
	return nil
}

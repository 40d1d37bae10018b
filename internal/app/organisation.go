package app

import (
	"os"
	"slices"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/eventio/xlsxlog"
	"plumbline/internal/org"
)

// maxRows bounds the lists of a workbook: an organisation of half a million
// officers with their transfers.
const maxRows = 2_000_000

// Organisation reads the agency's units and posts from YAML or, where the name
// ends in .xlsx, from a workbook.
func Organisation(file string, zone *clock.Zone) (*org.Organisation, error) {
	if !strings.HasSuffix(strings.ToLower(file), ".xlsx") {
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, cantRead(file, err)
		}
		return org.Parse(file, src, zone)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, cantRead(file, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, cantRead(file, err)
	}
	var sheets []org.Sheet
	rows := 0
	err = xlsxlog.Rows(f, info.Size(), file, func(sheet string, number int, cells []string) error {
		if rows++; rows > maxRows {
			return &errs.Error{Code: errs.Limit, Place: errs.Place{File: file}, What: errs.Tf("more than %d rows", "超过 %d 行", maxRows),
				Next: errs.T("check that this is the file you mean", "请检查文件是否正确")}
		}
		if len(sheets) == 0 || sheets[len(sheets)-1].Name != sheet {
			sheets = append(sheets, org.Sheet{Name: sheet})
		}
		last := &sheets[len(sheets)-1]
		last.Rows = append(last.Rows, org.Row{Number: number, Cells: slices.Clone(cells)})
		return nil
	})
	if err != nil {
		return nil, placed(file, err)
	}
	return org.FromSheets(file, sheets, zone)
}

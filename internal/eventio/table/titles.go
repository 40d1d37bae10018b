package table

import (
	"strconv"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/eventio"
)

// Offices print a title, and who made the list when, above the names of the
// columns. A row with one filled cell names no columns: no log has fewer than
// two. More than MostTitles of them are no title; other rows above the names
// are passed over where --map header=N says in which row these stand.
const MostTitles = 10

// OneFilled says whether a row has one filled cell, as a title's has.
func OneFilled[S ~string | ~[]byte](cells []S) bool {
	filled := 0
	for _, c := range cells {
		if strings.TrimSpace(string(c)) != "" {
			filled++
		}
	}
	return filled == 1
}

// HeaderRow is the row, from 1, in which --map header= says that the names of
// the columns stand; 0 where it doesn't.
func HeaderRow(opt eventio.Read) (int, error) {
	value := opt.Map["header"]
	if value == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, &errs.Error{Code: errs.Usage, Place: errs.Place{File: opt.File},
			What: errs.Tf("--map header=%s: expected the number of the row with the names of the columns, from 1", "--map header=%s：应为列名所在的行号，从 1 起", value)}
	}
	return n, nil
}

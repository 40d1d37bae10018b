// Package eventio holds what all readers and writers of logs share: how a
// reader is asked, how it reports rows that it can't take, and what a writer
// says of what its format can't hold. Each format is a package of its own
// below this one; which file is read by which is decided in internal/app.
package eventio

import (
	"math"
	"strconv"
	"strings"

	"plumbline/internal/errs"
)

// Read is what a reader is told beside the log that it fills.
type Read struct {
	File     string // the name in messages
	Map      Mapping
	Progress func(bytes int64) // called now and then with how much of the file is read; may be nil
	Bad      *Bad
	Lost     Lost // takes what the file says that a log has no place for; may be nil
	Noted    Lost // takes what is kept as the file says it and may not be meant so; may be nil
}

// Rounded says whether whole digits are a number that f, as which they were read, isn't:
// from 2^53 on not every number has a float64, and two ids would become one.
func Rounded(f float64, digits string) bool {
	if f > -1<<53 && f < 1<<53 || strings.ContainsAny(digits, ".eE") {
		return false
	}
	bare := strings.TrimLeft(digits, "+-0")
	f = math.Abs(f)
	return strconv.FormatFloat(f, 'f', 0, 64) != bare && strconv.FormatFloat(f, 'f', -1, 64) != bare
}

// Mapping says which column plays which part, as --map gives it: case, type,
// time, actor, unit, recorded, seq, id, object.<type>[/<qualifier>] and, for
// wide tables, event columns. An empty part is recognised by the common names
// of its column.
type Mapping map[string]string

// Bad takes the rows that can't be read. Up to Allowed of them are set aside;
// with none allowed, or one more, reading ends with the error.
type Bad struct {
	Allowed int
	Rows    []BadRow
}

// BadRow is a row set aside: where, why, and the row as it stood.
type BadRow struct {
	Err *errs.Error
	Raw string
}

// Add sets a row aside, or returns the error that ends reading. A nil Bad
// allows none.
func (b *Bad) Add(e *errs.Error, raw string) error {
	if b == nil || b.Allowed == 0 {
		if e.Next == (errs.Text{}) {
			e.Next = errs.T("mend it, or set such rows aside with --skip-bad N", "请改正，或用 --skip-bad N 搁置这样的行")
		}
		return e
	}
	if len(b.Rows) == b.Allowed {
		e.Next = errs.Tf("set aside already: %d, as many as --skip-bad allows", "已搁置 %d 行，达到 --skip-bad 的上限", b.Allowed)
		return e
	}
	b.Rows = append(b.Rows, BadRow{e, raw})
	return nil
}

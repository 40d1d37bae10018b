package errs

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestCaret: the mark stands under its character where Chinese ones take two
// cells, and after a tab.
func TestCaret(t *testing.T) {
	for _, c := range []struct {
		line   string
		column int
		width  int
		want   string
	}{
		{"must: {folowed_by: B}", 8, 11, "       ^^^^^^^^^^^"},
		{"标题: 罚单x", 5, 2, "      " + "^^^^"},
		{"\tid: x", 6, 1, "\t    ^"},
		{"short", 9, 1, "     ^"},
	} {
		got := strings.Split(caret(c.line, c.column, c.width), "\n")
		if got[0] != c.line || got[1] != c.want {
			t.Errorf("column %d of %q:\n%s\nwant\n%s", c.column, c.line, got[1], c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"followed_by", "preceded_by", "hold", "Send Fine", "冻结批准"}
	for word, want := range map[string]string{
		"folowed_by": "followed_by", "followedBy": "followed_by", "Sent Fine": "Send Fine", "hodl": "hold",
		"冻结批": "冻结批准", "elephant": "", "": "",
	} {
		if got := Nearest(word, names); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestMessages(t *testing.T) {
	e := &Error{Code: Input, Place: Place{File: "log.csv", Row: 7}, What: T("no time", "没有时间"), Next: T("name its column", "请指明列")}
	wrapped := fmt.Errorf("reading: %w", e)
	for l, want := range map[Lang]string{En: "log.csv: row 7: no time; name its column", Zh: "log.csv: 第 7 行: 没有时间；请指明列"} {
		if got := In(wrapped, l); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
	if CodeOf(wrapped).Exit() != 3 || CodeOf(errors.New("x")).Exit() != 4 || CodeOf(List{{Code: Rules}}).Exit() != 2 {
		t.Error("exit statuses")
	}
}

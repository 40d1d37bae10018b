package errs

import "testing"

func TestVisible(t *testing.T) {
	for _, c := range []struct{ in, want, lines string }{
		{"Send Fine 罚单", "Send Fine 罚单", "Send Fine 罚单"},
		{"\x1b[31mred\x1b]0;title\a", "␛[31mred␛]0;title␇", "␛[31mred␛]0;title␇"},
		{"a\nb\r\n\tc", "a␊b␍␊␉c", "a\nb␍\n\tc"},
		{"nul\x00 del\x7f", "nul␀ del␡", "nul␀ del␡"},
		{"c1 \u009b31m", "c1 �31m", "c1 �31m"},
		{"abc\u202egnp.exe\u2066", "abc�gnp.exe�", "abc�gnp.exe�"},
		{"two\u2028lines", "two�lines", "two�lines"},
		{"joined 👮\u200d♀️", "joined 👮\u200d♀️", "joined 👮\u200d♀️"},
	} {
		if got := Visible(c.in); got != c.want {
			t.Errorf("Visible(%q) = %q, want %q", c.in, got, c.want)
		}
		if got := VisibleLines(c.in); got != c.lines {
			t.Errorf("VisibleLines(%q) = %q, want %q", c.in, got, c.lines)
		}
	}
}

// A message quotes what somebody wrote; it must not act on the terminal, and
// the caret must still stand under the fault.
func TestMessagesDontActOnATerminal(t *testing.T) {
	e := &Error{Place: Place{File: "a\x1b[2J.xes", Line: 3, Column: 2, Snippet: "\x1b[31m<tr"},
		What: Tf("unknown element %s", "未知元素 %s", "\x1b[31m"), Next: T("mend it", "请修改")}
	want := "a␛[2J.xes:3:2: unknown element ␛[31m; mend it\n␛[31m<tr\n ^"
	if got := e.In(En); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRowsAreCountedInTheLanguageAsked(t *testing.T) {
	e := &Error{Place: Place{File: "a.xlsx", Sheet: "S", Row: 7}, What: T("no time", "没有时间")}
	for lang, want := range map[Lang]string{En: "a.xlsx[S]: row 7: no time", Zh: "a.xlsx[S]: 第 7 行: 没有时间"} {
		if got := e.In(lang); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

// What nobody can see says nothing, whatever it is made of.
func TestSaid(t *testing.T) {
	for in, want := range map[string]string{" why ": "why", "为何": "为何", "?": "?", "3": "3", "👍": "👍", "\u3164x": "\u3164x",
		"": "", " \u3000\n": "", "\u200b": "", "\u2060\ufeff": "", "\u3164": "", "\u115f\u1160\uffa0": "", "\u2800": "", "\u202e\u2066": "", "\u0301": "", "\ufffd": "", "\U000e0041": "", "\ue000": "", "\u034f": ""} {
		if got := Said(in); got != want {
			t.Errorf("Said(%q) = %q, want %q", in, got, want)
		}
	}
}

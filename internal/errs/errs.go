// Package errs is how the program says that something is wrong.
//
// An [Error] has a code (what kind of fault, and so which exit status), a
// place (file, line and column, or row), what is wrong and what was expected,
// and what to do next. Both sentences are written in English and Chinese where
// the fault is found, because only there is it known what was expected; a
// message that exists in one language only does not compile. Errors are
// returned, never logged on the way: the command line or the service prints
// them once, in the language that was asked for.
package errs

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/width"
)

// Code is the kind of a fault.
type Code uint8

// The codes, with the exit status of the command line: 2 for what the caller
// asked or wrote in rules, 3 for input that can't be read.
const (
	Internal Code = iota // a fault of the program
	Usage                // flags and arguments
	Rules                // a pack, calendar or condition
	Input                // a log that can't be read
	Limit                // input refused because it would need too much (bombs)
)

// Exit is the status with which the command line ends.
func (c Code) Exit() int {
	switch c {
	case Usage, Rules:
		return 2
	case Input, Limit:
		return 3
	}
	return 4
}

// Lang is a language of what a user sees.
type Lang string

// The languages there are.
const (
	En Lang = "en"
	Zh Lang = "zh"
)

// Text is one sentence in both languages.
type Text struct{ En, Zh string }

// T makes a Text.
func T(en, zh string) Text { return Text{en, zh} }

// Tf makes a Text with the same arguments put into both sentences (fmt verbs;
// where the order differs, use %[1]s).
func Tf(en, zh string, args ...any) Text {
	return Text{fmt.Sprintf(en, args...), fmt.Sprintf(zh, args...)}
}

// In is the text in a language.
func (t Text) In(l Lang) string {
	if l == Zh {
		return t.Zh
	}
	return t.En
}

// Place is where a fault is. Zero fields are unknown.
type Place struct {
	File    string
	Line    int    // from 1
	Column  int    // from 1, in characters
	Row     int    // from 1: a row of a table, an event of a log, where lines say nothing
	Sheet   string // of a workbook
	Snippet string // the line itself, for the caret
	Width   int    // how many characters of it the caret marks; 0: one
}

// String is the place in English.
func (p Place) String() string { return p.In(En) }

// In is file:line:column, or file: row N in the words of a language.
func (p Place) In(l Lang) string {
	s := p.File
	if p.Sheet != "" {
		s += "[" + p.Sheet + "]"
	}
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line)
		if p.Column > 0 {
			s += ":" + strconv.Itoa(p.Column)
		}
	} else if p.Row > 0 {
		s += ": " + Tf("row %d", "第 %d 行", p.Row).In(l)
	}
	return s
}

// Error is one fault.
type Error struct {
	Code  Code
	Place Place
	What  Text // what is wrong and what was expected
	Next  Text // what to do next; may be empty
	Err   error
}

// Error is the English sentence.
func (e *Error) Error() string { return e.In(En) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// In is the whole message in a language: place, sentence, what to do next, and
// the line with a caret under it where the place has a snippet.
func (e *Error) In(l Lang) string {
	var b strings.Builder
	if s := e.Place.In(l); s != "" {
		b.WriteString(Visible(s) + ": ")
	}
	b.WriteString(Visible(e.What.In(l)))
	if n := Visible(e.Next.In(l)); n != "" {
		if l == Zh {
			b.WriteString("；" + n)
		} else {
			b.WriteString("; " + n)
		}
	}
	if e.Place.Snippet != "" {
		b.WriteString("\n" + caret(e.Place.Snippet, e.Place.Column, e.Place.Width))
	}
	return b.String()
}

// In is err in a language: the message of an [Error] or a [List] in it, else
// what it says of itself.
func In(err error, l Lang) string {
	if list := (List)(nil); errors.As(err, &list) {
		return list.In(l)
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.In(l)
	}
	return err.Error()
}

// CodeOf is the code of err, Internal where it has none.
func CodeOf(err error) Code {
	if list := (List)(nil); errors.As(err, &list) && len(list) > 0 {
		return list[0].Code
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// List is several faults found at once, in the order of their places.
type List []*Error

// Error is every message, a line each.
func (l List) Error() string { return l.In(En) }

// In is every message in a language.
func (l List) In(lang Lang) string {
	parts := make([]string, len(l))
	for i, e := range l {
		parts[i] = e.In(lang)
	}
	return strings.Join(parts, "\n")
}

// caret is a line and, under it, a mark at a column (from 1, in characters)
// that stands right in a terminal where Chinese characters are two cells wide.
func caret(line string, column, n int) string {
	line = visible(line, "\t")
	var pad strings.Builder
	i := 1
	rest := line
	for _, r := range line {
		if i >= column {
			break
		}
		switch {
		case r == '\t':
			pad.WriteByte('\t')
		case Wide(r):
			pad.WriteString("  ")
		default:
			pad.WriteByte(' ')
		}
		i++
		rest = rest[len(string(r)):]
	}
	cells := 0
	for _, r := range rest {
		if n <= 0 {
			break
		}
		cells++
		if Wide(r) {
			cells++
		}
		n--
	}
	return line + "\n" + pad.String() + strings.Repeat("^", max(1, cells))
}

// Wide says whether a character takes two cells of a terminal.
func Wide(r rune) bool {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return true
	}
	return false
}

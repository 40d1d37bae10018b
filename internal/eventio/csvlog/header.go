package csvlog

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"plumbline/internal/errs"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table"
)

const (
	maxHeader  = 1 << 20
	maxColumns = 16384
)

// delimiters are those that are tried, the likeliest first.
const delimiters = ",;\t|"

// header finds the delimiter and reads the names of the columns.
func (s *source) header(opt eventio.Read) (_ []string, err error) {
	delim := opt.Map["delimiter"]
	if s.named, err = table.HeaderRow(opt); err != nil {
		return nil, err
	}
	text, err := s.begin()
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(text)) == 0 && s.eof {
		return nil, &errs.Error{Code: errs.Input, Place: errs.Place{File: s.file},
			What: errs.T("the file is empty; expected a header with the names of the columns", "文件为空；应有列名标题行"),
			Next: errs.T("check that it was written to its end", "请检查文件是否写完")}
	}
	skip := blankLines(text)
	if rest, ok := bytes.CutPrefix(text[skip:], []byte("sep=")); ok && len(rest) > 1 && (rest[1] == '\r' || rest[1] == '\n') {
		delim = string(rest[:1]) // as Excel writes it
		skip += bytes.IndexByte(text[skip:], '\n') + 1
	}
	skip += s.titles(text[skip:], delim)
	if s.delim, err = s.delimiter(delim, text[skip:]); err != nil {
		return nil, err
	}
	if !s.eof && s.lastEnd(text[skip:], true) == 0 || len(text) > maxHeader && headerEnd(text[skip:], s.delim) > maxHeader {
		return nil, s.tooLong(bytes.IndexByte(text, '"') >= 0)
	}
	sp := splitter{delim: s.delim, width: maxColumns, cells: make([][]byte, maxColumns)}
	sp.room(len(text))
	n, next, fault := sp.quoted(text[skip:])
	if fault != wellQuoted || n > maxColumns {
		return nil, s.badHeader(fault)
	}
	names := make([]string, n)
	for i := range names {
		if !utf8.Valid(sp.cells[i]) || s.text != nil && bytes.Contains(sp.cells[i], []byte("\ufffd")) {
			return nil, &errs.Error{Code: errs.Input, Place: errs.Place{File: s.file, Line: 1},
				What: errs.T("the header is neither UTF-8 nor GB18030", "标题行既不是 UTF-8 也不是 GB18030 编码"), Next: encodingHint}
		}
		names[i] = string(sp.cells[i])
	}
	s.top = 1 + bytes.Count(text[:skip], []byte{'\n'})
	s.skip(skip + next)
	return names, nil
}

// titles is the length of the lines above the names of the columns: those above
// the row that --map header= names, else those with one filled cell, if others
// follow.
func (s *source) titles(text []byte, delim string) int {
	if s.named > 0 {
		n := 0
		for range s.named - 1 {
			end := bytes.IndexByte(text[n:], '\n')
			if end < 0 {
				return n
			}
			n += end + 1
		}
		return n
	}
	cuts := delimiters
	if d, err := s.delimiter(delim, nil); err == nil && delim != "" {
		cuts = string(d)
	}
	for n, lines := 0, 0; lines <= table.MostTitles; lines++ {
		line, _, more := bytes.Cut(text[n:], []byte{'\n'})
		cells := bytes.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(cuts, r) })
		if filled := len(bytes.TrimSpace(line)) > 0; filled && !table.OneFilled(cells) || bytes.HasPrefix(line, []byte{'"'}) {
			return n
		}
		if !more {
			break
		}
		n += len(line) + 1
	}
	return 0
}

var encodingHint = errs.T("save the file as UTF-8, or name its encoding: --map encoding=windows-1252 (or gb18030, utf-16)",
	"请另存为 UTF-8，或指明编码：--map encoding=gb18030（或 windows-1252、utf-16）")

func headerEnd(b []byte, delim byte) int {
	sp := splitter{delim: delim}
	sp.room(len(b))
	_, next, _ := sp.quoted(b)
	return next
}

func (s *source) badHeader(fault quoteFault) error {
	e := &errs.Error{Code: errs.Input, Place: errs.Place{File: s.file, Line: 1}}
	switch fault {
	case unclosed:
		e.What = errs.T("a quote in the header never closes", "标题行中有未闭合的引号")
	case textAfterQuote:
		e.What = errs.T("text after a closing quote in the header; expected a delimiter", "标题行中闭引号之后还有文字；应为分隔符")
	default:
		e.Code = errs.Limit
		e.What = errs.Tf("more than %d columns", "列数超过 %d", maxColumns)
	}
	e.Next = errs.T("a quote inside a quoted cell is written twice", "引号单元格内的引号应写两次")
	return e
}

// blankLines is the length of the empty lines that b begins with.
func blankLines(b []byte) int {
	n := 0
	for n < len(b) && (b[n] == '\n' || b[n] == '\r') {
		n++
	}
	return n
}

// delimiter is the given one, else the one that cuts the header and the lines
// below it into the same number of cells, the most.
func (s *source) delimiter(given string, text []byte) (byte, error) {
	switch strings.ToLower(given) {
	case "":
	case "tab", `\t`:
		return '\t', nil
	case "comma":
		return ',', nil
	case "semicolon":
		return ';', nil
	case "pipe", "bar":
		return '|', nil
	default:
		if len(given) != 1 || given[0] >= 0x80 || strings.ContainsAny(given, "\"\r\n") {
			return 0, &errs.Error{Code: errs.Usage, Place: errs.Place{File: s.file},
				What: errs.Tf("--map delimiter=%s: expected comma, semicolon, tab, pipe or one ASCII character", "--map delimiter=%s：应为 comma、semicolon、tab、pipe 或一个 ASCII 字符", given)}
		}
		return given[0], nil
	}
	best, most := byte(','), 0
	for _, d := range []byte(delimiters) {
		if score := consistent(text, d); score > most {
			best, most = d, score
		}
	}
	return best, nil
}

// consistent is the number of cells of the first record cut by d, doubled if
// each of the records below has as many; 0 if d doesn't occur.
func consistent(text []byte, d byte) int {
	const few = 20
	sp := splitter{delim: d, width: maxColumns, cells: make([][]byte, maxColumns)}
	text = text[:min(len(text), 256<<10)]
	sp.room(len(text))
	cells, pos, fault := sp.quoted(text)
	if cells < 2 || fault != wellQuoted {
		return 0
	}
	for i := 0; i < few && pos < len(text); i++ {
		if blank := blankLines(text[pos:]); blank > 0 {
			pos += blank
			continue
		}
		n, next, fault := sp.quoted(text[pos:])
		if pos+next == len(text) {
			break // may be cut off
		}
		if fault != wellQuoted || n != cells {
			return cells
		}
		pos += next
	}
	return 2 * cells
}

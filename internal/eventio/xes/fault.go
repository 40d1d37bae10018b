package xes

import (
	"bytes"
	"unicode/utf8"

	"plumbline/internal/errs"
)

// fail is a fault of the XML itself at a place in the window.
func (s *scanner) fail(at int, what errs.Text) *errs.Error {
	return &errs.Error{Code: errs.Input, Place: s.place(at), What: what,
		Next: errs.T("the XML is broken here: export the log again, or mend this line", "此处 XML 有误：请重新导出日志，或修改这一行")}
}

// limit is a log that asks for more than a log may.
func (s *scanner) limit(at int, what errs.Text) *errs.Error {
	return &errs.Error{Code: errs.Limit, Place: s.place(at), What: what,
		Next: errs.T("no log needs that: see where the file came from", "日志不需要如此：请核查文件来源")}
}

func (s *scanner) tooLong() *errs.Error {
	e := s.limit(s.pos, errs.Tf("more than %d MB without a complete element", "超过 %d MB 仍没有一个完整的元素", s.most>>20))
	e.Place.Column, e.Place.Snippet = 0, ""
	return e
}

// cut is a file that ends within a tag.
func (s *scanner) cut() error {
	if !s.rooted && len(s.depth) == 0 && s.w[s.pos] != '<' {
		return s.notXES(s.pos)
	}
	if s.rooted && len(s.depth) == 0 && s.w[s.pos] != '<' {
		return s.fail(s.pos, errs.T("text after the end of the document; expected nothing", "文档结束之后还有文字；此处不应有内容"))
	}
	return s.ended(errs.T("the file ends within a tag", "文件在标签中间结束"))
}

// end is the end of the file between tags: right after the root, early before.
func (s *scanner) end() error {
	if len(s.depth) > 0 {
		open := clip(s.names[s.depth[len(s.depth)-1]:])
		return s.ended(errs.Tf("the file ends inside <%[1]s>; expected </%[1]s>", "文件在 <%[1]s> 内结束；应有 </%[1]s>", open))
	}
	if !s.rooted {
		return s.ended(errs.T("the file ends before any element; expected <log>", "文件没有任何元素；应有 <log>"))
	}
	s.tok = tokEOF
	return nil
}

func (s *scanner) ended(what errs.Text) *errs.Error {
	e := s.fail(s.pos, what)
	e.Next = errs.T("the file was cut off: copy it again from where it came from", "文件被截断：请从来源处重新复制")
	return e
}

// notXES is a file that is something else.
func (s *scanner) notXES(at int) *errs.Error {
	e := s.fail(at, errs.T("this is not XML; expected an XES log, which begins with <?xml or <log", "这不是 XML；应为 XES 日志，以 <?xml 或 <log 开头"))
	e.Next = errs.T("name the file by its format (.csv, .jsonl …), or export it as XES", "请按实际格式命名文件（.csv、.jsonl 等），或导出为 XES")
	return e
}

// place is where byte at of the window stands in the file, with its line where
// that is short enough to show.
func (s *scanner) place(at int) errs.Place {
	at = min(at, len(s.w))
	p := errs.Place{File: s.file, Line: s.lineAt(at)}
	start := bytes.LastIndexByte(s.w[:at], '\n') + 1
	if start == 0 && s.slid {
		return p // the line began before the window
	}
	if at-start > 1<<16 {
		return p // a column that nobody can count to
	}
	p.Column = utf8.RuneCount(s.w[start:at]) + 1
	end := bytes.IndexByte(s.w[at:], '\n')
	if end < 0 {
		end = len(s.w) - at
	}
	const widest = 160
	if line := s.w[start : at+end]; len(line) <= widest && utf8.Valid(line) {
		p.Snippet = string(bytes.TrimRight(line, "\r"))
	}
	return p
}

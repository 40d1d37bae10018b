package xes

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"plumbline/internal/errs"
)

// text passes over the characters up to the next tag and refuses those that
// XML doesn't allow.
func (s *scanner) text(w []byte) (step, error) {
	n := bytes.IndexByte(w[s.pos:], '<')
	if n < 0 {
		return stepMore, nil
	}
	run := w[s.pos : s.pos+n]
	if len(s.depth) == 0 {
		if s.rooted {
			return 0, s.fail(s.pos, errs.T("text after the end of the document; expected nothing", "文档结束之后还有文字；此处不应有内容"))
		}
		return 0, s.notXES(s.pos)
	}
	s.scratch = s.scratch[:0]
	if _, err := s.decode(run, s.pos, false); err != nil {
		return 0, err
	}
	if k := bytes.Index(run, []byte("]]>")); k >= 0 {
		return 0, s.fail(s.pos+k, errs.T("]]> outside of a CDATA section", "]]> 出现在 CDATA 之外"))
	}
	s.pos += n
	return stepPast, nil
}

// bang passes over a comment, a CDATA section or a document type.
func (s *scanner) bang(w []byte) (step, error) {
	rest := w[s.pos:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		n := bytes.Index(rest[4:], []byte("--"))
		if n < 0 || n+6 == len(rest) {
			return stepMore, nil
		}
		if rest[n+6] != '>' {
			return 0, s.fail(s.pos+4+n, errs.T("-- within a comment; XML doesn't allow it", "注释中出现 --；XML 不允许"))
		}
		s.pos += n + 7
		return stepPast, nil
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		n := bytes.Index(rest, []byte("]]>"))
		if n < 0 {
			return stepMore, nil
		}
		if err := s.allowed(rest[9:n], s.pos+9); err != nil {
			return 0, err
		}
		if len(s.depth) == 0 {
			return 0, s.fail(s.pos, errs.T("text outside of the document; expected <log>", "文字出现在文档之外；应为 <log>"))
		}
		s.pos += n + 3
		return stepPast, nil
	case len(rest) < 9 && (bytes.HasPrefix([]byte("<!--"), rest) || bytes.HasPrefix([]byte("<![CDATA["), rest)):
		return stepMore, nil
	case rest[2] == '-':
		return 0, s.fail(s.pos, errs.T("expected <!-- for a comment", "注释应以 <!-- 开头"))
	case rest[2] == '[':
		return 0, s.fail(s.pos, errs.T("expected <![CDATA[", "应为 <![CDATA["))
	}
	return s.doctype(rest)
}

// doctype passes over <!DOCTYPE …> with what it has in brackets and quotes. A
// log has no use for entities of its own, an attacker has.
func (s *scanner) doctype(rest []byte) (step, error) {
	depth := 0
	for i := 3; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '"' || c == '\'':
			n := bytes.IndexByte(rest[i+1:], c)
			if n < 0 {
				return stepMore, nil
			}
			i += n + 1
		case c == '<' && bytes.HasPrefix(rest[i:], []byte("<!--")):
			n := bytes.Index(rest[i+4:], []byte("-->"))
			if n < 0 {
				return stepMore, nil
			}
			i += n + 6
		case c == '<' && bytes.HasPrefix(rest[i:], []byte("<!ENTITY")):
			return 0, &errs.Error{Code: errs.Limit, Place: s.place(s.pos + i),
				What: errs.T("the document type declares entities, by which a small file can become a huge one; a log has none", "文档类型声明了实体，小文件可借此膨胀成巨型文件；日志不应声明实体"),
				Next: errs.T("remove the <!DOCTYPE …> if you trust where the file came from", "若来源可信，请删去 <!DOCTYPE …>")}
		case c == '<':
			depth++
		case c == '>' && depth == 0:
			s.pos += i + 1
			return stepPast, nil
		case c == '>':
			depth--
		}
	}
	return stepMore, nil
}

// instruction passes over <?…?> and reads the encoding of the XML declaration.
func (s *scanner) instruction(w []byte) (step, error) {
	rest := w[s.pos+2:]
	n := bytes.Index(rest, []byte("?>"))
	if n < 0 {
		return stepMore, nil
	}
	body := rest[:n]
	end := scanName(body, 0)
	if !goodName(body[:end]) {
		return 0, s.fail(s.pos, errs.T("expected a name after <?", "<? 之后应为名称"))
	}
	if string(body[:end]) == "xml" {
		if v := declared(body, "version"); v != "" && v != "1.0" {
			return 0, s.fail(s.pos, errs.Tf("XML version %q; expected 1.0", "XML 版本为 %q；应为 1.0", clip([]byte(v))))
		}
		switch enc := declared(body, "encoding"); strings.ToLower(enc) {
		case "", "utf-8", "utf8", "us-ascii", "ascii":
		default:
			e := clip([]byte(enc))
			return 0, &errs.Error{Code: errs.Input, Place: s.place(s.pos),
				What: errs.Tf("the file says that it is in %s; expected UTF-8", "文件声明编码为 %s；应为 UTF-8", e), Next: convert(e)}
		}
	}
	s.pos += n + 4
	return stepPast, nil
}

// declared is the value of a pseudo attribute of the XML declaration.
func declared(body []byte, name string) string {
	for rest := body; ; {
		k := bytes.Index(rest, []byte(name))
		if k < 0 {
			return ""
		}
		rest = rest[k+len(name):]
		v := bytes.TrimLeft(rest, " \t\r\n")
		if len(v) == 0 || v[0] != '=' {
			continue
		}
		v = bytes.TrimLeft(v[1:], " \t\r\n")
		if len(v) == 0 || v[0] != '"' && v[0] != '\'' {
			continue
		}
		if end := bytes.IndexByte(v[1:], v[0]); end >= 0 {
			return string(v[1 : 1+end])
		}
	}
}

// decode is what a value or text that begins at place at in the window stands
// for: entities replaced and, in values, each line break or tab a blank (XML
// 1.0 §3.3.3). The result may lie in scratch.
func (s *scanner) decode(raw []byte, at int, value bool) ([]byte, error) {
	if err := s.allowed(raw, at); err != nil {
		return nil, err
	}
	if !value {
		for i := 0; i < len(raw); i++ {
			if raw[i] == '&' {
				_, n, err := s.entity(raw[i:], at+i)
				if err != nil {
					return nil, err
				}
				i += n - 1
			}
		}
		return nil, nil
	}
	start := len(s.scratch)
	done := 0 // what stands in scratch or needs no copy
	for i := 0; i < len(raw); i++ {
		var n int
		var r rune
		switch raw[i] {
		case '<':
			return nil, s.fail(at+i, errs.T("< within a value; expected &lt; or the quote that ends it", "值中出现 <；应写作 &lt;，或先结束引号"))
		case '&':
			var err error
			if r, n, err = s.entity(raw[i:], at+i); err != nil {
				return nil, err
			}
		case '\r':
			r, n = ' ', 1
			if i+1 < len(raw) && raw[i+1] == '\n' {
				n = 2
			}
		case '\n', '\t':
			r, n = ' ', 1
		default:
			continue
		}
		s.scratch = append(s.scratch, raw[done:i]...)
		s.scratch = utf8.AppendRune(s.scratch, r)
		done = i + n
		i = done - 1
	}
	if done == 0 {
		return raw, nil
	}
	s.scratch = append(s.scratch, raw[done:]...)
	return s.scratch[start:len(s.scratch):len(s.scratch)], nil
}

// entity reads &…; at the beginning of raw.
func (s *scanner) entity(raw []byte, at int) (r rune, n int, err error) {
	const longest = 32
	end := bytes.IndexByte(raw[:min(len(raw), longest)], ';')
	if end > 0 {
		switch name := string(raw[1:end]); name {
		case "lt":
			return '<', end + 1, nil
		case "gt":
			return '>', end + 1, nil
		case "amp":
			return '&', end + 1, nil
		case "quot":
			return '"', end + 1, nil
		case "apos":
			return '\'', end + 1, nil
		default:
			if r, ok := numeric(name); ok {
				return r, end + 1, nil
			}
			if !strings.HasPrefix(name, "#") {
				return 0, 0, s.fail(at, errs.Tf("unknown entity &%s;; expected &amp; &lt; &gt; &quot; &apos; or a number", "未知实体 &%s;；应为 &amp; &lt; &gt; &quot; &apos; 或数字", clip([]byte(name))))
			}
			return 0, 0, s.fail(at, errs.Tf("&%s; is no character of XML", "&%s; 不是 XML 允许的字符", clip([]byte(name))))
		}
	}
	return 0, 0, s.fail(at, errs.T("& without a ; that ends the entity; a plain & is written &amp;", "& 之后缺少结束实体的 ;；& 本身应写作 &amp;"))
}

// numeric reads #169 or #xA9.
func numeric(name string) (rune, bool) {
	digits, base := "", 10
	switch {
	case strings.HasPrefix(name, "#x"):
		digits, base = name[2:], 16
	case strings.HasPrefix(name, "#"):
		digits = name[1:]
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune || !inXML(rune(n)) {
		return 0, false
	}
	return rune(n), true
}

// inXML says whether XML 1.0 allows the character (§2.2).
func inXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// allowed refuses bytes that are no UTF-8 and characters that are no XML.
func (s *scanner) allowed(raw []byte, at int) error {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c >= ' ' && c < utf8.RuneSelf || c == '\n' || c == '\t' || c == '\r' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			e := s.fail(at+i, errs.Tf("the byte 0x%02x is not UTF-8", "字节 0x%02x 不是 UTF-8", c))
			e.Next = errs.T("if the file is in another encoding, convert it: iconv -f GB18030 -t UTF-8 (or the encoding it is in)", "若文件为其他编码，请转换：iconv -f GB18030 -t UTF-8（或其实际编码）")
			return e
		}
		if !inXML(r) {
			return s.fail(at+i, errs.Tf("the character U+%04X, which XML doesn't allow", "字符 U+%04X，XML 不允许", r))
		}
		i += n
	}
	return nil
}

// clip is a piece of the file for a message: short, and printable.
func clip(b []byte) string {
	const most = 60
	more := ""
	if len(b) > most {
		b, more = b[:most], "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return '?'
		}
		return r
	}, string(b)) + more
}

package xlsxlog

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// readShared keeps the texts that cells share.
func (k *book) readShared(part string) error {
	r, err := k.part(part, k.most)
	if err != nil {
		return err
	}
	defer r.Close()
	t := k.tokens(r)
	kept := 0
	for {
		tok, err := t.next()
		if errors.Is(err, io.EOF) && t.depth == 0 {
			return nil
		}
		if err != nil {
			return k.damaged(part, err)
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "si" {
			text, err := t.text()
			if err != nil {
				return k.damaged(part, err)
			}
			if kept += len(text) + 16; kept > k.keeps {
				return k.tooMuch(errs.Tf("more than %d MB of texts", "文字超过 %d MB", k.keeps>>20))
			}
			k.shared = append(k.shared, text)
		}
	}
}

// text is the text of the element just begun, to its end: all runs of t, but
// not those of rPh, which say how to pronounce it.
func (t *tokens) text() (string, error) {
	var b strings.Builder
	end := t.depth - 1
	spoken, inT := 0, false
	for t.depth > end {
		tok, err := t.next()
		if err != nil {
			return "", err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if spoken > 0 || tok.Name.Local == "rPh" {
				spoken++
			}
			inT = tok.Name.Local == "t" && spoken == 0
		case xml.EndElement:
			spoken = max(spoken-1, 0)
			inT = false
		case xml.CharData:
			if inT {
				if b.Write(tok); b.Len() > maxToken {
					return "", t.k.tooMuch(errs.Tf("more than %d bytes in one cell", "单个单元格超过 %d 字节", maxToken))
				}
			}
		}
	}
	return unescape(b.String()), nil
}

// unescape reads _x000D_, which stands for a character that XML can't hold.
func unescape(s string) string {
	for from := 0; ; {
		i := strings.Index(s[from:], "_x")
		if i < 0 {
			return s
		}
		if i += from; len(s)-i < 7 || s[i+6] != '_' {
			from = i + 2
			continue
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil {
			from = i + 2
			continue
		}
		c := string(rune(n))
		s = s[:i] + c + s[i+7:]
		from = i + len(c)
	}
}

// rows calls f with each row of a sheet that has a cell: its number, and its
// cells as text, which hold until the next row.
func (k *book) rows(s sheetRef, f func(number int, cells []string) error) error {
	r, err := k.part(s.part, k.most)
	if err != nil {
		return err
	}
	defer r.Close()
	t := k.tokens(r)
	number, complete := 0, false
	var cells []string
	for {
		tok, err := t.next()
		if errors.Is(err, io.EOF) && t.depth == 0 && complete {
			return nil
		}
		if err != nil {
			return k.damaged(s.part, err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			switch tok.Name.Local {
			case "row":
				number++
				if n, err := strconv.Atoi(attr(tok, "r")); err == nil {
					number = n
				}
				cells = cells[:0]
			case "c":
				if cells, err = t.cell(tok, cells); err != nil {
					return k.damaged(s.part, err)
				}
			}
		case xml.EndElement:
			switch {
			case tok.Name.Local == "sheetData":
				complete = true
			case tok.Name.Local == "row" && !blank(cells):
				if err := f(number, cells); err != nil {
					return err
				}
			}
		}
	}
}

func blank(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}

// cell puts the text of the cell just begun into its column.
func (t *tokens) cell(c xml.StartElement, cells []string) ([]string, error) {
	col := len(cells)
	if ref := attr(c, "r"); ref != "" {
		col = columnOf(ref)
	}
	if col < 0 || col >= maxColumns {
		return nil, t.k.tooMuch(errs.Tf("more than %d columns", "超过 %d 列", maxColumns))
	}
	for len(cells) <= col {
		cells = append(cells, "")
	}
	var raw strings.Builder
	inline := ""
	end := t.depth - 1
	inV := false
	for t.depth > end {
		tok, err := t.next()
		if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			inV = tok.Name.Local == "v"
			if tok.Name.Local == "is" {
				if inline, err = t.text(); err != nil {
					return nil, err
				}
			}
		case xml.EndElement:
			inV = false
		case xml.CharData:
			if inV {
				raw.Write(tok)
			}
		}
	}
	text, err := t.k.cellText(attr(c, "t"), attr(c, "s"), raw.String(), inline)
	cells[col] = text
	return cells, err
}

// columnOf is the column, from 0, of a reference such as AB12; −1 if it is none.
func columnOf(ref string) int {
	n := 0
	for i := 0; i < len(ref) && i < 4; i++ {
		switch c := ref[i] &^ 0x20; {
		case c >= 'A' && c <= 'Z':
			n = n*26 + int(c-'A') + 1
		default:
			return n - 1
		}
	}
	return -1
}

// cellText is what a cell says: "" where it is empty or holds an error.
func (k *book) cellText(typ, style, raw, inline string) (string, error) {
	switch typ {
	case "inlineStr":
		return inline, nil
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(raw))
		if raw == "" {
			return "", nil
		}
		if err != nil || i < 0 || i >= len(k.shared) {
			return "", errors.New("a cell refers to a shared text that isn't there")
		}
		return k.shared[i], nil
	case "str":
		return unescape(raw), nil
	case "d":
		return raw, nil
	case "b":
		return map[string]string{"1": "true", "0": "false"}[raw], nil
	case "e":
		return "", nil
	}
	if raw == "" {
		return "", nil
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return "", errors.New("a cell of numbers holds " + strconv.Quote(raw[:min(len(raw), 40)]))
	}
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(k.dates) && k.dates[i] != noDate {
		if text, ok := dateText(f, k.since, k.dates[i]); ok {
			return text, nil
		}
	}
	return event.FormatNumber(f), nil
}

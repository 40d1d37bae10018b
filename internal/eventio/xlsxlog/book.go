package xlsxlog

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"plumbline/internal/errs"
)

// Limits of what a workbook may unfold to.
const (
	maxPart    = 2 << 30   // bytes of a sheet, which is streamed
	maxKept    = 256 << 20 // bytes of text kept at once
	maxSmall   = 16 << 20  // bytes of the parts that say how the book is made
	maxRatio   = 400       // bytes for a byte, of a part beyond maxSmall; real sheets stay under 50
	maxParts   = 20_000
	maxDepth   = 64
	maxToken   = 1 << 20 // bytes between two tags; a cell has 32,767 characters at most
	maxColumns = 16_384

	maxListPart = 512 << 20 // bytes of a sheet of lists (see Rows), …
	maxListed   = 64 << 20  // … of which so many are kept
)

// book is a workbook opened for reading.
type book struct {
	file   string
	most   uint64 // bytes that a part may have
	keeps  int    // bytes of text that may be kept
	parts  map[string]*zip.File
	sheets []sheetRef
	shared []string
	dates  []dateStyle // by style
	since  int         // 1900 or 1904
}

type sheetRef struct {
	name, part string
	hidden     bool
}

// open reads what stands around the sheets.
func open(r io.ReaderAt, size int64, file string, most uint64, keeps int) (*book, error) {
	k := &book{file: file, most: most, keeps: keeps, parts: map[string]*zip.File{}, since: 1900}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, k.notABook(r, err)
	}
	if len(z.File) > maxParts {
		return nil, k.tooMuch(errs.Tf("more than %d parts", "部件超过 %d 个", maxParts))
	}
	for _, f := range z.File {
		k.parts[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))] = f
	}
	if err := k.readBook(); err != nil {
		return nil, err
	}
	return k, nil
}

func (k *book) fail(what, next errs.Text, cause error) *errs.Error {
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: k.file}, What: what, Next: next, Err: cause}
}

func (k *book) tooMuch(what errs.Text) *errs.Error {
	e := k.fail(errs.T("refused, as it would unfold to too much: "+what.En, "拒绝读取，展开后过大："+what.Zh),
		errs.T("save it anew, or export the sheet as CSV", "请重新保存，或将工作表导出为 CSV"), nil)
	e.Code = errs.Limit
	return e
}

func (k *book) notABook(r io.ReaderAt, err error) error {
	var magic [4]byte
	if _, e := r.ReadAt(magic[:], 0); e == nil && string(magic[:]) == "\xd0\xcf\x11\xe0" {
		return k.fail(errs.T("an old .xls workbook, or one with a password; expected XLSX", "这是旧版 .xls 工作簿，或设有密码；应为 XLSX"),
			errs.T("save it as .xlsx without a password", "请另存为不带密码的 .xlsx"), err)
	}
	if string(magic[:]) == "PK\x03\x04" {
		return k.fail(errs.T("the workbook ends early or is damaged", "工作簿不完整或已损坏"), errs.T("copy or save it again", "请重新复制或保存"), err)
	}
	return k.fail(errs.T("not a workbook; expected XLSX", "不是工作簿；应为 XLSX"), errs.T("give the file the name that fits its format", "请使用与格式相符的文件名"), err)
}

// damaged is an error inside a part.
func (k *book) damaged(part string, err error) error {
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		return e
	}
	return k.fail(errs.T(fmt.Sprintf("part %s can't be read: %v", part, err), "部件 "+part+" 无法读取"), errs.T("save the workbook again", "请重新保存工作簿"), err)
}

// part opens a part under its limits.
func (k *book) part(name string, limit uint64) (io.ReadCloser, error) {
	f := k.parts[strings.ToLower(name)]
	if f == nil && len(k.parts) > 0 && k.parts["[content_types].xml"] == nil {
		return nil, k.fail(errs.T("this is a zip archive and no workbook", "这是 zip 压缩包，不是工作簿"), errs.T("unpack it and name the files in it", "请解压后列出其中的文件"), nil)
	}
	if f == nil {
		return nil, k.fail(errs.Tf("the workbook lacks its part %s", "工作簿缺少部件 %s", name), errs.T("save it again", "请重新保存"), nil)
	}
	if n := f.UncompressedSize64; n > limit || n > maxSmall && n/maxRatio > f.CompressedSize64 {
		return nil, k.tooMuch(errs.Tf("%s has %d MB", "%s 有 %d MB", name, n>>20))
	}
	r, err := f.Open()
	if err != nil {
		return nil, k.damaged(name, err)
	}
	return r, nil
}

// tokens is the XML of a part, whose depth and whose lengths are bounded.
type tokens struct {
	*xml.Decoder
	k     *book
	depth int
}

func (k *book) tokens(r io.Reader) *tokens {
	return &tokens{Decoder: xml.NewDecoder(&guard{r: r, k: k}), k: k}
}

// next is the next token, io.EOF after the last.
func (t *tokens) next() (xml.Token, error) {
	tok, err := t.Token()
	switch tok.(type) {
	case xml.StartElement:
		if t.depth++; t.depth > maxDepth {
			return nil, t.k.tooMuch(errs.Tf("XML nested deeper than %d", "XML 嵌套超过 %d 层", maxDepth))
		}
	case xml.EndElement:
		t.depth--
	}
	return tok, err
}

// guard refuses XML that the decoder would have to keep whole: long text and
// tags, and everything that begins with <! (no writer of workbooks uses
// comments, sections or document types, and entities only serve attacks).
type guard struct {
	r     io.Reader
	k     *book
	since int  // bytes since the last <
	open  bool // the last byte was <
	begun bool // past the first tag
	decl  bool // inside the <?xml …?> that it may be
}

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	for i, c := range p[:n] {
		if g.open && (c == '!' || c == '?' && g.begun) {
			return 0, g.k.fail(errs.Tf("XML with <%c, which no workbook has", "XML 含有 <%c，工作簿中不应出现", c), errs.T("save the workbook again", "请重新保存工作簿"), nil)
		}
		g.decl = g.decl && c != '>' || g.open && c == '?'
		g.begun = g.begun || g.open
		g.since++
		if g.open = c == '<'; g.open && !g.decl {
			g.since = 0
		}
		if g.since > maxToken {
			return i, g.k.tooMuch(errs.Tf("more than %d bytes in one cell or tag", "单个单元格或标签超过 %d 字节", maxToken))
		}
	}
	return n, err
}

// small decodes one of the parts that say how the book is made.
func (k *book) small(name string, see func(xml.StartElement) error) error {
	r, err := k.part(name, maxSmall)
	if err != nil {
		return err
	}
	defer r.Close()
	t := k.tokens(r)
	for {
		tok, err := t.next()
		if errors.Is(err, io.EOF) && t.depth == 0 {
			return nil
		}
		if err != nil {
			return k.damaged(name, err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			if err := see(e); err != nil {
				return k.damaged(name, err)
			}
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// relation is a line of a .rels part.
type relation struct{ id, kind, target string }

// relations reads the .rels part that goes with a part.
func (k *book) relations(of string) ([]relation, error) {
	dir, base := path.Split(of)
	var list []relation
	err := k.small(dir+"_rels/"+base+".rels", func(e xml.StartElement) error {
		if e.Name.Local == "Relationship" {
			target := attr(e, "Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Join(dir, target)
			}
			list = append(list, relation{attr(e, "Id"), path.Base(attr(e, "Type")), strings.TrimPrefix(target, "/")})
		}
		return nil
	})
	return list, err
}

func (k *book) readBook() error {
	top, err := k.relations("")
	if err != nil {
		return err
	}
	main := "xl/workbook.xml"
	for _, r := range top {
		if r.kind == "officeDocument" {
			main = r.target
		}
	}
	rels, err := k.relations(main)
	if err != nil {
		return err
	}
	byID := map[string]relation{}
	for _, r := range rels {
		byID[r.id] = r
	}
	if err := k.small(main, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			if v := attr(e, "date1904"); v == "1" || v == "true" {
				k.since = 1904
			}
		case "sheet":
			if r := byID[attr(e, "id")]; r.kind == "worksheet" {
				k.sheets = append(k.sheets, sheetRef{attr(e, "name"), r.target, attr(e, "state") != "" && attr(e, "state") != "visible"})
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, r := range rels {
		switch r.kind {
		case "styles":
			err = k.readStyles(r.target)
		case "sharedStrings":
			err = k.readShared(r.target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sheet is the named sheet, else the first that is shown.
func (k *book) sheet(name string) (sheetRef, error) {
	var names []string
	for _, s := range k.sheets {
		if s.name == name || name == "" && !s.hidden {
			return s, nil
		}
		names = append(names, s.name)
	}
	if name == "" {
		return sheetRef{}, k.fail(errs.T("the workbook shows no sheet of cells", "工作簿没有可见的工作表"), errs.T("name one: --map sheet=NAME", "请指明：--map sheet=名称"), nil)
	}
	list := strings.Join(strings.Split(fmt.Sprintf("%q", names), `" "`), `", "`)
	e := k.fail(errs.Tf("--map sheet=%s: there is no such sheet", "--map sheet=%s：没有这个工作表", name), errs.Tf("the sheets are %s", "现有工作表：%s", list), nil)
	e.Code = errs.Usage
	return sheetRef{}, e
}

// others are the names of the sheets that are shown and have a cell, but for one.
func (k *book) others(but sheetRef) (names []string) {
	for _, s := range k.sheets {
		if s == but || s.hidden {
			continue
		}
		if err := k.rows(s, func(int, []string) error { return errSome }); err != nil { // one that can't be read isn't empty either
			names = append(names, s.name)
		}
	}
	return names
}

var errSome = errors.New("there is a row")

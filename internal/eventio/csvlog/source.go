package csvlog

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"plumbline/internal/errs"
)

const (
	blockSize = 2 << 20
	// maxRecord bounds a record, and so what a file without line ends, or with
	// a quote that never closes, can make us keep.
	maxRecord = 16 << 20
	// padding lets the splitter load words beyond the last record.
	padding = 8
)

// block is a number of whole records.
type block struct {
	room    []byte // what the block's bytes lie in, used again
	data    []byte
	ascii   bool // all bytes are ASCII
	quoted  bool // there is a quote somewhere
	decoded bool // came through a decoder, which marks bad bytes with U+FFFD
	line    int  // of the file, from 1, that data begins with
}

// source cuts a file into blocks. It is used under a lock.
type source struct {
	r       io.Reader
	file    string
	delim   byte
	carry   []byte // the beginning of the next block, already read
	text    encoding.Encoding
	decided bool // which encoding it is
	eof     bool
	read    int64 // bytes of text given out
	lines   int   // line ends given out
	named   int   // the line that --map header= names, 0 for none
	top     int   // the line of the header
}

// newSource begins a file: what its first bytes say of the encoding, and
// whether it is text at all.
func newSource(r io.Reader, file, enc string) (*source, error) {
	s := &source{r: r, file: file}
	head := make([]byte, 4096)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, readError(file, err)
	}
	head = head[:n]
	s.r = io.MultiReader(bytes.NewReader(head), r)
	if enc != "" {
		e, ok := encodings[strings.ToLower(enc)]
		if !ok {
			return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: file},
				What: errs.Tf("--map encoding=%s: unknown; expected utf-8, gb18030, utf-16 or windows-1252", "--map encoding=%s：未知编码；应为 utf-8、gb18030、utf-16 或 windows-1252", enc)}
		}
		s.decode(e)
		return s, nil
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		s.decode(utf16)
	case bytes.HasPrefix(head, []byte("\ufeff")):
		s.decided = true
		s.r = io.MultiReader(bytes.NewReader(head[3:]), r)
	case bytes.IndexByte(head, 0) >= 0 || kindOf(head) != "":
		return nil, notText(file, kindOf(head))
	}
	return s, nil
}

var (
	utf16     = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	encodings = map[string]encoding.Encoding{
		"utf-8": nil, "utf8": nil, "gb18030": simplifiedchinese.GB18030, "gbk": simplifiedchinese.GB18030, "gb2312": simplifiedchinese.GB18030,
		"utf-16": utf16, "utf16": utf16, "windows-1252": charmap.Windows1252, "latin1": charmap.Windows1252, "iso-8859-1": charmap.Windows1252,
	}
)

func (s *source) decode(e encoding.Encoding) {
	s.decided = true
	if e != nil {
		s.text = e
		s.r = transform.NewReader(s.r, e.NewDecoder())
	}
}

// kindOf names a file that isn't text by its first bytes.
func kindOf(head []byte) string {
	for _, k := range [...]struct{ magic, name string }{
		{"PK\x03\x04", "ZIP (XLSX?)"}, {"\x1f\x8b", "gzip"}, {"PAR1", "Parquet"}, {"SQLite format 3\x00", "SQLite"},
		{"\xd0\xcf\x11\xe0", "XLS"}, {"%PDF-", "PDF"}, {"<?xml", "XML"}, {"\xef\xbb\xbf<?xml", "XML"},
	} {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return k.name
		}
	}
	return ""
}

func notText(file, kind string) error {
	e := &errs.Error{Code: errs.Input, Place: errs.Place{File: file},
		What: errs.T("not a table of text: it has NUL bytes; expected CSV", "不是文本表格：含有 NUL 字节；应为 CSV"),
		Next: errs.T("give the file the name that fits its format, or export it as CSV in UTF-8", "请使用与格式相符的文件名，或导出为 UTF-8 编码的 CSV")}
	if kind != "" {
		e.What = errs.Tf("not a table of text: it begins as %s does; expected CSV", "不是文本表格：开头是 %s 格式；应为 CSV", kind)
	}
	return e
}

func readError(file string, err error) error {
	if told := (*errs.Error)(nil); errors.As(err, &told) { // of what unpacks the file
		return told
	}
	why := errs.System(err)
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, Err: err,
		What: errs.T("the file can't be read to its end: "+why.En, "文件无法读完："+why.Zh),
		Next: errs.T("check that it is complete", "请检查文件是否完整")}
}

// begin gives the first bytes of the text, up to a block, which come again with
// next but for those that skip passes over.
func (s *source) begin() ([]byte, error) {
	for {
		buf, err := s.fill(s.carry, blockSize)
		if err != nil {
			return nil, err
		}
		s.carry = buf
		if s.decided || !s.decide(buf) {
			return buf, nil
		}
	}
}

// skip passes over n bytes that begin gave.
func (s *source) skip(n int) {
	s.read += int64(n)
	s.lines += bytes.Count(s.carry[:n], []byte{'\n'})
	s.carry = s.carry[n:]
}

// next fills a block with whole records; ok is false after the last.
func (s *source) next(b *block) (ok bool, err error) {
	if cap(b.room) < blockSize+padding {
		b.room = make([]byte, blockSize+padding)
	}
	buf := append(b.room[:0], s.carry...)
	want := max(blockSize, len(buf))
	for {
		if buf, err = s.fill(buf, want); err != nil {
			return false, err
		}
		b.room = buf
		if len(buf) == 0 {
			return false, nil
		}
		if !s.decided && s.decide(buf) {
			buf, want = buf[:0], blockSize // its bytes come again, decoded
			continue
		}
		b.quoted = bytes.IndexByte(buf, '"') >= 0
		end := len(buf)
		if !s.eof {
			end = s.lastEnd(buf, b.quoted)
		}
		if end > 0 {
			s.give(b, buf, end)
			return true, nil
		}
		if len(buf) >= maxRecord {
			return false, s.tooLong(b.quoted)
		}
		want = 2 * len(buf)
	}
}

// fill reads until buf has want bytes or the file ends, with room to spare.
func (s *source) fill(buf []byte, want int) ([]byte, error) {
	if cap(buf) < want+padding {
		buf = append(make([]byte, 0, want+padding), buf...)
	}
	if s.eof || len(buf) >= want {
		return buf, nil
	}
	n, err := io.ReadFull(s.r, buf[len(buf):want])
	buf = buf[:len(buf)+n]
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		// A gzip stream that ends early says ErrUnexpectedEOF of itself, with
		// as many bytes as asked for or fewer: ReadFull can't tell; ask again.
		s.eof = true
		if _, again := s.r.Read(make([]byte, 1)); errors.Is(again, io.ErrUnexpectedEOF) {
			return nil, readError(s.file, again)
		}
		return buf, nil
	}
	if err != nil {
		return nil, readError(s.file, err)
	}
	return buf, nil
}

// give hands out the bytes up to end and carries the others over.
func (s *source) give(b *block, buf []byte, end int) {
	s.carry = append(s.carry[:0], buf[end:]...)
	b.data = buf[:end]
	b.decoded = s.text != nil
	b.ascii = !s.decided // decide leaves it open only while all is ASCII
	s.read += int64(end)
	b.line = s.lines + 1
	s.lines += bytes.Count(b.data, []byte{'\n'})
}

// decide settles the encoding at the first bytes that aren't ASCII, and says
// whether all of them must be read again through a decoder.
func (s *source) decide(buf []byte) (again bool) {
	if isASCII(buf) {
		return false
	}
	whole := buf
	if i := bytes.LastIndexByte(buf, '\n'); i >= 0 && !s.eof {
		whole = buf[:i] // the last character may not be all there
	}
	if isASCII(whole) {
		return false
	}
	s.decided = true
	if utf8.Valid(whole) || !looksGB18030(whole) {
		return false
	}
	all := bytes.Clone(buf)
	s.carry = s.carry[:0]
	s.eof = false
	s.r = io.MultiReader(bytes.NewReader(all), s.r)
	s.decode(simplifiedchinese.GB18030)
	return true
}

func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if load(b)&highs != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// looksGB18030 tells GB18030 from UTF-8 with some bad bytes and from Latin
// text: much of it is no UTF-8, all of it decodes, and most of its characters
// are of the two-byte ones in daily use.
func looksGB18030(b []byte) bool {
	bad, high := 0, 0
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		}
		if b[i] >= 0x80 {
			high += n
		}
		i += n
	}
	if bad*10 < high {
		return false
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil || bytes.Contains(text, []byte("\ufffd")) {
		return false
	}
	daily, pairs := 0, 0
	for i := 0; i+1 < len(b); i++ {
		if b[i] >= 0x81 {
			pairs++
			if b[i] >= 0xa1 && b[i+1] >= 0xa1 {
				daily++
			}
			i++
		}
	}
	return daily*2 >= pairs
}

// lastEnd is where the last whole record ends, 0 if none does.
func (s *source) lastEnd(b []byte, quoted bool) int {
	if !quoted {
		return bytes.LastIndexByte(b, '\n') + 1
	}
	end, pos := 0, 0
	for {
		q := bytes.IndexByte(b[pos:], '"')
		if q < 0 {
			return max(end, pos+bytes.LastIndexByte(b[pos:], '\n')+1)
		}
		if i := bytes.LastIndexByte(b[pos:pos+q], '\n'); i >= 0 {
			end = pos + i + 1
		}
		pos += q
		if pos > 0 && b[pos-1] != s.delim && b[pos-1] != '\n' {
			pos++ // inside a cell without quotes it is a character like others
			continue
		}
		n := quotedLen(b[pos:])
		if n < 0 {
			return end
		}
		pos += n
	}
}

// quotedLen is the length of the quoted cell that b begins with, quotes
// included, or −1 if it isn't closed in b. A quote that is b's last byte may be
// the first of two.
func quotedLen(b []byte) int {
	i := 1
	for {
		q := bytes.IndexByte(b[i:], '"')
		if q < 0 || i+q+1 == len(b) {
			return -1
		}
		i += q + 1
		if b[i] != '"' {
			return i
		}
		i++
	}
}

func (s *source) tooLong(quoted bool) error {
	e := &errs.Error{Code: errs.Limit, Place: errs.Place{File: s.file, Line: s.lines + 1},
		What: errs.Tf("a record of more than %d MB; expected lines that end", "一条记录超过 %d MB；应有换行", maxRecord>>20),
		Next: errs.T("check that the file is CSV", "请检查文件是否为 CSV")}
	if quoted {
		e.Next = errs.T("look there for a quote that never closes", "请检查此处是否有未闭合的引号")
	}
	return e
}

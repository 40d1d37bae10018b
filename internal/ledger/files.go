package ledger

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"plumbline/internal/errs"
)

// maxFile is how long a file may be, in bytes.
const maxFile = 25 << 20

// Files keeps files in a folder, each under the SHA-256 of its content: the same
// file twice is one, and one that was changed isn't found.
type Files struct{ dir string }

// OpenFiles keeps files in a folder, which is made when the first one comes.
func OpenFiles(dir string) *Files { return &Files{dir} }

// path is where a file of a hash lies.
func (s *Files) path(hash string) string { return filepath.Join(s.dir, hash[:2], hash) }

// Keep reads a file to its end, looks what it is, and returns once it is on disk.
func (s *Files) Keep(name string, from io.Reader) (*File, error) {
	name, err := fileName(name)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxFile {
		return nil, lacking(NeedFile, errs.Tf("the file has more than %d MB", "文件超过 %d MB", maxFile>>20), errs.T("send it in parts, or a smaller copy", "请分成几份，或缩小后再传"))
	}
	typ := typeOf(body)
	if typ == "" {
		return nil, lacking(NeedFile, errs.T("this isn't one of the kinds of file that are kept: PDF, OFD, PNG, JPEG, XLSX, DOCX, plain text, MP4; what counts is the content, not the name", "文件类型不在允许之列：PDF、OFD、PNG、JPEG、XLSX、DOCX、纯文本、MP4（按内容判断，与文件名无关）"),
			errs.T("save it as one of them; documents with macros are not kept", "请另存为其中一种；含宏的文档不予保存"))
	}
	if !slices.Contains(endings[typ], strings.ToLower(filepath.Ext(name))) {
		name += endings[typ][0] // nobody opens it as what it isn't
	}
	sum := sha256.Sum256(body)
	f := &File{Hash: hex.EncodeToString(sum[:]), Name: name, Type: typ, Size: int64(len(body))}
	return f, s.write(f.Hash, body)
}

// write puts a file in its place, whole or not at all, and has the disk keep it.
func (s *Files) write(hash string, body []byte) error {
	to := s.path(hash)
	if info, err := os.Stat(to); err == nil && info.Size() == int64(len(body)) {
		return nil // it is there already
	}
	dir := filepath.Dir(to)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return cantKeep(dir, err)
	}
	part, err := os.CreateTemp(dir, ".part-*")
	if err != nil {
		return cantKeep(dir, err)
	}
	defer os.Remove(part.Name()) // gone already where all went well
	_, err = part.Write(body)
	err = errors.Join(err, part.Sync(), part.Close())
	if err == nil {
		err = os.Rename(part.Name(), to)
	}
	if err == nil {
		err = syncDirs(dir, s.dir, filepath.Dir(s.dir))
	}
	if err != nil {
		return cantKeep(to, err)
	}
	return nil
}

// syncDirs has the disk keep the names in folders.
func syncDirs(dirs ...string) error {
	for _, dir := range dirs {
		d, err := os.Open(dir)
		if err != nil {
			return err
		}
		err = d.Sync()
		if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrInvalid) {
			err = nil // a system that keeps names by itself
		}
		if err = errors.Join(err, d.Close()); err != nil {
			return err
		}
	}
	return nil
}

func cantKeep(place string, err error) error {
	return &errs.Error{Code: errs.Internal, Place: errs.Place{File: place}, Err: err, What: errs.Tf("the file can't be kept: %v", "文件无法保存：%v", err),
		Next: errs.T("make room, and let the account that runs the program write there", "请检查磁盘空间和写入权限")}
}

// Read gives a file's content, which must be what its hash says.
func (s *Files) Read(f *File) ([]byte, error) {
	bad := func(what errs.Text, err error) error {
		return &errs.Error{Code: errs.Internal, Place: errs.Place{File: s.path(f.Hash)}, Err: err, What: what, Next: errs.T("put it back from a backup: the hash says which it is", "请从备份中恢复：可按哈希值核对")}
	}
	body, err := os.ReadFile(s.path(f.Hash))
	if err != nil {
		return nil, bad(errs.Tf("a file of the record can't be read: %v", "无法读取记录中的文件：%v", err), err)
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != f.Hash {
		return nil, bad(errs.T("a file of the record isn't what was attached", "记录中的文件与上传时不一致"), nil)
	}
	return body, nil
}

// Drop removes a file that was erased; one that isn't there is none.
func (s *Files) Drop(hash string) error {
	if err := os.Remove(s.path(hash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Sweep removes what isn't known: files of erasures that the program ended within, and
// those whose move was never made. Nothing may be attached meanwhile.
func (s *Files) Sweep(hashes []string) error {
	known := map[string]bool{}
	for _, h := range hashes {
		known[h] = true
	}
	return filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing was ever attached
		}
		if err != nil || d.IsDir() || known[d.Name()] {
			return err
		}
		return os.Remove(path)
	})
}

// fileName is a file's name without folders, which some browsers send along.
func fileName(name string) (string, error) {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.TrimSpace(name)
	odd := func(r rune) bool { return !unicode.IsPrint(r) }
	if n := utf8.RuneCountInString(name); n == 0 || n > 200 || !utf8.ValidString(name) || strings.ContainsFunc(name, odd) || strings.Trim(name, ".") == "" {
		return "", lacking(NeedFile, errs.Tf("%q can't be a file's name", "%q 不能用作文件名", name), errs.T("give it a name of 1 to 200 letters, digits or signs", "请使用 1 至 200 个字、字母、数字或符号"))
	}
	return name, nil
}

// The types that are kept.
const (
	typePDF  = "application/pdf"
	typeOFD  = "application/ofd"
	typePNG  = "image/png"
	typeJPEG = "image/jpeg"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typeDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeText = "text/plain"
	typeMP4  = "video/mp4"
)

// endings are those that names of files of a type have, the usual one first.
var endings = map[string][]string{typePDF: {".pdf"}, typeOFD: {".ofd"}, typePNG: {".png"}, typeJPEG: {".jpg", ".jpeg"}, typeXLSX: {".xlsx"}, typeDOCX: {".docx"},
	typeText: {".txt", ".csv", ".tsv", ".log", ".md"}, typeMP4: {".mp4", ".m4v", ".mov"}}

// Types are the media types of files that are kept.
var Types = []string{typePDF, typeOFD, typePNG, typeJPEG, typeXLSX, typeDOCX, typeText, typeMP4}

// typeOf says what a file is, by its content; "" for what isn't kept.
func typeOf(body []byte) string {
	switch {
	case bytes.HasPrefix(body, []byte("%PDF-")):
		return typePDF
	case bytes.HasPrefix(body, []byte("\x89PNG\r\n\x1a\n")):
		return typePNG
	case bytes.HasPrefix(body, []byte("\xff\xd8\xff")):
		return typeJPEG
	case len(body) > 12 && string(body[4:8]) == "ftyp":
		return typeMP4
	case bytes.HasPrefix(body, []byte("PK\x03\x04")):
		return zipped(body)
	case isText(body):
		return typeText
	}
	return ""
}

// zipped says which of the formats that are ZIP files one is. It looks at the
// names alone and unpacks nothing.
func zipped(body []byte) string {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return ""
	}
	found := ""
	for _, f := range z.File {
		switch name := strings.ToLower(f.Name); {
		case strings.HasSuffix(name, "vbaproject.bin"):
			return ""
		case name == "xl/workbook.xml":
			found = typeXLSX
		case name == "word/document.xml":
			found = typeDOCX
		case name == "ofd.xml":
			found = typeOFD
		}
	}
	return found
}

// isText says whether a file is text that people read, as UTF-8 or GB 18030,
// without markup that a browser would run.
func isText(body []byte) bool {
	if len(body) == 0 || bytes.IndexByte(body, 0) >= 0 {
		return false
	}
	text := body
	if !utf8.Valid(text) {
		var err error
		if text, err = simplifiedchinese.GB18030.NewDecoder().Bytes(body); err != nil || bytes.ContainsRune(text, utf8.RuneError) {
			return false
		}
	}
	for _, r := range string(text) {
		if r == 0x7f || r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			return false
		}
	}
	begin := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(text[:min(len(text), 512)]), "\ufeff")))
	return !strings.HasPrefix(begin, "<") && !strings.HasPrefix(begin, "mz\x90")
}

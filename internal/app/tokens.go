package app

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// tokens keeps who may send and read without being a person. A running service sees
// each change with the next request.
type tokens struct{ store recordOfMachine }

// Add adds a source, reader or administrator and gives its token, which is shown this
// once.
func (t tokens) Add(ctx context.Context, src service.Source) (token string, err error) {
	if err := SourceName(src.Name); err != nil {
		return "", err
	}
	token, src.Token = datadir.NewToken()
	src.Created = clock.Instant(time.Now().UnixMicro())
	_, err = t.store.AddSource(ctx, src)
	return token, err
}

// Rotate gives one another token; one that was disabled may be used again.
func (t tokens) Rotate(ctx context.Context, name string) (string, error) {
	token, kept := datadir.NewToken()
	return token, t.store.SetToken(ctx, name, kept)
}

// Disable lets a token open nothing any more.
func (t tokens) Disable(ctx context.Context, name string) error { return t.store.Disable(ctx, name) }

// SourceName refuses names that can't stand before the slash of source/id, or that
// nobody could tell apart on a page.
func SourceName(name string) error {
	odd := func(r rune) bool { return r == '/' || !unicode.IsPrint(r) }
	if n := utf8.RuneCountInString(name); n == 0 || n > 64 || !utf8.ValidString(name) || strings.ContainsFunc(name, odd) || strings.TrimSpace(name) != name {
		return &errs.Error{Code: errs.Usage, What: errs.Tf("%q can't be a source's name", "%q 不能用作来源名称", name),
			Next: errs.T("write 1 to 64 letters, digits or signs, no slash, no space at either end", "请写 1 至 64 个字、字母、数字或符号，不含斜杠，首尾无空格")}
	}
	return nil
}

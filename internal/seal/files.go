package seal

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"plumbline/internal/errs"
)

// What a file of a log can take. Who serves it may be no friend: sixteen are fetched at
// once, and none ends by itself.
const (
	maxText   = 1 << 20 // a checkpoint, or the keys
	maxTile   = TileWidth * hashSize
	maxBundle = TileWidth * (2 + EntrySize)
)

// readAll reads a file of a log, unless it is longer than it can be.
func readAll(r io.Reader, path string) ([]byte, error) {
	most := maxText
	switch {
	case strings.HasPrefix(path, "tile/entries/"):
		most = maxBundle
	case strings.HasPrefix(path, "tile/"):
		most = maxTile
	}
	b, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err == nil && len(b) > most {
		return nil, Mismatch(errs.Tf("%s is longer than %d bytes, and can't be", "%s 超过 %d 字节，不应如此", path, most))
	}
	return b, err
}

// Over gets a log's files by HTTP below a prefix.
func Over(client *http.Client, prefix string) Get {
	prefix = strings.TrimSuffix(prefix, "/") + "/"
	return func(ctx context.Context, path string) ([]byte, error) {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, prefix+path, nil)
		if err != nil {
			return nil, unreachable(prefix, err)
		}
		r, err := client.Do(q)
		if err != nil {
			return nil, unreachable(prefix, err)
		}
		defer r.Body.Close()
		switch r.StatusCode {
		case http.StatusOK:
			b, err := readAll(r.Body, path)
			if err != nil && errs.CodeOf(err) == errs.Internal { // the line broke
				err = unreachable(prefix, err)
			}
			return b, err
		case http.StatusNotFound, http.StatusGone:
			return nil, ErrNoFile
		}
		return nil, unreachable(prefix, errors.New(r.Status))
	}
}

func unreachable(prefix string, err error) error {
	cause := err
	if u := (*url.Error)(nil); errors.As(err, &u) { // it says the address again, or where that was sent on to
		cause = u.Err
	}
	return &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("no log can be read at %s: %.100v", "无法读取 %s 处的日志：%.100v", prefix, cause),
		Next: errs.T("check the address; a service serves its log below /log/", "请检查地址；服务的日志位于 /log/ 之下")}
}

// In gets a log's files from a folder.
func In(dir string) Get {
	return func(_ context.Context, path string) ([]byte, error) {
		name := filepath.Join(dir, filepath.FromSlash(path))
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, ErrNoFile
		}
		if err == nil && !info.Mode().IsRegular() { // a pipe without a writer would be waited for
			err = errors.New("it is no file")
		}
		if err != nil {
			return nil, unreadable(name, err)
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, unreadable(name, err)
		}
		defer f.Close()
		b, err := readAll(f, path)
		if err != nil && errs.CodeOf(err) == errs.Internal {
			err = unreadable(name, err)
		}
		return b, err
	}
}

func unreadable(name string, err error) error {
	return &errs.Error{Code: errs.Usage, Place: errs.Place{File: name}, Err: err, What: errs.Tf("can't be read: %v", "无法读取：%v", err),
		Next: errs.T("check the path and the right to read it", "请检查路径和读取权限")}
}

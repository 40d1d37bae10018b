package seal

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"plumbline/internal/errs"
)

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
			return io.ReadAll(io.LimitReader(r.Body, 16<<20+1))
		case http.StatusNotFound, http.StatusGone:
			return nil, ErrNoFile
		}
		return nil, unreachable(prefix, errors.New(r.Status))
	}
}

func unreachable(prefix string, err error) error {
	return &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("no log can be read at %s: %v", "无法读取 %s 处的日志：%v", prefix, err),
		Next: errs.T("check the address; a service serves its log below /log/", "请检查地址；服务的日志位于 /log/ 之下")}
}

// In gets a log's files from a folder.
func In(dir string) Get {
	return func(_ context.Context, path string) ([]byte, error) {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, ErrNoFile
		}
		return b, err
	}
}

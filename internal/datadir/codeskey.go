package datadir

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/identity"
)

// codesKeyFile has the key that the secrets of second factors are kept with. It is in
// no backup: who has the record alone makes no codes.
const codesKeyFile = "codes.key"

// CodesKey reads the key of second factors from the environment (PLUMBLINE_CODES_KEY) or
// from the file codes.key, which is made where there is none.
func (c Config) CodesKey() (*identity.CodeKey, error) {
	name, text := filepath.Join(c.Data, codesKeyFile), c.CodesKeyText
	if text == "" {
		raw, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			raw = []byte(identity.NewCodeKeyText())
			if err = putFile(name, strings.NewReader(string(raw)+"\n")); err == nil {
				err = syncDir(c.Data)
			}
			if err != nil {
				return nil, err
			}
		} else if err != nil {
			return nil, errs.Unreadable(name, err)
		}
		text = string(raw)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	key := (*identity.CodeKey)(nil)
	if err == nil {
		key, err = identity.NewCodeKey(raw)
	}
	if err != nil {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: name}, Err: err, What: errs.T("this is no key of second factors: 32 bytes in base64", "不是动态验证码密钥：应为 32 字节的 base64"),
			Next: errs.T("put the file back from where it was kept apart", "请从另行保管处放回该文件")}
	}
	return key, nil
}

package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/seal"
	"plumbline/internal/sqldb"
)

// VerifyOptions say what is held against what.
type VerifyOptions struct {
	What      string   // a proof, a backup, a data directory, a log's folder or its URL
	Keys      []string // of the log; none: those that it names itself
	Witnesses []string
	Older     []string // files of checkpoints that the log gave before
	Identity  string   // the file of a secret key, for an encrypted backup
	Postgres  string   // where the record isn't in the directory
}

// Verified is what was found to hold.
type Verified struct {
	Signed *seal.Signed     // the checkpoint; nil where none was signed yet
	Proof  *seal.Proof      // of a proof
	Tally  *sqldb.SealTally // of a record
}

// Verify holds a proof, a log, a record or a backup against what was signed. It
// needs nothing but the file, and for a URL the line to it. The error names the
// first thing that doesn't match.
func Verify(ctx context.Context, o VerifyOptions) (*Verified, error) {
	if err := seal.CheckKeys(o.Keys); err != nil { // before anything large is read
		return nil, err
	}
	trust := seal.Trust{Keys: o.Keys, Witnesses: o.Witnesses}
	for _, name := range o.Older {
		msg, err := readSmall(name, 1)
		if err != nil {
			return nil, err
		}
		trust.Older = append(trust.Older, msg)
	}
	if strings.HasPrefix(o.What, "http://") || strings.HasPrefix(o.What, "https://") {
		return verifyLog(ctx, seal.Over(&http.Client{Timeout: time.Minute}, logPrefix(o.What)), trust)
	}
	info, err := os.Stat(o.What)
	switch {
	case err != nil:
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: o.What}, Err: err, What: errs.T("there is no such file, folder or URL", "没有这个文件、文件夹或网址"),
			Next: errs.T("name a proof, a backup, a data directory, a log's folder or its URL", "请给出证明文件、备份、数据目录、日志文件夹或网址")}
	case info.IsDir():
		return verifyDir(ctx, o, trust)
	case !info.Mode().IsRegular(): // a pipe without a writer would be waited for
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: o.What}, What: errs.T("this is neither a file nor a folder", "既不是文件，也不是文件夹"),
			Next: errs.T("save what it gives as a file first", "请先将其内容存为文件")}
	}
	return verifyFile(ctx, o, trust)
}

func verifyLog(ctx context.Context, get seal.Get, trust seal.Trust) (*Verified, error) {
	signed, err := seal.CheckLog(ctx, get, trust)
	if errors.Is(err, seal.ErrNoFile) {
		err = &errs.Error{Code: errs.Usage, Err: err, What: errs.T("there is no checkpoint of a log here", "此处没有日志的检查点"), Next: errs.T("a service serves its log below /log/", "服务的日志位于 /log/ 之下")}
	}
	return &Verified{Signed: signed}, err
}

func verifyDir(ctx context.Context, o VerifyOptions, trust seal.Trust) (*Verified, error) {
	// A record goes before what lies beside it: a copy of an honest log put there would
	// else be looked at in its place.
	if o.Postgres == "" && !datadir.Is(o.What) {
		if _, err := os.Stat(filepath.Join(o.What, "checkpoint")); err == nil {
			return verifyLog(ctx, seal.In(o.What), trust)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, unread(o.What, err)
		}
	}
	t, err := datadir.VerifySeal(ctx, datadir.Config{Data: o.What, Postgres: o.Postgres}, trust)
	return &Verified{Signed: t.Head, Tally: &t}, err
}

func verifyFile(ctx context.Context, o VerifyOptions, trust seal.Trust) (*Verified, error) {
	if filepath.Base(o.What) == "checkpoint" {
		return verifyLog(ctx, seal.In(filepath.Dir(o.What)), trust)
	}
	f, err := os.Open(o.What)
	if err != nil {
		return nil, unread(o.What, err)
	}
	head := make([]byte, len(seal.ProofHead))
	n, _ := f.Read(head) // one that is shorter is none of ours
	f.Close()
	if !bytes.Equal(head[:n], []byte(seal.ProofHead)) {
		t, err := datadir.VerifyBackup(ctx, o.What, o.Identity, trust)
		return &Verified{Signed: t.Head, Tally: &t}, err
	}
	text, err := readSmall(o.What, 16)
	if err != nil {
		return nil, err
	}
	p, err := seal.ParseProof(text)
	if err != nil {
		return nil, err
	}
	signed, err := p.Check(trust.Keys, trust.Witnesses)
	if err == nil {
		err = p.CheckOlder(signed, trust)
	}
	return &Verified{Signed: signed, Proof: p}, err
}

// readSmall reads a file that can't be larger than so many megabytes.
func readSmall(name string, megabytes int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && info.Size() > megabytes<<20 {
		err = fmt.Errorf("more than %d MB", megabytes)
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file")
	}
	var b []byte
	if err == nil {
		b, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, unread(name, err)
	}
	return b, nil
}

func unread(name string, err error) error {
	return &errs.Error{Code: errs.Usage, Place: errs.Place{File: name}, Err: err, What: errs.Tf("can't be read: %v", "无法读取：%v", err), Next: errs.T("check the path and the right to read it", "请检查路径和读取权限")}
}

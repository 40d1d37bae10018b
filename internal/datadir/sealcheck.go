package datadir

import (
	"context"
	"os"
	"path/filepath"

	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/seal"
	"plumbline/internal/sqldb"
)

// VerifySeal holds the record of a directory, on which no service runs, against
// its log, after looking whether it is whole.
func VerifySeal(ctx context.Context, c Config, trust seal.Trust) (t sqldb.SealTally, err error) {
	_, err = Verify(ctx, c, func(s *sqldb.Store) error {
		if t, err = s.VerifySeal(ctx, trust); err != nil {
			return err
		}
		return checkFiles(ctx, s, filepath.Join(c.Data, "files"))
	})
	return t, err
}

// checkFiles holds each file that belongs to the record against its hash, which is
// sealed.
func checkFiles(ctx context.Context, s *sqldb.Store, dir string) error {
	hashes, err := s.FileHashes(ctx)
	if err != nil {
		return err
	}
	files := ledger.OpenFiles(dir)
	for _, h := range hashes {
		if _, err := files.Read(&ledger.File{Hash: h}); err != nil {
			return seal.Mismatch(errs.Tf("file %s isn't what was sealed: it is missing, or was changed", "文件 %s 与存证不符：已丢失或被改动", h))
		}
	}
	return nil
}

// VerifyBackup holds the record in a backup against its log. It is unpacked into
// a folder that is gone afterwards.
func VerifyBackup(ctx context.Context, file, identity string, trust seal.Trust) (t sqldb.SealTally, err error) {
	dir, err := os.MkdirTemp("", "plumbline-verify-")
	if err != nil {
		return t, unwritable(os.TempDir(), err)
	}
	defer os.RemoveAll(dir)
	if _, err := Restore(ctx, RestoreOptions{File: file, Dir: dir, Identity: identity}); err != nil {
		return t, err
	}
	return VerifySeal(ctx, Config{Data: dir}, trust)
}

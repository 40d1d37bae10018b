package datadir

import (
	"context"
	"os"

	"plumbline/internal/seal"
	"plumbline/internal/sqldb"
)

// VerifySeal holds the record of a directory, on which no service runs, against
// its log, after looking whether it is whole.
func VerifySeal(ctx context.Context, c Config, trust seal.Trust) (t sqldb.SealTally, err error) {
	_, err = Verify(ctx, c, func(s *sqldb.Store) error {
		t, err = s.VerifySeal(ctx, trust)
		return err
	})
	return t, err
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

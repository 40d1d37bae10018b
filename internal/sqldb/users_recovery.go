package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"plumbline/internal/clock"
)

// What opens an account is sealed, and each use of it.
var sealedRecovery = tableOf("recovery", "recovery", "account", "account, codes")

// Recovery are the hashes of an account's recovery codes that are left.
func (s *Store) Recovery(ctx context.Context, account string) ([]string, error) {
	var codes string
	err := s.read.QueryRowContext(ctx, `select codes from recovery where account = $1`, plain(account)).Scan(&codes)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return strings.Fields(codes), s.fault(err)
}

// SetRecovery puts others in their place; none takes them away.
func (s *Store) SetRecovery(ctx context.Context, account string, hashes []string, at clock.Instant) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `delete from recovery where account = $1`, account)
		if err != nil {
			return err
		}
		had, err := done.RowsAffected()
		if err != nil || had == 0 && len(hashes) == 0 {
			return err
		}
		if len(hashes) > 0 {
			if _, err := tx.ExecContext(ctx, `insert into recovery (account, codes) values ($1, $2)`, account, strings.Join(hashes, " ")); err != nil {
				return err
			}
		}
		return s.sealRow(ctx, tx, at, sealedRecovery, account)
	})
}

// UseRecovery takes one of them away, and says whether it was there.
func (s *Store) UseRecovery(ctx context.Context, account, hash string, at clock.Instant) (was bool, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		lock := ""
		if s.postgres {
			lock = " for update"
		}
		var codes string
		err := tx.QueryRowContext(ctx, `select codes from recovery where account = $1`+lock, account).Scan(&codes)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		list := strings.Fields(codes)
		which := slices.Index(list, hash)
		if was = which >= 0; !was {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `update recovery set codes = $2 where account = $1`, account, strings.Join(slices.Delete(list, which, which+1), " ")); err != nil {
			return err
		}
		return s.sealRow(ctx, tx, at, sealedRecovery, account)
	})
	return was && err == nil, err
}

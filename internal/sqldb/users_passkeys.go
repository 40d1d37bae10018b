package sqldb

import (
	"context"
	"database/sql"

	"plumbline/internal/clock"
	"plumbline/internal/identity"
	"plumbline/internal/seal"
)

// What a passkey's counter does isn't sealed; whose it is, and its key, is.
var sealedPasskeys = tableOf("passkey", "passkeys", "id", "id, account, name, public, created")

// Passkeys are an account's, in the order in which they were made.
func (s *Store) Passkeys(ctx context.Context, account string) ([]identity.Passkey, error) {
	var list []identity.Passkey
	err := s.each(ctx, func(scan func(...any) error) error {
		var k identity.Passkey
		err := scan(&k.ID, &k.Account, &k.Name, &k.Public, &k.Created, &k.Credential, &k.Used)
		list = append(list, k)
		return err
	}, `select id, account, name, public, created, credential, used from passkeys where account = $1 order by created, id`, account)
	return list, err
}

// AddPasskey adds one. What opens an account is sealed, as the account is.
func (s *Store) AddPasskey(ctx context.Context, k identity.Passkey) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		args := []any{k.ID, k.Account, plain(k.Name), k.Public, int64(k.Created)}
		if _, err := tx.ExecContext(ctx, `insert into passkeys (id, account, name, public, created, credential, used) values ($1, $2, $3, $4, $5, $6, $7)`,
			append(args, k.Credential, int64(k.Used))...); err != nil {
			return err
		}
		leaf, err := sealedPasskeys.rowLeaf(args)
		if err != nil {
			return err
		}
		return s.seal(ctx, tx, k.Created, leaf)
	})
}

// UsedPasskey notes that one was used; its counter moves with each use.
func (s *Store) UsedPasskey(ctx context.Context, id, credential string, at clock.Instant) error {
	return s.do(ctx, `update passkeys set credential = $2, used = $3 where id = $1`, id, credential, int64(at))
}

// DropPasskey takes one of an account's away; one that isn't there is no fault.
func (s *Store) DropPasskey(ctx context.Context, account, id string, at clock.Instant) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `delete from passkeys where account = $1 and id = $2`, account, plain(id))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.seal(ctx, tx, at, seal.Leaf{Kind: "passkey", Ref: id})
	})
}

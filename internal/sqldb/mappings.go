package sqldb

import (
	"context"
	"database/sql"
	"errors"

	"plumbline/internal/clock"
)

const mappingColumns = `source, body, account, at`

var sealedMappings = tableOf("mapping", "source_mappings", "source", mappingColumns)

// Mapping is the text by which the files of a source are read; "" where they are read
// as they are.
func (s *Store) Mapping(ctx context.Context, source string) (string, error) {
	var body string
	err := s.read.QueryRowContext(ctx, `select body from source_mappings where source = $1`, plain(source)).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return body, s.fault(err)
}

// SaveMapping keeps it, and seals who said so.
func (s *Store) SaveMapping(ctx context.Context, source, body, account string, at clock.Instant) error {
	args := []any{plain(source), plain(body), plain(account), int64(at)}
	leaf, err := sealedMappings.rowLeaf(args)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `insert into source_mappings (`+mappingColumns+`) values ($1, $2, $3, $4)
			on conflict (source) do update set body = excluded.body, account = excluded.account, at = excluded.at`, args...); err != nil {
			return err
		}
		return s.seal(ctx, tx, at, leaf)
	})
}

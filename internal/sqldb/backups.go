package sqldb

import (
	"context"
	"database/sql"

	"plumbline/internal/clock"
)

// Backup is one that was made of the record, and read again.
type Backup struct {
	At        clock.Instant
	File      string // as who made it named it
	Size      int64
	Encrypted bool
	Events    int64
	Findings  int64
	Program   string
}

const backupColumns = `number, at, file, size, encrypted, events, findings, program`

var sealedBackups = tableOf("backup", "backups", "number", backupColumns)

// AddBackup notes that one was made.
func (s *Store) AddBackup(ctx context.Context, b Backup) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var number int64
		if err := tx.QueryRowContext(ctx, `select coalesce(max(number), 0) + 1 from backups`).Scan(&number); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into backups (`+backupColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			number, int64(b.At), plain(b.File), b.Size, b.Encrypted, b.Events, b.Findings, plain(b.Program)); err != nil {
			return err
		}
		return s.sealRow(ctx, tx, b.At, sealedBackups, number)
	})
}

// Backups are the last that were made, newest first.
func (s *Store) Backups(ctx context.Context, limit int) ([]Backup, error) {
	var list []Backup
	err := s.each(ctx, func(scan func(...any) error) error {
		var b Backup
		var number int64
		err := scan(&number, &b.At, &b.File, &b.Size, &b.Encrypted, &b.Events, &b.Findings, &b.Program)
		list = append(list, b)
		return err
	}, `select `+backupColumns+` from backups order by number desc limit $1`, limit)
	return list, err
}

// Shape is how the record lies in its database.
type Shape struct {
	Postgres bool
	Form     int64 // of the tables: the last migration
	Bytes    int64
}

// Shape says how the record lies in its database.
func (s *Store) Shape(ctx context.Context) (Shape, error) {
	out := Shape{Postgres: s.postgres}
	size := `select page_count * page_size from pragma_page_count(), pragma_page_size()`
	if s.postgres {
		size = `select pg_database_size(current_database())`
	}
	if err := s.read.QueryRowContext(ctx, size).Scan(&out.Bytes); err != nil {
		return out, s.fault(err)
	}
	var err error
	out.Form, err = s.version(ctx, s.read)
	return out, s.fault(err)
}

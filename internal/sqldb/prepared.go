package sqldb

import (
	"context"
	"database/sql"
	"sync"
)

// prepared are statements that transactions run again and again. To prepare one takes
// as long as to run it several times, so each is prepared once for the connection that
// writes, and not by every transaction anew.
type prepared struct {
	mu     sync.Mutex
	kept   map[string]*sql.Stmt
	missed map[string]bool // what a transaction asked for that isn't kept yet
}

// statement is one of a transaction, which closes it. The query must be one of few.
func (s *Store) statement(ctx context.Context, tx *sql.Tx, query string) (*sql.Stmt, error) {
	p := &s.prepared
	p.mu.Lock()
	st := p.kept[query]
	if st == nil {
		if p.missed == nil {
			p.missed = map[string]bool{}
		}
		p.missed[query] = true
	}
	p.mu.Unlock()
	if st != nil {
		return tx.StmtContext(ctx, st), nil
	}
	return tx.PrepareContext(ctx, query)
}

// prepare keeps the statements that were missed. It waits for the connection that
// writes, so no transaction may be open where it is called. What can't be prepared now
// is missed again.
func (s *Store) prepare(ctx context.Context) {
	p := &s.prepared
	p.mu.Lock()
	missed := p.missed
	p.missed = nil
	p.mu.Unlock()
	for query := range missed {
		st, err := s.write.PrepareContext(ctx, query)
		if err != nil {
			return
		}
		p.mu.Lock()
		if p.kept == nil {
			p.kept = map[string]*sql.Stmt{}
		}
		if p.kept[query] == nil {
			p.kept[query], st = st, nil
		}
		p.mu.Unlock()
		if st != nil { // another commit was faster
			_ = st.Close()
		}
	}
}

// exec runs a statement that is kept.
func (s *Store) exec(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	st, err := s.statement(ctx, tx, query)
	if err == nil {
		_, err = st.ExecContext(ctx, args...)
	}
	return err
}

// row reads the one row that a statement that is kept gives.
func (s *Store) row(ctx context.Context, tx *sql.Tx, query string, args []any, into ...any) error {
	st, err := s.statement(ctx, tx, query)
	if err == nil {
		err = st.QueryRowContext(ctx, args...).Scan(into...)
	}
	return err
}

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

// get is a statement that is kept; nil where it isn't yet.
func (p *prepared) get(query string) *sql.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.kept[query]
	if st == nil {
		if p.missed == nil {
			p.missed = map[string]bool{}
		}
		p.missed[query] = true
	}
	return st
}

// statement is one of a transaction, which closes it. The query must be one of few.
func (s *Store) statement(ctx context.Context, tx *sql.Tx, query string) (*sql.Stmt, error) {
	if st := s.prepared.get(query); st != nil {
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

// mostPrepared is how many statements that only read stay prepared. Those that people's
// filters put together differ without end; most pages ask by the same few dozen.
const mostPrepared = 256

// reader is a statement that only reads, prepared the second time that it is asked for;
// nil where it isn't. PostgreSQL's driver keeps statements itself.
func (s *Store) reader(ctx context.Context, query string) *sql.Stmt {
	if s.postgres {
		return nil
	}
	p := &s.readers
	p.mu.Lock()
	st, seen := p.kept[query], p.missed[query]
	full := len(p.kept) >= mostPrepared || len(p.missed) >= 16*mostPrepared
	if st == nil && !full {
		if p.missed == nil {
			p.missed, p.kept = map[string]bool{}, map[string]*sql.Stmt{}
		}
		p.missed[query] = true
	}
	p.mu.Unlock()
	if st != nil || !seen || full {
		return st
	}
	st, err := s.read.PrepareContext(ctx, query)
	if err != nil {
		return nil // to run it says why
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if was := p.kept[query]; was != nil { // another was faster
		_ = st.Close()
		return was
	}
	p.kept[query] = st
	return st
}

// query runs a statement that only reads.
func (s *Store) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if st := s.reader(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return s.read.QueryContext(ctx, query, args...)
}

// one is the one row that a statement gives that only reads.
func (s *Store) one(ctx context.Context, query string, args ...any) *sql.Row {
	if st := s.reader(ctx, query); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return s.read.QueryRowContext(ctx, query, args...)
}

// reads is the database for what takes one or a transaction on it.
type reads struct{ s *Store }

// QueryContext is [Store.query].
func (r reads) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return r.s.query(ctx, query, args...)
}

// QueryRowContext is [Store.one].
func (r reads) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return r.s.one(ctx, query, args...)
}

package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"plumbline/internal/approval"
	"plumbline/internal/clock"
)

const approvalColumns = `id, kind, subject, body, trial, units, reason, state, proposed, proposer, proposer_person, settled, settler, settler_person, words`

var sealedApprovals = tableOf("approval", "approvals", "id", approvalColumns)

func approvalArgs(a *approval.Approval) ([]any, error) {
	concerned, err := json.Marshal(a.Concerned)
	if err != nil {
		return nil, err
	}
	return []any{a.ID, a.Kind, a.Pin, plain(string(a.Body)), plain(string(a.Trial)), plain(string(concerned)), plain(a.Reason), string(a.State), int64(a.Proposed), a.Proposer.Account, plain(a.Proposer.Person),
		int64(a.Settled), a.Settler.Account, plain(a.Settler.Person), plain(a.Words)}, nil
}

func scanApproval(scan func(...any) error) (a approval.Approval, err error) {
	var body, trial, concerned string
	err = scan(&a.ID, &a.Kind, &a.Pin, &body, &trial, &concerned, &a.Reason, &a.State, &a.Proposed, &a.Proposer.Account, &a.Proposer.Person,
		&a.Settled, &a.Settler.Account, &a.Settler.Person, &a.Words)
	if err == nil {
		a.Body, a.Trial = json.RawMessage(body), json.RawMessage(trial)
		err = json.Unmarshal([]byte(concerned), &a.Concerned)
	}
	return a, err
}

// AddApproval keeps a proposal.
func (s *Store) AddApproval(ctx context.Context, a approval.Approval) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		return s.putApproval(ctx, tx, &a, a.Proposed, `insert into approvals (`+approvalColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`)
	})
}

func (s *Store) putApproval(ctx context.Context, tx *sql.Tx, a *approval.Approval, at clock.Instant, statement string) error {
	args, err := approvalArgs(a)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
		return err
	}
	leaf, err := sealedApprovals.rowLeaf(args)
	if err != nil {
		return err
	}
	return s.seal(ctx, tx, at, leaf)
}

// Approval is a proposal; nil where there is none.
func (s *Store) Approval(ctx context.Context, id string) (*approval.Approval, error) {
	a, err := scanApproval(s.read.QueryRowContext(ctx, `select `+approvalColumns+` from approvals where id = $1`, plain(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.fault(err)
	}
	return &a, nil
}

// Approvals are the newest proposals first: those of some kinds, and those that an
// account proposed.
func (s *Store) Approvals(ctx context.Context, kinds []string, proposer string, limit int) ([]approval.Approval, error) {
	b := &selection{}
	one := []string{"proposer = " + b.arg(plain(proposer))}
	for _, k := range kinds {
		one = append(one, "kind = "+b.arg(plain(k)))
	}
	var list []approval.Approval
	err := s.each(ctx, func(scan func(...any) error) error {
		a, err := scanApproval(scan)
		list = append(list, a)
		return err
	}, `select `+approvalColumns+` from approvals where `+strings.Join(one, " or ")+` order by proposed desc, id limit `+b.arg(int64(limit)), b.args...)
	return list, err
}

// ChangeApproval reads, changes and writes a proposal in one transaction, unless
// change fails; nil where there is none.
func (s *Store) ChangeApproval(ctx context.Context, id string, at clock.Instant, change func(*approval.Approval) error) (*approval.Approval, error) {
	var out *approval.Approval
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		lock := ""
		if s.postgres {
			lock = " for update"
		}
		a, err := scanApproval(tx.QueryRowContext(ctx, `select `+approvalColumns+` from approvals where id = $1`+lock, plain(id)).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := change(&a); err != nil {
			return err
		}
		out = &a
		return s.putApproval(ctx, tx, &a, at, `update approvals set id = $1, kind = $2, subject = $3, body = $4, trial = $5, units = $6, reason = $7, state = $8, proposed = $9,
			proposer = $10, proposer_person = $11, settled = $12, settler = $13, settler_person = $14, words = $15 where id = $1`)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

package sqldb

import (
	"context"
	"database/sql"
	"errors"

	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/service"
)

const exemptionColumns = `id, unit, pack, rule, from_at, to_at, reason, at`

var sealedExemptions = tableOf("exemption", "exemptions", "id", exemptionColumns)

// AddExemption lets a unit be exempt from now on; the same once more is none.
func (s *Store) AddExemption(ctx context.Context, e ledger.Exemption) error {
	args := []any{e.ID, plain(string(e.Unit)), plain(e.Pack), plain(e.Rule), int64(e.From), int64(e.To), plain(e.Reason), int64(e.At)}
	leaf, err := sealedExemptions.rowLeaf(args)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `insert into exemptions (`+exemptionColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing`, args...)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.seal(ctx, tx, e.At, leaf)
	})
}

// EndExemption ends one that still holds; what begins from now on is no longer exempt.
func (s *Store) EndExemption(ctx context.Context, id string, at clock.Instant) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `update exemptions set to_at = case when from_at > $1 then from_at else $2 end where id = $3 and to_at > $4`, int64(at), int64(at), id, int64(at))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.sealRow(ctx, tx, at, sealedExemptions, id)
	})
}

// Exemptions are all that there ever were, the newest first, with how many findings
// each has closed.
func (s *Store) Exemptions(ctx context.Context) ([]ledger.Exemption, error) {
	var list []ledger.Exemption
	err := s.each(ctx, func(scan func(...any) error) error {
		var e ledger.Exemption
		err := scan(&e.ID, &e.Unit, &e.Pack, &e.Rule, &e.From, &e.To, &e.Reason, &e.At, &e.Findings)
		list = append(list, e)
		return err
	}, `select `+exemptionColumns+`, (select count(*) from items i where i.outcome <> '' and i.outcome = 'exempt' and i.reason = e.id) from exemptions e order by at desc, id`)
	return list, err
}

// RuleFound is how many findings a rule, or all of a pack ("" for the rule), raised in
// a unit and those below it, and how many of their items were never closed.
func (s *Store) RuleFound(ctx context.Context, unit, pack, rule string) (found, open int64, err error) {
	err = s.read.QueryRowContext(ctx, `select count(*), coalesce(sum(case i.state when 'closed' then 0 else 1 end), 0) from findings f join items i on i.number = f.number
		where f.kind = 'rule' and f.pack = $1 and (f.rule = $2 or $3 = '') and (f.unit = $4 or f.unit in (select unit from unit_paths where ancestor = $5))`,
		plain(pack), plain(rule), plain(rule), plain(unit), plain(unit)).Scan(&found, &open)
	return found, open, s.fault(err)
}

// exempt is the exemption that a new finding falls under; "" for none. That there are
// none at all is asked once a commit.
func (w *writer) exempt(f *service.Finding) (id string, err error) {
	if f.Kind != "rule" || w.noneExempt {
		return "", nil
	}
	if !w.askedExempt {
		var n int64
		if err := w.tx.QueryRowContext(w.ctx, `select count(*) from exemptions`).Scan(&n); err != nil {
			return "", err
		}
		if w.askedExempt, w.noneExempt = true, n == 0; n == 0 {
			return "", nil
		}
	}
	look, err := w.prepared(`select id from exemptions where pack = $1 and (rule = $2 or rule = '') and from_at <= $3 and to_at > $4
		and (unit = $5 or unit in (select ancestor from unit_paths where unit = $6)) order by at, id limit 1`)
	if err != nil {
		return "", err
	}
	err = look.QueryRowContext(w.ctx, f.Pack, f.Rule, int64(f.EventTime), int64(f.EventTime), f.Unit, f.Unit).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

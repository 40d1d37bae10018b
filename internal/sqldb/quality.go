package sqldb

import (
	"context"
	"database/sql"
	"errors"

	"plumbline/internal/clock"
	"plumbline/internal/ledger"
	"plumbline/internal/seal"
	"plumbline/internal/service"
)

const (
	reviewColumns = `pack, rule, at, account, words`
	spellColumns  = `pack, rule, number, from_at, after_finding, closed, no_fault, to_at, last_finding`
)

var (
	sealedReviews = tableOf("review", "rule_reviews", "pack rule at", reviewColumns)
	sealedSpells  = tableOf("spell", "rule_spells", "pack rule number", spellColumns)
)

// counted are the items of rules that people closed since the rule was last reviewed.
// What a closed item hears later, as a reply, closes it no second time.
const counted = ` from items i join findings f on f.number = i.number
	left join (select pack, rule, max(at) as at from rule_reviews group by pack, rule) r on r.pack = f.pack and r.rule = f.rule
	where i.outcome <> '' and i.outcome in ('fixed', 'remedied', 'no_fault', 'unfixed') and i.state = 'closed' and f.kind = 'rule'
	and (r.at is null or i.changed > r.at and (select max(m.at) from moves m where m.finding = i.finding and m.kind = 'close') > r.at)`

// Outcomes counts how items were closed since their rule was last reviewed.
func (s *Store) Outcomes(ctx context.Context) ([]ledger.RuleOutcome, error) {
	var list []ledger.RuleOutcome
	err := s.each(ctx, func(scan func(...any) error) error {
		var r ledger.RuleOutcome
		err := scan(&r.Pack, &r.Rule, &r.Outcome, &r.Reason, &r.Items)
		list = append(list, r)
		return err
	}, `select f.pack, f.rule, i.outcome, case i.outcome when 'no_fault' then i.reason else '' end as why, count(*)`+counted+`
		group by f.pack, f.rule, i.outcome, why order by f.pack, f.rule, i.outcome, why`)
	return list, err
}

// Spells are the times in which rules only warned, oldest first of each rule.
func (s *Store) Spells(ctx context.Context) ([]ledger.Spell, error) {
	var list []ledger.Spell
	err := s.each(ctx, func(scan func(...any) error) error {
		var p ledger.Spell
		err := scan(&p.Pack, &p.Rule, &p.Number, &p.From, &p.After, &p.Closed, &p.NoFault, &p.To, &p.Last)
		list = append(list, p)
		return err
	}, `select `+spellColumns+` from rule_spells order by pack, rule, number`)
	return list, err
}

// Reviews are all that somebody said of rules, oldest first of each rule.
func (s *Store) Reviews(ctx context.Context) ([]ledger.Review, error) {
	var list []ledger.Review
	err := s.each(ctx, func(scan func(...any) error) error {
		var r ledger.Review
		err := scan(&r.Pack, &r.Rule, &r.At, &r.Account, &r.Text)
		list = append(list, r)
		return err
	}, `select `+reviewColumns+` from rule_reviews order by pack, rule, at`)
	return list, err
}

// Review notes that somebody has looked at a rule, and ends its spell.
func (s *Store) Review(ctx context.Context, r ledger.Review) error {
	args := []any{plain(r.Pack), plain(r.Rule), int64(r.At), plain(r.Account), plain(r.Text)}
	leaf, err := sealedReviews.rowLeaf(args)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		last, err := lastFinding(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into rule_reviews (`+reviewColumns+`) values ($1, $2, $3, $4, $5)`, args...); err != nil {
			return err
		}
		leaves := []seal.Leaf{leaf}
		var number int64
		err = tx.QueryRowContext(ctx, `update rule_spells set to_at = $1, last_finding = $2 where pack = $3 and rule = $4 and to_at = 0 returning number`,
			int64(r.At), last, plain(r.Pack), plain(r.Rule)).Scan(&number)
		switch {
		case err == nil:
			ended, err := sealedSpells.read(ctx, tx, plain(r.Pack), plain(r.Rule), number)
			if err != nil {
				return err
			}
			leaves = append(leaves, ended)
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		return s.seal(ctx, tx, r.At, leaves...)
	})
}

// lastFinding is the number of the last finding. No commit is under way beside it, in
// PostgreSQL neither: the row is written, so that commits wait.
func lastFinding(ctx context.Context, tx *sql.Tx) (number int64, err error) {
	err = tx.QueryRowContext(ctx, `update position set segment = segment returning finding`).Scan(&number)
	return number, err
}

// weigh begins a rule's spell where so much of what it found was no fault that it may
// only warn, and gives what seals that.
func (s *Store) weigh(ctx context.Context, tx *sql.Tx, pack, rule string, at clock.Instant) ([]seal.Leaf, error) {
	var closed, noFault int64
	err := tx.QueryRowContext(ctx, `select count(*), coalesce(sum(case i.outcome when 'no_fault' then 1 else 0 end), 0)`+counted+` and f.pack = $1 and f.rule = $2`, plain(pack), plain(rule)).Scan(&closed, &noFault)
	if err != nil || !s.ledgerPolicy().Warns(closed, noFault) {
		return nil, err
	}
	after, err := lastFinding(ctx, tx)
	if err != nil {
		return nil, err
	}
	var last, lasts int64
	err = tx.QueryRowContext(ctx, `select coalesce(max(number), 0), coalesce(sum(case to_at when 0 then 1 else 0 end), 0) from rule_spells where pack = $1 and rule = $2`, plain(pack), plain(rule)).Scan(&last, &lasts)
	if err != nil || lasts > 0 {
		return nil, err
	}
	args := []any{plain(pack), plain(rule), last + 1, int64(at), after, closed, noFault, int64(0), int64(0)}
	if _, err := tx.ExecContext(ctx, `insert into rule_spells (`+spellColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, args...); err != nil {
		return nil, err
	}
	leaf, err := sealedSpells.rowLeaf(args)
	return []seal.Leaf{leaf}, err
}

// WeighRules begins the spells of all rules that may only warn by a policy that was
// changed: otherwise a rule is weighed as something that it found is closed.
func (s *Store) WeighRules(ctx context.Context, at clock.Instant) error {
	list, err := s.Outcomes(ctx)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var leaves []seal.Leaf
		for i, r := range list {
			if i > 0 && r.Pack == list[i-1].Pack && r.Rule == list[i-1].Rule {
				continue
			}
			more, err := s.weigh(ctx, tx, r.Pack, r.Rule, at)
			if err != nil {
				return err
			}
			leaves = append(leaves, more...)
		}
		if len(leaves) == 0 {
			return nil
		}
		return s.seal(ctx, tx, at, leaves...)
	})
}

// warns says whether a new finding only warns for its rule's sake, by the spells that
// last at this commit; they are asked for once.
func (w *writer) warns(f *service.Finding) (bool, error) {
	if f.Kind != "rule" || f.Warning {
		return f.Warning, nil
	}
	if w.warning == nil {
		w.warning = map[[2]string]bool{}
		rows, err := w.tx.QueryContext(w.ctx, `select pack, rule from rule_spells where to_at = 0`)
		if err != nil {
			return false, err
		}
		defer rows.Close()
		for rows.Next() {
			var k [2]string
			if err := rows.Scan(&k[0], &k[1]); err != nil {
				return false, err
			}
			w.warning[k] = true
		}
		if err := rows.Err(); err != nil {
			return false, err
		}
	}
	return w.warning[[2]string{f.Pack, f.Rule}], nil
}

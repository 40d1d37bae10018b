package sqldb

import (
	"context"
	"database/sql"

	"plumbline/internal/approval"
)

const policyColumns = `name, number, at, approval, body`

var sealedPolicies = tableOf("policy", "policies", "name number", policyColumns)

// AddPolicy puts a policy behind those of its name. The same approval twice is one.
func (s *Store) AddPolicy(ctx context.Context, p approval.Policy) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var have, last int64
		if err := tx.QueryRowContext(ctx, `select coalesce(sum(case when approval = $1 then 1 else 0 end), 0), coalesce(max(number), 0) from policies where name = $2`, p.Approval, plain(p.Name)).Scan(&have, &last); err != nil || have > 0 {
			return err
		}
		args := []any{plain(p.Name), last + 1, int64(p.At), p.Approval, plain(p.Text)}
		if _, err := tx.ExecContext(ctx, `insert into policies (`+policyColumns+`) values ($1, $2, $3, $4, $5)`, args...); err != nil {
			return err
		}
		leaf, err := sealedPolicies.rowLeaf(args)
		if err != nil {
			return err
		}
		return s.seal(ctx, tx, p.At, leaf)
	})
}

// Policies are all of a name, oldest first: the last is in force.
func (s *Store) Policies(ctx context.Context, name string) ([]approval.Policy, error) {
	var list []approval.Policy
	err := s.each(ctx, func(scan func(...any) error) error {
		var p approval.Policy
		err := scan(&p.Name, &p.Number, &p.At, &p.Approval, &p.Text)
		list = append(list, p)
		return err
	}, `select `+policyColumns+` from policies where name = $1 order by number`, plain(name))
	return list, err
}

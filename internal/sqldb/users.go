package sqldb

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
	"plumbline/internal/seal"
)

const accountColumns = `name, hash, role, created, person, unit, must_change, external, secret, step, handle, failures, until, disabled`

func scanAccount(scan func(...any) error) (a identity.Account, err error) {
	var roles string
	err = scan(&a.Name, &a.Hash, &roles, &a.Created, &a.Person, &a.Unit, &a.Change, &a.External, &a.Secret, &a.Step, &a.Handle, &a.Failures, &a.Until, &a.Disabled)
	for r := range strings.FieldsSeq(roles) {
		a.Roles = append(a.Roles, access.Role(r))
	}
	return a, err
}

func rolesText(list []access.Role) string {
	parts := make([]string, len(list))
	for i, r := range list {
		parts[i] = string(r)
	}
	return strings.Join(parts, " ")
}

// Account is an account by its name; nil where there is none.
func (s *Store) Account(ctx context.Context, name string) (*identity.Account, error) {
	return s.oneAccount(s.one(ctx, `select `+accountColumns+` from users where name = $1`, plain(name)))
}

// AccountBy is the account that the agency's own sign-in calls so; nil where there
// is none.
func (s *Store) AccountBy(ctx context.Context, external string) (*identity.Account, error) {
	return s.oneAccount(s.one(ctx, `select `+accountColumns+` from users where external = $1 and external <> ''`, plain(external)))
}

func (s *Store) oneAccount(row *sql.Row) (*identity.Account, error) {
	a, err := scanAccount(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.fault(err)
	}
	return &a, nil
}

// AccountWith is the account of a passkeys' handle; nil where there is none.
func (s *Store) AccountWith(ctx context.Context, handle string) (*identity.Account, error) {
	return s.oneAccount(s.one(ctx, `select `+accountColumns+` from users where handle = $1 and handle <> ''`, plain(handle)))
}

// Accounts are all accounts, by name.
func (s *Store) Accounts(ctx context.Context) ([]identity.Account, error) {
	var list []identity.Account
	err := s.each(ctx, func(scan func(...any) error) error {
		a, err := scanAccount(scan)
		list = append(list, a)
		return err
	}, `select `+accountColumns+` from users order by name`)
	return list, err
}

// AddAccount adds an account, as of its creation; a name or person that has one is
// refused.
func (s *Store) AddAccount(ctx context.Context, a identity.Account) error {
	return s.inTx(ctx, func(tx *sql.Tx) error { return s.addAccount(ctx, tx, &a) })
}

func (s *Store) addAccount(ctx context.Context, tx *sql.Tx, a *identity.Account) error {
	if err := unlikeOthers(ctx, tx, "", a); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `insert into users (`+accountColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, accountArgs(a)...); err != nil {
		return err
	}
	return s.seal(ctx, tx, a.Created, accountLeaf(a))
}

// kindAccount is the kind of an account's leaf.
const kindAccount = "account"

// accountLeaf is what is sealed of an account: who may do what as whom, and by
// which secrets, not how often a password was wrong.
func accountLeaf(a *identity.Account) seal.Leaf {
	body, err := json.Marshal([]any{a.Name, a.Hash, rolesText(a.Roles), plain(a.Person), plain(a.Unit), a.Change, plain(a.External), a.Secret, a.Disabled})
	if err != nil {
		panic("sqldb: an account: " + err.Error()) // texts and booleans
	}
	return seal.Leaf{Kind: kindAccount, Ref: a.Name, Body: body}
}

func accountArgs(a *identity.Account) []any {
	return []any{a.Name, a.Hash, rolesText(a.Roles), int64(a.Created), plain(a.Person), plain(a.Unit), a.Change, plain(a.External), a.Secret, a.Step, a.Handle,
		a.Failures, int64(a.Until), a.Disabled}
}

// unlikeOthers refuses what only one account can have.
func unlikeOthers(ctx context.Context, tx *sql.Tx, own string, a *identity.Account) error {
	var name, person, external int64
	err := tx.QueryRowContext(ctx, `select count(case when name = $1 then 1 end), count(case when person = $2 and person <> '' then 1 end),
		count(case when external = $3 and external <> '' then 1 end) from users where name <> $4`, a.Name, plain(a.Person), plain(a.External), own).Scan(&name, &person, &external)
	no := func(what errs.Text) error {
		return &errs.Error{Code: errs.Usage, What: what, Next: errs.T("plumbline account list shows them", "可用 plumbline account list 查看")}
	}
	switch {
	case err != nil:
		return err
	case name > 0:
		return no(errs.Tf("there is an account %q already", "已有账户 %q", a.Name))
	case person > 0:
		return no(errs.Tf("the person %s has an account already; one person has one", "人员 %s 已有账户；一人只能有一个账户", a.Person))
	case external > 0:
		return no(errs.Tf("another account signs in as %s already", "已有账户使用外部标识 %s", a.External))
	}
	return nil
}

// ChangeAccount reads, changes and writes an account in one transaction, unless
// change fails; nil where there is none.
func (s *Store) ChangeAccount(ctx context.Context, name string, at clock.Instant, change func(*identity.Account) error) (*identity.Account, error) {
	var out *identity.Account
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		lock := ""
		if s.postgres {
			lock = " for update"
		}
		a, err := scanAccount(tx.QueryRowContext(ctx, `select `+accountColumns+` from users where name = $1`+lock, plain(name)).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		out = &a
		was := a
		if err := change(&a); err != nil {
			return err
		}
		if a.Person != was.Person || a.External != was.External {
			if err := unlikeOthers(ctx, tx, name, &a); err != nil {
				return err
			}
		}
		if _, err = tx.ExecContext(ctx, `update users set name = $1, hash = $2, role = $3, created = $4, person = $5, unit = $6, must_change = $7, external = $8,
			secret = $9, step = $10, handle = $11, failures = $12, until = $13, disabled = $14 where name = $1`, accountArgs(&a)...); err != nil {
			return err
		}
		if leaf := accountLeaf(&a); !bytes.Equal(leaf.Body, accountLeaf(&was).Body) {
			return s.seal(ctx, tx, at, leaf)
		}
		return nil
	})
	return out, err
}

const sessionColumns = `id, name, account, created, seen, ends, address, agent, second`

func scanSession(scan func(...any) error) (s identity.Session, err error) {
	var key []byte
	err = scan(&key, &s.ID, &s.Account, &s.Created, &s.Seen, &s.Ends, &s.Address, &s.Agent, &s.Second)
	copy(s.Key[:], key)
	return s, err
}

// AddSession adds a session, and lets go those that ended. That an administrator
// signed in is sealed.
func (s *Store) AddSession(ctx context.Context, n identity.Session) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `delete from sessions where ends < $1`, int64(n.Created)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into sessions (`+sessionColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			n.Key[:], n.ID, n.Account, int64(n.Created), int64(n.Seen), int64(n.Ends), plain(n.Address), plain(n.Agent), n.Second); err != nil {
			return err
		}
		var roles string
		if err := tx.QueryRowContext(ctx, `select role from users where name = $1`, n.Account).Scan(&roles); err != nil {
			return err
		}
		if !slices.Contains(strings.Fields(roles), string(access.Administrator)) {
			return nil
		}
		body, err := json.Marshal([]any{n.Account, n.ID, n.Created, plain(n.Address), n.Second})
		if err != nil {
			return err
		}
		return s.seal(ctx, tx, n.Created, seal.Leaf{Kind: "sign-in", Ref: n.Account, Body: body})
	})
}

// SessionOf is a session with its account; nil where there is none.
func (s *Store) SessionOf(ctx context.Context, key [32]byte) (*identity.Session, *identity.Account, error) {
	n, err := scanSession(s.one(ctx, `select `+sessionColumns+` from sessions where id = $1`, key[:]).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, s.fault(err)
	}
	a, err := s.Account(ctx, n.Account)
	if err != nil || a == nil {
		return nil, nil, err
	}
	return &n, a, nil
}

// Sessions are those of an account, newest first.
func (s *Store) Sessions(ctx context.Context, account string) ([]identity.Session, error) {
	var list []identity.Session
	err := s.each(ctx, func(scan func(...any) error) error {
		n, err := scanSession(scan)
		list = append(list, n)
		return err
	}, `select `+sessionColumns+` from sessions where account = $1 order by created desc`, account)
	return list, err
}

// SeenSession notes that somebody is there.
func (s *Store) SeenSession(ctx context.Context, key [32]byte, at clock.Instant) error {
	return s.do(ctx, `update sessions set seen = $2 where id = $1`, key[:], int64(at))
}

// SecondSession notes that a session has shown two factors.
func (s *Store) SecondSession(ctx context.Context, account, id string) error {
	return s.do(ctx, `update sessions set second = $3 where account = $1 and name = $2`, account, id, true)
}

// EndSession ends one of an account's sessions; one that isn't there is no fault.
func (s *Store) EndSession(ctx context.Context, account, id string) error {
	return s.do(ctx, `delete from sessions where account = $1 and name = $2`, account, id)
}

// EndSessions ends all of an account's but one; "" for all.
func (s *Store) EndSessions(ctx context.Context, account, but string) error {
	return s.do(ctx, `delete from sessions where account = $1 and name <> $2`, account, but)
}

// do runs one statement in a transaction of its own.
func (s *Store) do(ctx context.Context, statement string, args ...any) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	})
}

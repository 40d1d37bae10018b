package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/seal"
	"plumbline/internal/vault"
)

const (
	custodianColumns = `account, number, recipient, at, approval`
	identityColumns  = `id, register, entry, concerns, key, body, at, account`
	shareColumns     = `identity, generation, custodian, recipient, cipher, at, account`
	openingColumns   = `id, identity, asker, approver, from_at, until_at`
	readingColumns   = `number, identity, opening, account, at`
)

var (
	sealedCustodians = tableOf("custodian", "custodians", "account number", custodianColumns)
	sealedIdentities = tableOf("identity", "sealed_identities", "id", identityColumns)
	sealedShares     = tableOf("share", "identity_shares", "identity generation custodian", shareColumns)
	sealedOpenings   = tableOf("opening", "identity_openings", "id", openingColumns)
	sealedReadings   = tableOf("reading", "identity_readings", "number", readingColumns)
)

// put inserts a row of a sealed table and gives its leaf. Values stand in the order of
// the columns.
func (t *sealedTable) put(ctx context.Context, tx *sql.Tx, values []any) (seal.Leaf, error) {
	b := &selection{}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = b.arg(v)
	}
	if _, err := tx.ExecContext(ctx, `insert into `+t.table+` (`+strings.Join(t.columns, ", ")+`) values (`+strings.Join(marks, ", ")+`)`, b.args...); err != nil {
		return seal.Leaf{}, err
	}
	return t.rowLeaf(values)
}

// Custodians are all keys that ever counted, by account and number.
func (s *Store) Custodians(ctx context.Context) ([]vault.Custodian, error) {
	var list []vault.Custodian
	err := s.each(ctx, func(scan func(...any) error) error {
		var c vault.Custodian
		err := scan(&c.Account, &c.Number, &c.Recipient, &c.At, &c.Approval, &c.InForce)
		list = append(list, c)
		return err
	}, `select c.account, c.number, c.recipient, c.at, c.approval, case when u.name is not null and c.number = (select max(d.number) from custodians d where d.account = c.account) then 1 else 0 end
		from custodians c left join users u on u.name = c.account and not u.disabled and (' ' || u.role || ' ') like '% custodian %' order by c.account, c.number`)
	return list, err
}

// AddCustodian puts a key behind those of its account; the same approval twice is one.
func (s *Store) AddCustodian(ctx context.Context, c vault.Custodian) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var have, last int64
		if err := tx.QueryRowContext(ctx, `select coalesce(sum(case when approval = $1 then 1 else 0 end), 0), coalesce(max(number), 0) from custodians where account = $2`, c.Approval, plain(c.Account)).Scan(&have, &last); err != nil || have > 0 {
			return err
		}
		leaf, err := sealedCustodians.put(ctx, tx, []any{plain(c.Account), last + 1, c.Recipient, int64(c.At), c.Approval})
		if err != nil {
			return err
		}
		return s.seal(ctx, tx, c.At, leaf)
	})
}

// AddIdentity keeps a sealed identity with its first shares.
func (s *Store) AddIdentity(ctx context.Context, i vault.Identity, shares []vault.Share) error {
	concerns, err := json.Marshal(append([]string{}, i.Concerns...))
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		leaf, err := sealedIdentities.put(ctx, tx, []any{i.ID, i.Ref.Register, plain(i.Ref.Number), plain(string(concerns)), i.Key, i.Body, int64(i.At), plain(i.Account)})
		if err != nil {
			return err
		}
		leaves, err := putShares(ctx, tx, i.ID, i.Generation, shares, i.Account, i.At)
		if err != nil {
			return err
		}
		return s.seal(ctx, tx, i.At, append(leaves, leaf)...)
	})
}

func putShares(ctx context.Context, tx *sql.Tx, identity string, generation int64, shares []vault.Share, account string, at clock.Instant) (leaves []seal.Leaf, err error) {
	for _, x := range shares {
		leaf, err := sealedShares.put(ctx, tx, []any{identity, generation, plain(x.Custodian), x.Recipient, x.Cipher, int64(at), plain(account)})
		if err != nil {
			return nil, err
		}
		leaves = append(leaves, leaf)
	}
	return leaves, nil
}

// AddShares keeps another splitting of a key, behind the one that it follows.
func (s *Store) AddShares(ctx context.Context, identity string, after int64, shares []vault.Share, account string, at clock.Instant) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var newest int64
		if err := tx.QueryRowContext(ctx, `select coalesce(max(generation), 0) from identity_shares where identity = $1`, identity).Scan(&newest); err != nil {
			return err
		}
		if newest != after {
			return &errs.Error{Code: errs.Usage, What: errs.T("somebody else has split it anew meanwhile", "期间已有他人重新拆分"), Next: errs.T("fetch it again", "请重新提取")}
		}
		leaves, err := putShares(ctx, tx, identity, after+1, shares, account, at)
		if err != nil {
			return err
		}
		return s.seal(ctx, tx, at, leaves...)
	})
}

// identitySelect has what is encrypted last.
const identitySelect = `select i.id, i.register, i.entry, i.concerns, i.key, i.at, i.account, coalesce((select max(generation) from identity_shares h where h.identity = i.id), 0)`

func scanIdentity(scan func(...any) error, more ...any) (i vault.Identity, err error) {
	var concerns string
	err = scan(append([]any{&i.ID, &i.Ref.Register, &i.Ref.Number, &concerns, &i.Key, &i.At, &i.Account, &i.Generation}, more...)...)
	if err == nil {
		err = json.Unmarshal([]byte(concerns), &i.Concerns)
	}
	return i, err
}

// Identity is a sealed identity; nil where there is none.
func (s *Store) Identity(ctx context.Context, id string) (*vault.Identity, error) {
	var body string
	i, err := scanIdentity(s.read.QueryRowContext(ctx, identitySelect+`, i.body from sealed_identities i where i.id = $1`, plain(id)).Scan, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.misread(err)
	}
	i.Body = body
	shares, err := s.Shares(ctx, i.ID)
	for _, x := range shares {
		i.Custodians = append(i.Custodians, x.Custodian)
	}
	return &i, err
}

// Identities are those of an entry, or all where ref is the zero one, the newest first,
// without what is encrypted.
func (s *Store) Identities(ctx context.Context, ref vault.Ref) ([]vault.Identity, error) {
	b := &selection{}
	if ref != (vault.Ref{}) {
		b.and("i.register = " + b.arg(plain(ref.Register)))
		b.and("i.entry = " + b.arg(plain(ref.Number)))
	}
	var list []vault.Identity
	err := s.each(ctx, func(scan func(...any) error) error {
		i, err := scanIdentity(scan)
		list = append(list, i)
		return err
	}, identitySelect+` from sealed_identities i`+b.where()+` order by i.at desc, i.id`, b.args...)
	return list, err
}

// Shares are those of the newest splitting, by custodian.
func (s *Store) Shares(ctx context.Context, identity string) ([]vault.Share, error) {
	var list []vault.Share
	err := s.each(ctx, func(scan func(...any) error) error {
		var x vault.Share
		err := scan(&x.Custodian, &x.Recipient, &x.Cipher)
		list = append(list, x)
		return err
	}, `select custodian, recipient, cipher from identity_shares where identity = $1 and generation = (select max(generation) from identity_shares where identity = $2) order by custodian`, plain(identity), plain(identity))
	return list, err
}

// AddOpening keeps what two agreed on; the same twice is one, as it was first.
func (s *Store) AddOpening(ctx context.Context, o vault.Opening) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var have int64
		if err := tx.QueryRowContext(ctx, `select count(*) from identity_openings where id = $1`, o.ID).Scan(&have); err != nil || have > 0 {
			return err
		}
		leaf, err := sealedOpenings.put(ctx, tx, []any{o.ID, o.Identity, plain(o.Asker), plain(o.Approver), int64(o.From), int64(o.Until)})
		if err != nil {
			return err
		}
		return s.seal(ctx, tx, o.From, leaf)
	})
}

// Openings are those of an identity, the newest first.
func (s *Store) Openings(ctx context.Context, identity string) ([]vault.Opening, error) {
	var list []vault.Opening
	err := s.each(ctx, func(scan func(...any) error) error {
		var o vault.Opening
		err := scan(&o.ID, &o.Identity, &o.Asker, &o.Approver, &o.From, &o.Until)
		list = append(list, o)
		return err
	}, `select `+openingColumns+` from identity_openings where identity = $1 order by from_at desc, id`, plain(identity))
	return list, err
}

// AddReading writes down that somebody fetched what is sealed.
func (s *Store) AddReading(ctx context.Context, r vault.Reading) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var last int64
		if err := tx.QueryRowContext(ctx, `select coalesce(max(number), 0) from identity_readings`).Scan(&last); err != nil {
			return err
		}
		leaf, err := sealedReadings.put(ctx, tx, []any{last + 1, r.Identity, r.Opening, plain(r.Account), int64(r.At)})
		if err != nil {
			return err
		}
		return s.seal(ctx, tx, r.At, leaf)
	})
}

// Readings are those of an identity, the newest first.
func (s *Store) Readings(ctx context.Context, identity string) ([]vault.Reading, error) {
	var list []vault.Reading
	err := s.each(ctx, func(scan func(...any) error) error {
		var r vault.Reading
		var number int64
		err := scan(&number, &r.Identity, &r.Opening, &r.Account, &r.At)
		list = append(list, r)
		return err
	}, `select `+readingColumns+` from identity_readings where identity = $1 order by number desc`, plain(identity))
	return list, err
}

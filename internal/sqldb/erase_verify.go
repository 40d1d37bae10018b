package sqldb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"

	"plumbline/internal/errs"
	"plumbline/internal/seal"
)

// erasureDigests give the digests of what an act's rows say, in the order of the columns
// names, findings and leaves. A leaf that can't be opened keeps kind and ref by its
// digest alone.
var erasureDigests = [3]func(ctx context.Context, tx *sql.Tx, act int64) (string, error){
	digestOf(`select hash from erased_names where erasure = $1 order by hash`),
	digestOf(`select finding from erased_findings where erasure = $1 order by finding`),
	digestOfLeaves,
}

// digest is SHA-256 over rows, a line each.
type digest struct{ hash.Hash }

func newDigest() digest { return digest{sha256.New()} }

func (d digest) row(columns []string, values []any) error {
	line, err := seal.ColumnsOf(columns).AppendRow(nil, values)
	d.Write(append(line, '\n'))
	return err
}

// hex is the digest in hexadecimal.
func (d digest) hex() string { return hex.EncodeToString(d.Sum(nil)) }

// digestOf is that of the rows that a query gives.
func digestOf(query string) func(ctx context.Context, tx *sql.Tx, act int64) (string, error) {
	return func(ctx context.Context, tx *sql.Tx, act int64) (string, error) {
		rows, err := tx.QueryContext(ctx, query, act)
		if err != nil {
			return "", err
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			return "", err
		}
		d := newDigest()
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(places...); err != nil {
				return "", err
			}
			if err := d.row(columns, values); err != nil {
				return "", err
			}
		}
		return d.hex(), rows.Err()
	}
}

// digestOfLeaves is that of the leaves that an act made impossible to open: number,
// instant, kind and ref.
func digestOfLeaves(ctx context.Context, tx *sql.Tx, act int64) (string, error) {
	blank, err := blankEntries(ctx, tx, `where erasure = $1`, act)
	if err != nil {
		return "", err
	}
	d, in := newDigest(), block{}
	for _, leaf := range sortedKeys(blank) {
		if !in.has(leaf) {
			if in, err = blockOf(ctx, tx, leaf); err != nil && !errors.Is(err, ErrNotSealed) {
				return "", err
			}
		}
		var l seal.Sealed // of a number that the log doesn't have: no act has named it
		if in.has(leaf) {
			l = in.leaves[leaf-in.first]
		}
		if err := d.row([]string{"leaf", "at", "kind", "ref"}, []any{leaf, int64(in.at), l.Kind, l.Ref}); err != nil {
			return "", err
		}
	}
	return d.hex(), nil
}

// erasedLeaves are the leaves that are said to be impossible to open.
func (v *sealCheck) erasedLeaves() (err error) {
	v.blank, err = blankEntries(v.ctx, v.tx, ``)
	return err
}

// acts holds what is said to be erased against the acts of erasure, which are sealed.
func (v *sealCheck) acts() error {
	type act struct {
		number int64
		sums   [3]string
	}
	var list []act
	if err := v.each(func(scan func(...any) error) error {
		var a act
		err := scan(&a.number, &a.sums[0], &a.sums[1], &a.sums[2])
		list = append(list, a)
		return err
	}, `select number, names, findings, leaves from erasures order by number`); err != nil {
		return err
	}
	what := [3]errs.Text{errs.T("names of what was erased", "已销毁内容的名称"), errs.T("findings that stay as they are", "不再变动的问题"), errs.T("leaves that can't be opened any more", "已无法开启的日志条目")}
	for i, a := range list {
		if a.number != int64(i)+1 {
			return seal.Mismatch(errs.Tf("act of erasure %d is missing", "缺少第 %d 次销毁的记录", i+1))
		}
		for k, digest := range erasureDigests {
			sum, err := digest(v.ctx, v.tx, a.number)
			if err != nil {
				return err
			}
			if sum != a.sums[k] {
				return seal.Mismatch(errs.T(fmt.Sprintf("the %s in act of erasure %d aren't those that it was sealed with", what[k].En, a.number), fmt.Sprintf("第 %d 次销毁的%s与存证不符", a.number, what[k].Zh)))
			}
		}
	}
	for _, table := range []string{"erased_names", "erased_findings", "erased_leaves"} {
		n, err := v.count(`select count(*) from ` + table)
		for _, a := range list { // as the digests choose them: what compares otherwise is of none
			of, failed := v.count(`select count(*) from `+table+` where erasure = $1`, a.number)
			n, err = n-of, errors.Join(err, failed)
		}
		if err != nil {
			return err
		}
		if n != 0 {
			return seal.Mismatch(errs.Tf("%d rows of %s belong to no act of erasure: they were put in beside the program", "%[2]s 中有 %[1]d 行不属于任何一次销毁：系绕过程序写入", n, table))
		}
	}
	return nil
}

func (v *sealCheck) count(query string, args ...any) (n int64, err error) {
	err = v.tx.QueryRowContext(v.ctx, query, args...).Scan(&n)
	return n, err
}

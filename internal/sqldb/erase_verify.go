package sqldb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"

	"plumbline/internal/errs"
	"plumbline/internal/seal"
)

// erasureDigests are the rows of an act, in the order of the columns names, findings
// and leaves. A leaf that can't be opened keeps kind and ref by its digest alone.
var erasureDigests = [3]string{
	`select hash from erased_names where erasure = $1 order by hash`,
	`select finding from erased_findings where erasure = $1 order by finding`,
	`select e.leaf, l.at, l.kind, l.ref from erased_leaves e join seal_leaves l on l.leaf = e.leaf where e.erasure = $1 order by e.leaf`,
}

// digestOf is SHA-256, in hexadecimal, over the values of the rows that a query gives,
// a line each.
func digestOf(ctx context.Context, tx *sql.Tx, query string, args ...any) (string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return "", err
		}
		line, err := seal.Row(columns, values)
		if err != nil {
			return "", err
		}
		h.Write(append(line, '\n'))
	}
	return hex.EncodeToString(h.Sum(nil)), rows.Err()
}

// erasedLeaves are the leaves that are said to be impossible to open.
func (v *sealCheck) erasedLeaves() error {
	v.blank = map[int64]bool{}
	return v.each(func(scan func(...any) error) error {
		var leaf int64
		err := scan(&leaf)
		v.blank[leaf] = true
		return err
	}, `select leaf from erased_leaves`)
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
		for k, q := range erasureDigests {
			sum, err := digestOf(v.ctx, v.tx, q, a.number)
			if err != nil {
				return err
			}
			if sum != a.sums[k] {
				return seal.Mismatch(errs.T(fmt.Sprintf("the %s in act of erasure %d aren't those that it was sealed with", what[k].En, a.number), fmt.Sprintf("第 %d 次销毁的%s与存证不符", a.number, what[k].Zh)))
			}
		}
	}
	for _, table := range []string{"erased_names", "erased_findings", "erased_leaves"} {
		var n int64
		if err := v.tx.QueryRowContext(v.ctx, `select count(*) from `+table+` where erasure not in (select number from erasures)`).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return seal.Mismatch(errs.Tf("%d rows of %s belong to no act of erasure: they were put in beside the program", "%[2]s 中有 %[1]d 行不属于任何一次销毁：系绕过程序写入", n, table))
		}
	}
	return nil
}

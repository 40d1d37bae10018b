package sqldb

import (
	"context"
	"database/sql"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/org"
)

const revisionColumns = `number, at, account, reason, from_day, has_from, past, touched, units, people, digest`

// sealedRevisions: the digest seals the lines.
var sealedRevisions = tableOf("organisation", "org_revisions", "number", revisionColumns)

// OrgVersion is the number of the last revision of the organisation, 0 where there
// is none.
func (s *Store) OrgVersion(ctx context.Context) (n int64, err error) {
	err = s.one(ctx, `select coalesce(max(number), 0) from org_revisions`).Scan(&n)
	return n, s.fault(err)
}

// OrgLines are the organisation's lines as of a revision, and its number; 0 is the
// last one.
func (s *Store) OrgLines(ctx context.Context, version int64) (lines []org.Line, at int64, err error) {
	if at = version; at == 0 {
		if at, err = s.OrgVersion(ctx); err != nil {
			return nil, 0, err
		}
	}
	lines, err = s.orgLines(ctx, `added <= $1 and (ended = 0 or ended > $1)`, at)
	return lines, at, err
}

func (s *Store) orgLines(ctx context.Context, where string, args ...any) (lines []org.Line, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var l org.Line
		err := scan(&l.Kind, &l.ID, &l.Body)
		lines = append(lines, l)
		return err
	}, `select kind, id, body from org_lines where `+where+` order by kind, id, body`, args...)
	return lines, err
}

// OrgRevisions are the last revisions, newest first.
func (s *Store) OrgRevisions(ctx context.Context, limit int) ([]org.Revision, error) {
	return s.orgRevisions(ctx, `order by number desc limit $1`, int64(limit))
}

// OrgTouching are the revisions that touch a finding by its number, oldest first.
func (s *Store) OrgTouching(ctx context.Context, finding int64) ([]org.Revision, error) {
	return s.orgRevisions(ctx, `where number in (select revision from org_touched where number = $1) order by number`, finding)
}

func (s *Store) orgRevisions(ctx context.Context, which string, args ...any) (out []org.Revision, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var r org.Revision
		var day int64
		err := scan(&r.Number, &r.At, &r.Account, &r.Reason, &day, &r.HasFrom, &r.Past, &r.Touched, &r.Units, &r.People, &r.Digest)
		r.From = clock.Day(day)
		out = append(out, r)
		return err
	}, `select `+revisionColumns+` from org_revisions `+which, args...)
	return out, err
}

// ReviseOrg ends lines and adds others as the next revision, whose number must be
// the next one: another may have come in between. It is sealed by the digest of its
// lines. The findings that it touches, by their numbers, are kept with it.
func (s *Store) ReviseOrg(ctx context.Context, r org.Revision, ended, added []org.Line, touched []int64) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if err := countChange(ctx, tx); err != nil { // one change waits for the other
			return err
		}
		var last int64
		if err := tx.QueryRowContext(ctx, `select coalesce(max(number), 0) from org_revisions`).Scan(&last); err != nil {
			return err
		}
		if last+1 != r.Number {
			return &errs.Error{Code: errs.Usage, What: errs.Tf("somebody was faster: the organisation has come to revision %d", "已有人先行变更：组织机构已至第 %d 次变更", last),
				Next: errs.T("look at the difference again, then apply it", "请重新查看差异后再应用")}
		}
		args := []any{r.Number, int64(r.At), plain(r.Account), plain(r.Reason), int64(r.From), r.HasFrom, r.Past, r.Touched, r.Units, r.People, r.Digest}
		leaf, err := sealedRevisions.rowLeaf(args)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into org_revisions (`+revisionColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, args...); err != nil {
			return err
		}
		w := writer{ctx: ctx, tx: tx, store: s}
		if err := w.rows(len(ended), `update org_lines set ended = $1 where kind = $2 and id = $3 and body = $4 and ended = 0`, func(i int) []any {
			return []any{r.Number, ended[i].Kind, ended[i].ID, ended[i].Body}
		}); err != nil {
			return err
		}
		if err := w.rows(len(added), `insert into org_lines (kind, id, body, added, ended) values ($2, $3, $4, $1, 0)`, func(i int) []any {
			return []any{r.Number, added[i].Kind, added[i].ID, added[i].Body}
		}); err != nil {
			return err
		}
		if err := w.rows(len(touched), `insert into org_touched (number, revision) values ($2, $1)`, func(i int) []any {
			return []any{r.Number, touched[i]}
		}); err != nil {
			return err
		}
		return s.seal(ctx, tx, r.At, leaf)
	})
}

// OrgNow writes what conditions of lists need of the organisation as it stands:
// which units are above which, and who declared a conflict with whom, both ways.
func (s *Store) OrgNow(ctx context.Context, paths []org.Path, conflicts []org.Conflict) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"unit_paths", "conflicts"} {
			if _, err := tx.ExecContext(ctx, `delete from `+table); err != nil {
				return err
			}
		}
		w := writer{ctx: ctx, tx: tx, store: s}
		if err := w.rows(len(paths), `insert into unit_paths (unit, ancestor, depth) values ($1, $2, $3)`, func(i int) []any {
			return []any{plain(string(paths[i].Unit)), plain(string(paths[i].Above)), int64(paths[i].Depth)}
		}); err != nil {
			return err
		}
		return w.rows(2*len(conflicts), `insert into conflicts (a, b, kind, from_day, to_day) values ($1, $2, $3, $4, $5) on conflict do nothing`, func(i int) []any {
			c := conflicts[i/2]
			if i%2 == 1 {
				c.A, c.B = c.B, c.A
			}
			return []any{plain(string(c.A)), plain(string(c.B)), string(c.Kind), int64(c.From), int64(c.To)}
		})
	})
	s.reorganised() // where it failed, too: the database may have taken it
	return err
}

// OrgTouched visits the findings of people and units that a difference concerns,
// whatever their days.
func (s *Store) OrgTouched(ctx context.Context, people []org.PersonID, units []org.UnitID, visit func(org.Touch)) error {
	seen := map[string]bool{}
	read := func(column string, names []string) error {
		b := &selection{}
		in(b, column, names)
		return s.each(ctx, func(scan func(...any) error) error {
			var t org.Touch
			if err := scan(&t.Finding, &t.Number, &t.Subject, &t.Owner, &t.Unit, &t.Time); err != nil {
				return err
			}
			if !seen[t.Finding] {
				seen[t.Finding] = true
				visit(t)
			}
			return nil
		}, `select f.id, f.number, f.actor, coalesce(i.owner, ''), f.unit, f.event_time from findings f left join items i on i.number = f.number`+b.where()+` order by f.number`, b.args...)
	}
	for _, part := range []struct {
		column string
		names  []string
	}{{"f.actor", texts(people)}, {"f.unit", texts(units)}} {
		for len(part.names) > 0 {
			n := min(500, len(part.names))
			if err := read(part.column, part.names[:n]); err != nil {
				return err
			}
			part.names = part.names[n:]
		}
	}
	return nil
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

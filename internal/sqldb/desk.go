package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
)

// Views are the saved views of an account and those that are shared, by name.
func (s *Store) Views(ctx context.Context, account string) ([]ledger.SavedView, error) {
	var list []ledger.SavedView
	err := s.each(ctx, func(scan func(...any) error) error {
		var v ledger.SavedView
		err := scan(&v.ID, &v.Account, &v.Name, &v.Query, &v.Shared, &v.At)
		list = append(list, v)
		return err
	}, `select id, account, name, query, shared, at from saved_views where account = $1 or shared = $2 order by name, id`, plain(account), true)
	return list, err
}

// SaveView keeps a view; one of the same account and name gives way to it.
func (s *Store) SaveView(ctx context.Context, v ledger.SavedView) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `delete from saved_views where account = $1 and name = $2`, plain(v.Account), plain(v.Name)); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, `select count(*) from saved_views where account = $1`, plain(v.Account)).Scan(&n); err != nil {
			return err
		}
		if n >= ledger.MaxViews {
			return &errs.Error{Code: errs.Usage, What: errs.Tf("an account keeps at most %d views", "每个账户最多保存 %d 个视图", ledger.MaxViews),
				Next: errs.T("remove one that you no longer use", "请先删除不再使用的视图")}
		}
		_, err := tx.ExecContext(ctx, `insert into saved_views (id, account, name, query, shared, at) values ($1, $2, $3, $4, $5, $6)`,
			v.ID, plain(v.Account), plain(v.Name), plain(v.Query), v.Shared, int64(v.At))
		return err
	})
}

// DropView takes away a view of an account's own.
func (s *Store) DropView(ctx context.Context, account, id string) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `delete from saved_views where account = $1 and id = $2`, plain(account), plain(id))
		return err
	})
}

// visitStep is how exactly a visit is noted: a page that is opened often isn't
// written as often.
const visitStep = 60_000_000

// Visited notes that an account looks now, and says when its visit before this one
// ended.
func (s *Store) Visited(ctx context.Context, account string, now clock.Instant, gap int64) (clock.Instant, error) {
	var seen, since clock.Instant
	err := s.one(ctx, `select seen, since from visits where account = $1`, plain(account)).Scan(&seen, &since)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, s.fault(err)
	}
	if int64(now-seen) > gap {
		since = seen
	}
	if int64(now-seen) < visitStep {
		return since, nil
	}
	return since, s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `insert into visits (account, seen, since) values ($1, $2, $3)
			on conflict (account) do update set seen = excluded.seen, since = excluded.since`, plain(account), int64(now), int64(since))
		return err
	})
}

// Changed is what happened since an instant to the findings that somebody may see.
func (s *Store) Changed(ctx context.Context, since clock.Instant, f access.For) (ledger.Changes, error) {
	out := ledger.Changes{Moves: map[ledger.Kind]int64{}}
	flow, err := s.raised(ctx, since+1, f)
	if err != nil {
		return out, err
	}
	for _, n := range flow {
		out.Raised += n.n
	}
	flow, err = s.flow(ctx, "m.at", "m.kind", since+1, "", f)
	for _, n := range flow {
		out.Moves[ledger.Kind(n.kind)] += n.n
	}
	return out, err
}

// Flows are the hours in which findings came onto the ledger, or left it.
func (s *Store) Flows(ctx context.Context, from clock.Instant, f access.For) ([]ledger.Flow, error) {
	raised, err := s.raised(ctx, from, f)
	if err != nil {
		return nil, err
	}
	closed, err := s.flow(ctx, "m.at", "m.kind", from, " and m.kind in ('close', 'withdraw', 'exempt', 'reopen')", f)
	if err != nil {
		return nil, err
	}
	hours := map[clock.Instant]ledger.Flow{}
	for _, n := range append(raised, closed...) {
		h := hours[n.hour]
		switch n.kind {
		case "":
			h.Raised += n.n
		case "close", "withdraw", "exempt":
			h.Closed += n.n
		case "reopen":
			h.Closed -= n.n
		}
		h.Hour = n.hour
		hours[n.hour] = h
	}
	return slices.SortedFunc(maps.Values(hours), func(a, b ledger.Flow) int { return int(a.Hour - b.Hour) }), nil
}

// hourly is how often something happened in an hour.
type hourly struct {
	hour clock.Instant
	kind string
	n    int64
}

const anHour = 3_600_000_000

// raised counts findings by the hour.
func (s *Store) raised(ctx context.Context, from clock.Instant, f access.For) ([]hourly, error) {
	if s.holder != 0 {
		return s.raisedBoard(ctx, from, f)
	}
	return s.flow(ctx, "f.raised", "''", from, "", f)
}

// flow counts by the hour what the column at dates, of what somebody may see.
func (s *Store) flow(ctx context.Context, at, kind string, from clock.Instant, more string, f access.For) ([]hourly, error) {
	b := &selection{}
	b.and(at + " >= " + b.arg(int64(from)) + more)
	if _, err := s.allowItems(ctx, b, f); err != nil {
		return nil, err
	}
	tables := ""
	if at == "m.at" {
		tables = " from moves m join findings f on f.id = m.finding join items i on i.number = f.number"
		if len(b.conditions) == 1 {
			tables = " from moves m"
		}
	} else if tables = itemTables; len(b.conditions) == 1 {
		tables = " from findings f"
	}
	var list []hourly
	err := s.each(ctx, func(scan func(...any) error) error {
		var h hourly
		err := scan(&h.hour, &h.kind, &h.n)
		h.hour *= anHour
		list = append(list, h)
		return err
	}, "select "+at+" / 3600000000, "+kind+", count(*)"+tables+b.where()+" group by 1, 2 order by 1, 2", b.args...)
	return list, err
}

package sqldb

import (
	"context"
	"encoding/json"
	"math"

	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/service"
)

// checkLedger looks whether every finding has its item, every item is the fold of
// its moves and of its finding, the kept counts are what there is, and the organisation is what was
// entered.
func (s *Store) checkLedger(ctx context.Context) error {
	var missing string
	err := s.each(ctx, func(scan func(...any) error) error { return scan(&missing) },
		`select f.id from findings f left join items i on i.number = f.number where i.number is null limit 1`)
	if err != nil {
		return err
	}
	if missing != "" {
		return s.wrong(errs.Tf("finding %s isn't on the ledger", "问题 %s 不在台账中", missing))
	}
	if err := s.checkItems(ctx); err != nil {
		return err
	}
	if err := s.checkTold(ctx); err != nil {
		return err
	}
	if err := s.checkNotesOf(ctx); err != nil {
		return err
	}
	if err := s.checkItemCounts(ctx); err != nil {
		return err
	}
	if err := s.checkLinks(ctx); err != nil {
		return err
	}
	return s.checkOrg(ctx)
}

// checkTold looks whether items are of their findings as these stand.
func (s *Store) checkTold(ctx context.Context) error {
	return s.each(ctx, func(scan func(...any) error) error {
		var id string
		var state, told service.FindingState
		var of string
		if err := scan(&id, &state, &of, &told); err != nil {
			return err
		}
		if of == id && saying(state) == saying(told) {
			return nil
		}
		return s.wrong(errs.Tf("the ledger's row of finding %s isn't of it as it stands", "台账中问题 %s 的登记与该问题现状不符", id))
	}, `select f.id, f.state, i.finding, i.told from findings f join items i on i.number = f.number where i.told <> f.state or i.finding <> f.id order by f.number`)
}

// checkNotesOf looks whether the lines of a history are found by the number of the
// finding that they name.
func (s *Store) checkNotesOf(ctx context.Context) error {
	return s.each(ctx, func(scan func(...any) error) error {
		var number int64
		var finding string
		if err := scan(&number, &finding); err != nil {
			return err
		}
		return s.wrong(errs.Tf("line %d of the findings' histories isn't with finding %s, of which it is", "第 %d 条处理记录不在其所属的问题 %s 之下", number, finding))
	}, `select n.number, n.finding from notes n left join findings f on f.number = n.of_number where f.id is null or f.id <> n.finding order by n.number limit 1`)
}

// checkItems goes through the items that were moved, some at a time.
func (s *Store) checkItems(ctx context.Context) error {
	for after := int64(math.MinInt64); ; {
		var items []ledger.Item
		err := s.each(ctx, func(scan func(...any) error) error {
			it, err := scanItem(scan)
			items = append(items, it)
			return err
		}, `select `+itemColumns+itemTables+` where i.number > $1 and (i.version > 0 or i.state <> 'open' or i.owner <> '' or i.due <> i.due_first or i.turn <> i.assign_by) order by i.number limit 500`, after)
		if err != nil || len(items) == 0 {
			return err
		}
		for i := range items {
			it := &items[i]
			moves, err := movesOf(ctx, s.read, it.Finding)
			if err != nil {
				return s.misread(err)
			}
			if it.Fold(moves) != it.Standing {
				return s.wrong(errs.Tf("item %d isn't what its moves say", "事项 %d 与其流转记录不符", it.Number))
			}
		}
		after = items[len(items)-1].Number
	}
}

func (s *Store) checkItemCounts(ctx context.Context) error {
	kept, err := s.ItemCounts(ctx)
	if err != nil {
		return err
	}
	err = s.each(ctx, func(scan func(...any) error) error {
		var state ledger.State
		var n int64
		if err := scan(&state, &n); err != nil {
			return err
		}
		if kept[state] != n {
			return s.wrong(errs.Tf("%[1]d items are %[2]s, and the kept count says %[3]d", "状态为 %[2]s 的事项有 %[1]d 项，计数却为 %[3]d", n, state, kept[state]))
		}
		delete(kept, state)
		return nil
	}, `select state, count(*) from items group by state`)
	for state, n := range kept {
		if err == nil && n != 0 {
			return s.wrong(errs.Tf("no item is %[1]s, and the kept count says %[2]d", "没有状态为 %[1]s 的事项，计数却为 %[2]d", state, n))
		}
	}
	return err
}

// checkLinks looks whether links are found by what their moves say.
func (s *Store) checkLinks(ctx context.Context) error {
	return s.each(ctx, func(scan func(...any) error) error {
		var finding, other, body string
		var m ledger.Move
		if err := scan(&finding, &other, &body); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &m); err == nil && m.Link == other {
			return nil
		}
		return s.wrong(errs.Tf("a link of finding %s isn't what its move says", "问题 %s 的关联与其流转记录不符", finding))
	}, `select finding, other, body from moves where kind in ('link', 'unlink') or other <> '' order by finding, number`)
}

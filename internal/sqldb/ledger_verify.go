package sqldb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
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

// checkHistories looks whether each finding stands as its history ends: its state is what the
// last line says that isn't of an amendment, the rest what the very last one says. What was
// erased of a finding, its lines may still tell.
func (s *Store) checkHistories(ctx context.Context) error {
	return s.each(ctx, func(scan func(...any) error) error {
		var id, kind string
		var state service.FindingState
		if err := scan(&id, &state, &kind); err != nil {
			return err
		}
		what := errs.Tf("finding %s isn't as its history leaves it", "问题 %s 与其处理记录不符", id)
		if ended := endedAs(kind); ended != state {
			what = errs.Tf("finding %[1]s is %[2]s, and its history ends with %[3]s", "问题 %[1]s 的状态为 %[2]s，处理记录却止于 %[3]s", id, state, cmp.Or(kind, "–"))
		}
		return &errs.Error{Code: errs.Input, Place: errs.Place{File: s.name}, Err: service.ErrDamaged, What: what,
			Next: errs.T("look at the finding: a service of form 24 or before could write this on a busy machine, and then the history is right; else hold the record against a backup",
				"请查看该问题：格式 24 及以前的服务在繁忙时可能如此写入，此时以处理记录为准；否则请与备份核对")}
	}, `select f.id, f.state, coalesce(n.kind, '') from findings f
		left join notes n on n.number = (select max(number) from notes where of_number = f.number and kind <> 'amended')
		left join notes l on l.number = (select max(number) from notes where of_number = f.number)
		where n.number is null or f.state <> case n.kind when 'raised' then 'open' else n.kind end
		or l.at <> f.changed or f.erased = 0 and (l.verdict <> f.verdict or l.due <> case f.due when $1 then 0 else f.due end)
		order by f.number limit 1`, int64(never))
}

// endedAs is the state in which a line of a history leaves a finding.
func endedAs(kind string) service.FindingState {
	if kind == "raised" {
		return service.Open
	}
	return service.FindingState(kind)
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

// checkItems goes through all items, some at a time: an item that was never moved stands as it
// began, and what a row says decides nothing about whether it is looked at.
func (s *Store) checkItems(ctx context.Context) error {
	for after := int64(math.MinInt64); ; {
		var items []ledger.Item
		var ids []string
		err := s.each(ctx, func(scan func(...any) error) error {
			it, err := scanItem(scan)
			items, ids = append(items, it), append(ids, it.Finding)
			return err
		}, `select `+itemColumns+itemTables+` where i.number > $1 order by i.number limit 500`, after)
		if err != nil || len(items) == 0 {
			return err
		}
		moves, err := s.movesOfMany(ctx, ids)
		if err != nil {
			return err
		}
		for i := range items {
			it := &items[i]
			if it.Fold(moves[it.Finding]) != it.Standing {
				return s.wrong(errs.Tf("item %d isn't what its moves say", "事项 %d 与其流转记录不符", it.Number))
			}
		}
		after = items[len(items)-1].Number
	}
}

// movesOfMany are the moves of findings, oldest first.
func (s *Store) movesOfMany(ctx context.Context, findings []string) (map[string][]ledger.Move, error) {
	b, moves := &selection{}, map[string][]ledger.Move{}
	in(b, "finding", findings)
	return moves, s.each(ctx, func(scan func(...any) error) error {
		var finding, body string
		var m ledger.Move
		if err := scan(&finding, &body); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			return s.misread(fmt.Errorf("move %d of finding %s: %w", len(moves[finding])+1, finding, err))
		}
		moves[finding] = append(moves[finding], m)
		return nil
	}, `select finding, body from moves`+b.where()+` order by finding, number`, b.args...)
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

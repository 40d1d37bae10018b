package sqldb

import (
	"context"

	"plumbline/internal/errs"
	"plumbline/internal/segment"
	"plumbline/internal/service"
)

// Tally is what a record was found to hold.
type Tally struct {
	Segments int64
	Events   int64
	Findings int64
}

// Verify reads the whole record and says whether it is whole: the database's
// pages (SQLite), the segments without gaps up to the position and each of them
// readable, the numberings, the kept counts.
func (s *Store) Verify(ctx context.Context) (Tally, error) {
	var t Tally
	if err := s.CheckPages(ctx); err != nil {
		return t, err
	}
	err := s.Segments(ctx, 0, func(g *service.Segment) error {
		events, err := segment.Decode(g.Body)
		if err != nil {
			return g.Damaged(err)
		}
		if len(events) != g.Events {
			return s.wrong(errs.Tf("segment %d holds %d events and should hold %d", "数据段 %d 有事件 %d 条，应为 %d 条", g.Number, len(events), g.Events))
		}
		t.Segments, t.Events = g.Number, t.Events+int64(len(events))
		return nil
	})
	if err != nil {
		return t, err
	}
	pos, err := s.Position(ctx)
	if err != nil {
		return t, err
	}
	if t.Segments != pos.Segment {
		return t, s.wrong(errs.Tf("the record has %d segments and its position is %d", "记录有数据段 %d 个，位置却为 %d", t.Segments, pos.Segment))
	}
	if t.Findings, err = s.checkCounts(ctx); err != nil {
		return t, err
	}
	if err := s.checkNumbers(ctx); err != nil {
		return t, err
	}
	return t, s.checkLedger(ctx)
}

// VerifyMore looks at what takes several times as long, or goes beyond what a backup
// asks: whether the tables are the program's, and each index is of its table (SQLite), whether
// sources sent what is there or was erased, and findings are as their histories say.
func (s *Store) VerifyMore(ctx context.Context) error {
	for _, check := range []func(context.Context) error{s.checkSchema, s.checkSurplus, s.checkIndexes, s.checkHistories, s.checkTaken} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) checkIndexes(ctx context.Context) error { return s.pragmaCheck(ctx, "integrity_check") }

// checkTaken holds how many events each source is said to have sent against those that are
// there or were erased.
func (s *Store) checkTaken(ctx context.Context) error {
	return s.each(ctx, func(scan func(...any) error) error {
		var source, says, is int64
		if err := scan(&source, &says, &is); err != nil || says == is {
			return err
		}
		return s.wrong(errs.Tf("of source %[1]d there are %[2]d events, and it is said to have sent %[3]d", "来源 %[1]d 有事件 %[2]d 条，登记为发送 %[3]d 条", source, is, says))
	}, `select source, sum(says), sum(events) from (
			select source, taken says, 0 events from source_states
			union all select source, 0, events from segments
			union all select g.source, 0, 1 from seal_erased e join segments g on g.number = e.segment) as counted
		group by source order by source`)
}

// numbered is what was counted while it was written, and what is there.
type numbered struct{ says, is, en, zh string }

// checkNumbers holds what was numbered against what is there: nothing in between is
// missing.
func (s *Store) checkNumbers(ctx context.Context) error {
	return s.checkEqual(ctx,
		numbered{`select note from position`, `select count(*) from notes`, "lines of findings' histories", "处理记录"},
		numbered{`select quarantine from position`, `select count(*) from quarantine`, "things in quarantine", "隔离内容"})
}

func (s *Store) checkEqual(ctx context.Context, list ...numbered) error {
	for _, c := range list {
		var says, is int64
		if err := s.read.QueryRowContext(ctx, c.says).Scan(&says); err != nil {
			return s.fault(err)
		}
		if err := s.read.QueryRowContext(ctx, c.is).Scan(&is); err != nil {
			return s.fault(err)
		}
		if says != is {
			return s.wrong(errs.Tf("of %[1]s there should be %[3]d, and there are %[4]d", "%[2]s应有 %[3]d 条，实有 %[4]d 条", c.en, c.zh, says, is))
		}
	}
	return nil
}

// CheckPages lets SQLite look at its pages; PostgreSQL has tools of its own. Once
// something was found damaged, nothing more is written.
func (s *Store) CheckPages(ctx context.Context) error { return s.pragmaCheck(ctx, "quick_check") }

func (s *Store) pragmaCheck(ctx context.Context, which string) error {
	if s.postgres {
		return nil
	}
	return s.each(ctx, func(scan func(...any) error) error {
		var said string
		if err := scan(&said); err != nil || said == "ok" {
			return err
		}
		return s.damaged(errs.Tf("the database is damaged: %s", "数据库已损坏：%s", said))
	}, `pragma `+which+`(1)`)
}

func (s *Store) checkCounts(ctx context.Context) (all int64, err error) {
	kept, err := s.FindingCounts(ctx)
	if err != nil {
		return 0, err
	}
	err = s.each(ctx, func(scan func(...any) error) error {
		var state service.FindingState
		var n int64
		if err := scan(&state, &n); err != nil {
			return err
		}
		if all += n; kept[state] != n {
			return s.wrong(errs.Tf("%d findings are %s, and the kept count says %d", "状态为 %[2]s 的问题有 %[1]d 条，计数却为 %[3]d", n, state, kept[state]))
		}
		delete(kept, state)
		return nil
	}, `select state, count(*) from findings group by state`)
	for state, n := range kept {
		if err == nil && n != 0 {
			return 0, s.wrong(errs.Tf("no finding is %[1]s, and the kept count says %[2]d", "没有状态为 %[1]s 的问题，计数却为 %[2]d", state, n))
		}
	}
	return all, err
}

func (s *Store) wrong(what errs.Text) error {
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: s.name}, Err: service.ErrDamaged, What: what, Next: service.UseBackup}
}

// CopyTo writes the record as it stands at one instant into a new SQLite file,
// while others write on. Not for PostgreSQL, which has pg_dump.
func (s *Store) CopyTo(ctx context.Context, path string) error {
	_, err := s.write.ExecContext(ctx, `vacuum into $1`, path)
	return s.fault(err)
}

package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/identity"
	"plumbline/internal/service"
)

// SetUp writes what a record begins with, once: a record that is set up is
// refused.
func (s *Store) SetUp(ctx context.Context, set service.Settings, admin identity.Account) error {
	packs, err := asJSON(set.Packs)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `insert into settings (id, agency, zone, lang, packs) values (1, $1, $2, $3, $4) on conflict (id) do nothing`,
			set.Agency, set.Zone, set.Lang, packs)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return &errs.Error{Code: errs.Usage, Place: errs.Place{File: s.name}, Err: err, What: errs.T("this is already set up", "此处已完成设置"),
				Next: errs.T("use it as it is, or name another directory", "请直接使用，或换一个目录")}
		}
		if err := s.addAccount(ctx, tx, &admin); err != nil {
			return err
		}
		return s.sealRow(ctx, tx, admin.Created, sealedSettings, int64(1))
	})
}

// Settings are what SetUp wrote; a record that isn't set up is an error.
func (s *Store) Settings(ctx context.Context) (service.Settings, error) {
	var set service.Settings
	var packs string
	err := s.read.QueryRowContext(ctx, `select agency, zone, lang, packs from settings`).Scan(&set.Agency, &set.Zone, &set.Lang, &packs)
	if errors.Is(err, sql.ErrNoRows) {
		return set, &errs.Error{Code: errs.Usage, Place: errs.Place{File: s.name}, What: errs.T("this isn't set up yet", "此处尚未设置"),
			Next: errs.T("run plumbline setup first", "请先运行 plumbline setup")}
	}
	if err == nil {
		err = json.Unmarshal([]byte(packs), &set.Packs)
	}
	return set, s.fault(err)
}

// page is how many segments, or items of the quarantine, are read at a time: no
// transaction stays open while a visitor works.
const page = 32

// Segments visits the segments after a number, in order. One that is missing is
// an error: the record has a gap.
func (s *Store) Segments(ctx context.Context, after int64, visit func(*service.Segment) error) error {
	pos, err := s.Position(ctx)
	if err != nil {
		return err
	}
	for {
		list, err := s.segmentPage(ctx, after)
		if err != nil {
			return err
		}
		for i := range list {
			if list[i].Number != after+1 {
				return s.gap(after + 1)
			}
			after++
			if err := visit(&list[i]); err != nil {
				return err
			}
		}
		if len(list) < page {
			break
		}
	}
	if after < pos.Segment {
		return s.gap(after + 1)
	}
	return nil
}

func (s *Store) segmentPage(ctx context.Context, after int64) ([]service.Segment, error) {
	var list []service.Segment
	err := s.each(ctx, func(scan func(...any) error) error {
		var g service.Segment
		err := scan(&g.Number, &g.Source, &g.Received, &g.Now, &g.Events, &g.Body)
		list = append(list, g)
		return err
	}, `select number, source, received, now, events, body from segments where number > $1 order by number limit $2`, after, int64(page))
	return list, err
}

func (s *Store) gap(number int64) error {
	return &errs.Error{Code: errs.Input, Place: errs.Place{File: s.name}, Err: service.ErrDamaged,
		What: errs.Tf("segment %d of the record is missing", "记录缺少数据段 %d", number), Next: service.UseBackup}
}

const quarantineColumns = `select id, source, at, raw, code, reason, reason_zh, done, outcome, hash, times, last_at from quarantine where `

func scanQuarantined(scan func(...any) error) (service.Quarantined, error) {
	var q service.Quarantined
	err := scan(&q.ID, &q.Source, &q.At, &q.Raw, &q.Code, &q.Reason, &q.ReasonZH, &q.Done, &q.Outcome, &q.Hash, &q.Times, &q.Last)
	return q, err
}

// Quarantine lists what a source (0: any) sent that couldn't be taken, in order
// of arrival, after an id: all of it, or only what waits.
func (s *Store) Quarantine(ctx context.Context, source int64, waiting bool, after int64, limit int) ([]service.Quarantined, error) {
	if limit < 1 {
		limit = page
	}
	where, args := `id > $1`, []any{after, int64(limit)}
	if source != 0 {
		where, args = where+` and source = $3`, append(args, source)
	}
	if waiting {
		where += ` and done = 0`
	}
	var list []service.Quarantined
	err := s.each(ctx, func(scan func(...any) error) error {
		q, err := scanQuarantined(scan)
		list = append(list, q)
		return err
	}, quarantineColumns+where+` order by id limit $2`, args...)
	return list, err
}

// QuarantineItem is one of them; nil where there is none.
func (s *Store) QuarantineItem(ctx context.Context, id int64) (*service.Quarantined, error) {
	q, err := scanQuarantined(s.read.QueryRowContext(ctx, quarantineColumns+`id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.misread(err)
	}
	return &q, nil
}

// QuarantineByHash gives those of a source's things, settled or not, that have one
// of the hashes, in no order.
func (s *Store) QuarantineByHash(ctx context.Context, source int64, hashes []string) ([]service.Quarantined, error) {
	var list []service.Quarantined
	for some := range slices.Chunk(hashes, 500) {
		b := &selection{}
		b.and("source = " + b.arg(source))
		in(b, "hash", some)
		err := s.each(ctx, func(scan func(...any) error) error {
			q, err := scanQuarantined(scan)
			list = append(list, q)
			return err
		}, strings.TrimSuffix(quarantineColumns, " where ")+b.where(), b.args...)
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// QuarantineWaiting is how much waits in each source's quarantine.
func (s *Store) QuarantineWaiting(ctx context.Context) (map[int64]service.Waiting, error) {
	out := map[int64]service.Waiting{}
	err := s.each(ctx, func(scan func(...any) error) error {
		var source int64
		var n service.Waiting
		err := scan(&source, &n.Things, &n.Bytes)
		out[source] = n
		return err
	}, `select source, count(*), coalesce(sum(length(raw)), 0) from quarantine where done = 0 group by source`)
	return out, err
}

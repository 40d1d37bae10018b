package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// Sources lists the sources in the order in which they were added. A service
// may ask as often as it likes: while nothing has changed, one row is read. What
// another program adds is seen at the next call.
func (s *Store) Sources(ctx context.Context) ([]service.Source, error) {
	s.known.Lock()
	defer s.known.Unlock()
	if s.known.ask == nil {
		var err error
		if s.known.ask, err = s.read.PrepareContext(ctx, `select sources from changes`); err != nil {
			return nil, s.fault(err)
		}
	}
	var at int64
	if err := s.known.ask.QueryRowContext(ctx).Scan(&at); err != nil {
		return nil, s.fault(err)
	}
	if s.known.list == nil || s.known.at != at {
		// Read after the count: what changes in between is read again next time.
		list, err := s.readSources(ctx)
		if err != nil {
			return nil, err
		}
		s.known.at, s.known.list = at, list
	}
	return slices.Clone(s.known.list), nil
}

const sourceColumns = `id, name, role, unit, types, token, skew, lateness, habit, created, disabled`

func (s *Store) readSources(ctx context.Context) ([]service.Source, error) {
	list := []service.Source{}
	err := s.each(ctx, func(scan func(...any) error) error {
		src, err := scanSource(scan)
		list = append(list, src)
		return err
	}, `select `+sourceColumns+` from sources order by id`)
	return list, err
}

func scanSource(scan func(...any) error) (src service.Source, err error) {
	var types string
	var token []byte
	err = scan(&src.ID, &src.Name, &src.Role, &src.Unit, &types, &token, &src.Skew, &src.Lateness, &src.Habit, &src.Created, &src.Disabled)
	if err == nil && len(token) != len(src.Token) {
		err = fmt.Errorf("source %s: a token of %d bytes", src.Name, len(token))
	}
	if err == nil && types != "[]" {
		err = json.Unmarshal([]byte(types), &src.Types)
	}
	copy(src.Token[:], token)
	return src, err
}

// AddSource adds a source under the next id, which it returns; a name that is
// there already is refused.
func (s *Store) AddSource(ctx context.Context, src service.Source) (id int64, err error) {
	types, err := asJSON(src.Types)
	if err != nil {
		return 0, err
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		if err := countChange(ctx, tx); err != nil {
			return err
		}
		var same int64
		if err := tx.QueryRowContext(ctx, `select coalesce(max(id), 0) + 1, count(case when name = $1 then 1 end) from sources`, src.Name).Scan(&id, &same); err != nil {
			return err
		}
		if same > 0 {
			return &errs.Error{Code: errs.Usage, What: errs.Tf("there is a source %q already", "已有来源 %q", src.Name),
				Next: errs.T("give another name, or rotate its token: plumbline source rotate", "请换一个名称，或用 plumbline source rotate 更换令牌")}
		}
		_, err := tx.ExecContext(ctx, `insert into sources (`+sourceColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			id, src.Name, string(src.Role), src.Unit, types, src.Token[:], src.Skew, src.Lateness, src.Habit, int64(src.Created), src.Disabled)
		if err != nil {
			return err
		}
		return s.sealRow(ctx, tx, src.Created, sealedSources, id)
	})
	return id, err
}

// SetToken gives a source another token; the old one opens nothing from the
// service's next look on. A source that was disabled may send again.
func (s *Store) SetToken(ctx context.Context, name string, token [32]byte) error {
	return s.changeSource(ctx, name, `update sources set token = $2, disabled = false where name = $1`, token[:])
}

// Disable lets a source send no more.
func (s *Store) Disable(ctx context.Context, name string) error {
	return s.changeSource(ctx, name, `update sources set disabled = $2 where name = $1`, true)
}

func (s *Store) changeSource(ctx context.Context, name, statement string, value any) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if err := countChange(ctx, tx); err != nil {
			return err
		}
		var id int64
		err := tx.QueryRowContext(ctx, statement+` returning id`, name, value).Scan(&id)
		if err == nil {
			at, err := asOf(ctx, tx)
			if err != nil {
				return err
			}
			return s.sealRow(ctx, tx, at, sealedSources, id)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		names, err := sourceNames(ctx, tx)
		if err != nil {
			return err
		}
		return &errs.Error{Code: errs.Usage, What: errs.Tf("there is no source %q", "没有来源 %q", name), Next: errs.DidYouMean(name, names)}
	})
}

func sourceNames(ctx context.Context, tx *sql.Tx) ([]string, error) {
	return listOf[string](ctx, tx, `select name from sources order by id`)
}

// countChange tells running services to look again; in PostgreSQL it also lets
// one change wait for the other.
func countChange(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `update changes set sources = sources + 1`)
	return err
}

// SourceStates is what each source has done so far.
func (s *Store) SourceStates(ctx context.Context) ([]service.SourceState, error) {
	var list []service.SourceState
	err := s.each(ctx, func(scan func(...any) error) error {
		var t service.SourceState
		err := scan(&t.Source, &t.Contact, &t.LastEvent, &t.Taken, &t.Repeated, &t.Corrected, &t.Refused, &t.Quarantined, &t.Silent)
		list = append(list, t)
		return err
	}, `select source, contact, last_event, taken, repeated, corrected, refused, quarantined, silent from source_states order by source`)
	return list, err
}

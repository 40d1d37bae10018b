package sqldb

import (
	"context"
	"encoding/json"

	"plumbline/internal/clock"
	"plumbline/internal/service"
)

const packColumns = `number, name, version, rules_file, files, from_day, to_day, has_from, has_to, activated`

// Packs are the packs in force, in the order in which they came into it.
func (s *Store) Packs(ctx context.Context) ([]service.PackInForce, error) {
	var out []service.PackInForce
	err := s.each(ctx, func(scan func(...any) error) error {
		var p service.PackInForce
		var files string
		var from, to, activated int64
		if err := scan(&p.Name, &p.Version, &p.RulesFile, &files, &from, &to, &p.HasFrom, &p.HasTo, &activated); err != nil {
			return err
		}
		p.From, p.To, p.Activated = clock.Day(from), clock.Day(to), clock.Instant(activated)
		if err := json.Unmarshal([]byte(files), &p.Files); err != nil {
			return err
		}
		out = append(out, p)
		return nil
	}, `select name, version, rules_file, files, from_day, to_day, has_from, has_to, activated from packs order by number`)
	return out, err
}

// packs writes the packs in force anew, where they changed.
func (w *writer) packs(c *service.Commit) error {
	if c.Packs == nil {
		return nil
	}
	if _, err := w.tx.ExecContext(w.ctx, `delete from packs`); err != nil {
		return err
	}
	return w.sealedRows(sealedPacks, len(c.Packs), `insert into packs (`+packColumns+`)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, func(i int) []any {
		p := &c.Packs[i]
		files, err := json.Marshal(p.Files)
		if err != nil {
			panic("sqldb: files of a pack: " + err.Error()) // a map of strings
		}
		return []any{i + 1, p.Name, p.Version, p.RulesFile, string(files), int64(p.From), int64(p.To), p.HasFrom, p.HasTo, int64(p.Activated)}
	})
}

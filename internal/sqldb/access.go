package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"plumbline/internal/access"
	"plumbline/internal/service"
)

// allow leaves in what somebody may see; the zero For sees all. few says that it
// will be little, so that it is best gathered by its own indexes and sorted.
func (s *Store) allow(ctx context.Context, b *selection, f access.For) (few bool, err error) {
	return s.allowAs(ctx, b, f, "number", "findings.", "findings")
}

// allowItems does the same for items (i) with their findings (f).
func (s *Store) allowItems(ctx context.Context, b *selection, f access.For) (few bool, err error) {
	return s.allowAs(ctx, b, f, "i.number", "f.", "findings f")
}

func (s *Store) allowAs(ctx context.Context, b *selection, f access.For, number, as, table string) (few bool, err error) {
	if f == (access.For{}) {
		return false, nil
	}
	ways, all := access.Ways(f.Who, f.Action, access.Columns{Owner: as + "number in (select number from items where owner %)", Unit: as + "unit %", Subject: as + "actor %"})
	if all {
		return false, nil
	}
	if few, err = s.little(ctx, f); err != nil {
		return false, err
	}
	parts := []string{}
	for _, w := range ways {
		part := b.placed(w)
		if few {
			part = "select " + as + "number from " + table + " where " + part
		}
		parts = append(parts, part)
	}
	switch {
	case len(parts) == 0:
		b.and("1 = 0")
	case few:
		b.and(number + " in (" + strings.Join(parts, " union ") + ")")
	default:
		b.and("(" + strings.Join(parts, " or ") + ")")
	}
	return few, nil
}

// little says whether somebody sees little of all there is: what concerns themselves,
// or some units of many.
func (s *Store) little(ctx context.Context, f access.For) (bool, error) {
	if access.Wide(f.Who, f.Action) {
		return false, nil
	}
	if len(f.Who.Units) == 0 {
		return true, nil
	}
	var all, below int64
	u := &selection{}
	in(u, "ancestor", f.Who.Units)
	err := s.one(ctx, `select (select count(*) from unit_paths where depth = 0), (select count(*) from unit_paths`+u.where()+`)`, u.args...).Scan(&all, &below)
	return below*widest < all, s.fault(err)
}

// widest is of how many units one lets a list be read in its order rather than
// gathered and sorted.
const widest = 20

// placed is a way as a part of a condition.
func (b *selection) placed(w access.Way) string {
	var out strings.Builder
	for i, part := range strings.Split(w.SQL, "?") {
		out.WriteString(part)
		if i < len(w.Args) {
			v := w.Args[i]
			if text, ok := v.(string); ok {
				v = plain(text)
			}
			out.WriteString(b.arg(v))
		}
	}
	return out.String()
}

// CountFindings is how many findings somebody may see, by state.
func (s *Store) CountFindings(ctx context.Context, f access.For) (map[service.FindingState]int64, error) {
	b := &selection{}
	if _, err := s.allow(ctx, b, f); err != nil {
		return nil, err
	}
	if len(b.conditions) == 0 {
		return s.FindingCounts(ctx)
	}
	out := map[service.FindingState]int64{}
	err := s.each(ctx, func(scan func(...any) error) error {
		var state service.FindingState
		var n int64
		err := scan(&state, &n)
		out[state] = n
		return err
	}, `select state, count(*) from findings`+b.where()+` group by state`, b.args...)
	return out, err
}

// FindingThing is what package access has to know of a finding; nil where there is
// none.
func (s *Store) FindingThing(ctx context.Context, id string) (*access.Thing, error) {
	var unit, subject, owner string
	err := s.one(ctx, `select f.unit, f.actor, coalesce(i.owner, '') from findings f left join items i on i.number = f.number where f.id = $1`, plain(id)).Scan(&unit, &subject, &owner)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.fault(err)
	}
	t := &access.Thing{Owners: []string{owner}, Units: []string{unit}, Subjects: []string{subject}}
	t.Above, err = s.Above(ctx, t.Units)
	return t, err
}

// Above are units, and all above them as the organisation stands now.
func (s *Store) Above(ctx context.Context, units []string) ([]string, error) {
	out := slices.Clone(units)
	if s.holder != 0 {
		above, err := s.aboveAll(ctx)
		for _, u := range units {
			out = append(out, above[plain(u)]...)
		}
		slices.Sort(out)
		return slices.Compact(out), err
	}
	for some := range slices.Chunk(units, 500) {
		b := &selection{}
		in(b, "unit", some)
		err := s.each(ctx, func(scan func(...any) error) error {
			var u string
			err := scan(&u)
			out = append(out, u)
			return err
		}, `select distinct ancestor from unit_paths`+b.where(), b.args...)
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

package service

import (
	"context"
	"slices"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/pack"
	"plumbline/internal/trial"
)

// TryRetire compares what the packs in force say of the whole record with what they
// would say without some: whose breaches would go with them.
func (s *Service) TryRetire(ctx context.Context, names []string) (any, error) {
	s.mu.RLock()
	have, asOf, lateness := s.plainPacks(), s.live.Now(), s.live.Now()-s.live.W()
	s.mu.RUnlock()
	rest := slices.Clone(have)
	for _, n := range names {
		if !slices.ContainsFunc(rest, named(n)) {
			return nil, notInForce(n, rest)
		}
		rest = slices.DeleteFunc(rest, named(n))
	}
	old, err := s.side(Part(ctx, 0, .5), have, asOf, lateness)
	if err != nil {
		return nil, err
	}
	is, err := s.side(Part(ctx, .5, 1), rest, asOf, lateness)
	if err != nil {
		return nil, err
	}
	return trial.Compare(old, is, 3)
}

func named(name string) func(*pack.Pack) bool {
	return func(p *pack.Pack) bool { return p.Name == name }
}

func notInForce(name string, have []*pack.Pack) error {
	var list []string
	for _, p := range have {
		list = append(list, p.Name)
	}
	return &errs.Error{Code: errs.Usage, What: errs.Tf("%s isn't in force", "规则包 %s 未在执行", name),
		Next: errs.Tf("in force are: %s", "正在执行的有：%s", strings.Join(list, ", "))}
}

// RetirePacks lets packs judge nothing that is activated from a day on. What was
// activated before runs to its end under them, and what they found stays.
func (s *Service) RetirePacks(ctx context.Context, names []string, from clock.Instant) error {
	if err := s.withinAYear(from); err != nil {
		return err
	}
	return s.ask(ctx, &ask{change: func(have []inForce, _ clock.Instant) ([]inForce, error) {
		return withoutPacks(have, names, s.opt.Zone, from)
	}})
}

// withoutPacks is the packs in force once some are retired from an instant on.
func withoutPacks(have []inForce, names []string, zone *clock.Zone, from clock.Instant) ([]inForce, error) {
	out, day := slices.Clone(have), zone.Date(from)
	for _, n := range names {
		found := false
		for i := range out {
			p := &out[i]
			if p.Name != n || p.HasTo && p.To <= day {
				continue
			}
			found = true
			p.To, p.HasTo = day, true
			if p.HasFrom && p.From > day {
				p.To = p.From // never
			}
		}
		if !found {
			var list []*pack.Pack
			for i := range have {
				if !have[i].HasTo {
					list = append(list, have[i].Pack)
				}
			}
			return nil, notInForce(n, list)
		}
	}
	return out, nil
}

// withinAYear refuses a day that lies too far ahead to be meant.
func (s *Service) withinAYear(from clock.Instant) error {
	wall, _ := s.opt.Now()
	if from <= wall+366*24*hour {
		return nil
	}
	return &errs.Error{Code: errs.Usage,
		What: errs.Tf("%s is more than a year ahead", "%s 距今超过一年", s.opt.Zone.Format(from)),
		Next: errs.T("activate or retire it when its day is near; the day can't be brought forward afterwards", "请临近该日再启用或停用；之后不能再提前")}
}

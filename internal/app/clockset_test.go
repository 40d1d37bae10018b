package app

import (
	"context"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// ending is a record that stands at a position.
type ending struct {
	service.Store
	at service.Position
}

func (s ending) Position(context.Context) (service.Position, error) { return s.at, nil }

// aged is a record that ended long ago.
type aged struct {
	Record
	ending
}

func (aged) Settings(context.Context) (service.Settings, error) {
	return service.Settings{Zone: "Asia/Shanghai"}, nil
}

func (a aged) Position(ctx context.Context) (service.Position, error) { return a.ending.Position(ctx) }

// A service asks before it looks at anything else.
func TestAServiceDoesNotStartByAClockFarAhead(t *testing.T) {
	err := Serve(t.Context(), ServeOptions{Store: aged{ending: ending{at: service.Position{Segment: 1, Now: 1}}}})
	if err == nil || !strings.Contains(err.Error(), "--clock-is-right") {
		t.Errorf("it says %v", err)
	}
}

// A start by a clock that is a month ahead of what was taken is refused, in both languages;
// one by a clock that is behind, or of a record that has taken nothing, isn't.
func TestAClockFarAheadIsAskedAbout(t *testing.T) {
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	const at, day = clock.Instant(1_770_000_000_000_000), clock.Instant(24 * 3600 * 1_000_000)
	for _, c := range []struct {
		segment int64
		wall    clock.Instant
		refused bool
	}{{1, at, false}, {1, at - 400*day, false}, {1, at + 31*day, false}, {1, at + 31*day + 1, true}, {1, at + 365*day, true}, {0, at + 365*day, false}} {
		err := clockSet(t.Context(), ending{at: service.Position{Segment: c.segment, Now: at}}, zone, c.wall)
		if (err != nil) != c.refused {
			t.Errorf("segment %d, %d days on: %v", c.segment, (c.wall-at)/day, err)
		}
		if err != nil && (errs.CodeOf(err) != errs.Usage || !strings.Contains(err.Error(), "2026-02-02") || !strings.Contains(errs.In(err, errs.Zh), "--clock-is-right")) {
			t.Errorf("it says %v / %s", err, errs.In(err, errs.Zh))
		}
	}
}

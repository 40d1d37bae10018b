package app

import (
	"context"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/service"
)

// longStill is how long nothing may have run on a record before somebody has to say that
// the machine's clock is right, µs.
const longStill = 31 * 24 * 3600 * 1_000_000

// clockSet refuses to start by a clock that is far ahead of the record. While a service runs
// a leap is seen; a start takes the clock's word, and by one that is set a year ahead every
// running obligation would be broken at once, for good: T never goes back.
func clockSet(ctx context.Context, store service.Store, zone *clock.Zone, wall clock.Instant) error {
	at, err := store.Position(ctx)
	if err != nil || at.Segment == 0 || wall-at.Now <= longStill {
		return err
	}
	const day = 24 * 3600 * 1_000_000
	return &errs.Error{Code: errs.Usage,
		What: errs.Tf("the record ends on %[1]s and this machine's clock says %[2]s, %[3]d days later; every deadline in between would be missed at once, and that can't be taken back",
			"记录止于 %[1]s，本机时钟为 %[2]s，相隔 %[3]d 天；其间所有期限将同时逾期，且无法撤回",
			zone.Date(at.Now), zone.Date(wall), int64(wall-at.Now)/day),
		Next: errs.T("set the clock right; where it is right, and nothing ran for so long, say so once with --clock-is-right", "请校准时钟；如时钟无误，只是停用已久，请加 --clock-is-right 确认一次")}
}

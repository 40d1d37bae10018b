package app

import (
	"time"

	"golang.org/x/sys/unix"
)

// passed is how long it really was, the time in which the machine was suspended
// included: Go's own monotonic clock stands still then, and a machine that wakes
// would look like one whose clock was set. A virtual machine that its host paused
// can't tell; for it the wall's clock leaps.
func passed(since time.Time) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil { // Linux before 2.6.39
		return time.Since(since)
	}
	return time.Duration(t.Nano())
}

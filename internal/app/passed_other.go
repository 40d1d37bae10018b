//go:build !linux

package app

import "time"

// passed is how long it really was, as far as this system can tell.
func passed(since time.Time) time.Duration { return time.Since(since) }

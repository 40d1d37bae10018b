package service

import (
	"log/slog"

	"plumbline/internal/clock"
)

// steady is T: the wall's clock, which never goes back and doesn't leap ahead. A
// clock set wrong would otherwise break every running obligation at once, and a
// verdict that was told can't be untold.
type steady struct {
	at    clock.Instant // as of the last look
	mono  int64         // then, µs
	ahead bool          // the wall's clock leapt, and was told so
	log   *slog.Logger
}

// leap is how far the wall's clock may run ahead of the time that really passed.
// Corrections over the network are of seconds.
const leap = 10 * 60 * 1_000_000

func (s *steady) now(wall clock.Instant, mono int64) clock.Instant {
	passed := max(0, mono-s.mono)
	s.mono = mono
	limit := s.at + clock.Instant(passed) + leap
	if wall > limit {
		if !s.ahead {
			s.log.Error("the clock of this machine leapt ahead; time goes on as it really passed until the service is started anew with the clock right",
				"by_minutes", int64(wall-s.at)/60_000_000)
			s.ahead = true
		}
		s.at += clock.Instant(passed)
		return s.at
	}
	if s.ahead {
		s.log.Info("the clock of this machine is right again")
		s.ahead = false
	}
	s.at = max(s.at, wall)
	return s.at
}

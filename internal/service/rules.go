package service

import (
	"plumbline/internal/clock"
	"plumbline/internal/rule"
)

// Rules are the rules in force, and those of older versions whose obligations
// still run, each bounded by the days on which it judges what is activated. They
// are not to be changed.
func (s *Service) Rules() []*rule.Rule {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.rules
}

// Now is the instant as of which all was judged.
func (s *Service) Now() clock.Instant {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.live.Now()
}

// InForce are the versions of packs that judge something, in the order in which they
// came into force.
func (s *Service) InForce() []PackInForce {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]PackInForce, len(s.packs))
	for i, p := range s.packs {
		out[i] = p.PackInForce
	}
	return out
}

package rule

import "strings"

// ClockText is the pack's clock, which its rules take where they don't say
// otherwise, in the language and on one line; empty where it has none.
func (p *Pack) ClockText() string {
	if p.clock == nil {
		return ""
	}
	return strings.TrimSpace(flow(p.clock.yaml()))
}

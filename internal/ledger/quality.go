package ledger

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/stats"
)

// Quality is how good a rule's alerts are: of what it found and was closed, how
// much was no fault, and why.
type Quality struct {
	Pack, Rule string
	Closed     int64
	NoFault    int64
	Reasons    map[string]int64 // of no fault
	Outcomes   map[Outcome]int64
	Share      float64       // of no fault among what was closed
	Low, High  float64       // the share's interval of 95 %
	OnlyWarns  bool          // the share passed the policy's: the rule accuses nobody until it was reviewed
	Reviewed   clock.Instant // what was closed before counts no more; 0: never
	Spells     []Spell       // in which it only warned, oldest first
	Reviews    []Review      // oldest first
}

// Spell is a time in which a rule only warned, since too much of what it found was
// no fault. It begins with the closing that made it too much and ends with a review;
// which findings came in between is told by their numbers, whatever clocks said.
type Spell struct {
	Pack, Rule string
	Number     int64 // of the rule's spells, from 1
	From       clock.Instant
	After      int64 // the last finding before it
	Closed     int64 // what was closed then
	NoFault    int64
	To         clock.Instant // 0: it lasts
	Last       int64         // the last finding in it
}

// Holds says whether a finding came in while it lasted.
func (s *Spell) Holds(pack, rule string, number int64) bool {
	return s.Pack == pack && s.Rule == rule && number > s.After && (s.To == 0 || number <= s.Last)
}

// Warns says whether a rule of which so much was closed, and so much of it as no
// fault, may only warn.
func (p *Policy) Warns(closed, noFault int64) bool {
	return closed >= p.WarnLeast && float64(noFault) > p.WarnAbove*float64(closed)
}

// Quality is that of all rules of which something was closed since they were last
// reviewed, or that were reviewed or only warned at any time, in their order.
func (l *Ledger) Quality(ctx context.Context) ([]Quality, error) {
	rows, err := l.opt.Store.Outcomes(ctx)
	if err != nil {
		return nil, err
	}
	spells, err := l.opt.Store.Spells(ctx)
	if err != nil {
		return nil, err
	}
	reviews, err := l.opt.Store.Reviews(ctx)
	if err != nil {
		return nil, err
	}
	var out []Quality
	of := func(pack, rule string) *Quality {
		i, have := slices.BinarySearchFunc(out, [2]string{pack, rule}, func(q Quality, k [2]string) int {
			return cmp.Or(strings.Compare(q.Pack, k[0]), strings.Compare(q.Rule, k[1]))
		})
		if !have {
			out = slices.Insert(out, i, Quality{Pack: pack, Rule: rule, Reasons: map[string]int64{}, Outcomes: map[Outcome]int64{}})
		}
		return &out[i]
	}
	for _, r := range rows {
		q := of(r.Pack, r.Rule)
		q.Closed += r.Items
		q.Outcomes[r.Outcome] += r.Items
		if r.Outcome == NoFault {
			q.NoFault += r.Items
			q.Reasons[r.Reason] += r.Items
		}
	}
	for _, s := range spells {
		q := of(s.Pack, s.Rule)
		q.Spells = append(q.Spells, s)
		q.OnlyWarns = s.To == 0
	}
	for _, r := range reviews {
		q := of(r.Pack, r.Rule)
		q.Reviews = append(q.Reviews, r)
		q.Reviewed = r.At
	}
	for i := range out {
		q := &out[i]
		share := stats.Share{K: int(q.NoFault), N: int(q.Closed)}
		q.Share = share.Of()
		q.Low, q.High = stats.Wilson(share, stats.Z95)
	}
	return out, nil
}

// Spells are the times in which rules only warned, oldest first of each rule.
func (l *Ledger) Spells(ctx context.Context) ([]Spell, error) { return l.opt.Store.Spells(ctx) }

// Review notes that somebody has looked at a rule and what they say of it; its
// share begins anew, and what it finds from now on accuses again.
func (l *Ledger) Review(ctx context.Context, who Who, pack, rule, text string) error {
	if text = errs.Said(text); text == "" {
		return lacking(NeedText, errs.T("text is missing: what was looked at, and why the rule stays or changes", "缺少说明（text）：请写明复核情况及规则保留或修改的理由"), errs.Text{})
	}
	return l.opt.Store.Review(ctx, Review{pack, rule, l.opt.Now(), who.Account, text})
}

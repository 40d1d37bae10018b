package ledger

import (
	"context"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
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
	OnlyWarns  bool          // above the policy's share: it accuses nobody until it was reviewed
	Reviewed   clock.Instant // what was closed before counts no more; 0: never
}

// Quality is that of all rules of which something was closed.
func (l *Ledger) Quality(ctx context.Context) ([]Quality, error) {
	rows, err := l.opt.Store.Outcomes(ctx)
	if err != nil {
		return nil, err
	}
	var out []Quality
	for _, r := range rows { // by rule
		if n := len(out); n == 0 || out[n-1].Pack != r.Pack || out[n-1].Rule != r.Rule {
			out = append(out, Quality{Pack: r.Pack, Rule: r.Rule, Reviewed: r.Reviewed, Reasons: map[string]int64{}, Outcomes: map[Outcome]int64{}})
		}
		q := &out[len(out)-1]
		q.Closed += r.Items
		q.Outcomes[r.Outcome] += r.Items
		if r.Outcome == NoFault {
			q.NoFault += r.Items
			q.Reasons[r.Reason] += r.Items
		}
	}
	for i := range out {
		q := &out[i]
		q.Share = float64(q.NoFault) / float64(q.Closed)
		q.OnlyWarns = q.Closed >= l.opt.Policy.WarnLeast && q.Share > l.opt.Policy.WarnAbove
	}
	return out, nil
}

// Review notes that somebody has looked at a rule and what they say of it; its
// share begins anew.
func (l *Ledger) Review(ctx context.Context, who Who, pack, rule, text string) error {
	if text = strings.TrimSpace(text); text == "" {
		return lacking(NeedText, errs.T("text is missing: what was looked at, and why the rule stays or changes", "缺少说明（text）：请写明复核情况及规则保留或修改的理由"), errs.Text{})
	}
	return l.opt.Store.Review(ctx, Review{pack, rule, l.opt.Now(), who.Account, text})
}

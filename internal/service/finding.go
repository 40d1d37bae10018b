package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
	"plumbline/internal/report"
	"plumbline/internal/rule"
)

// follow turns changes of verdicts into findings. The same breach is never two
// findings; what somebody enters late never closes one by itself.
func (s *Service) follow(ctx context.Context, c *Commit, changes []monitor.Change, now clock.Instant) error {
	if len(s.gone.Findings) > 0 {
		changes = slices.DeleteFunc(changes, func(ch monitor.Change) bool { return s.frozen(ch.ID) })
	}
	changes = s.near.follow(s, changes)
	if len(changes) == 0 {
		return nil
	}
	ids := make([]string, 0, len(changes))
	for i := range changes {
		ids = append(ids, changes[i].ID)
	}
	have, err := s.stored(ctx, ids)
	if err != nil {
		return err
	}
	at := map[string]int{} // of findings in c
	stored := map[string]*Finding{}
	for i := range have {
		stored[have[i].ID] = &have[i]
	}
	for i := range changes {
		ch := &changes[i]
		k, ok := at[ch.ID]
		if !ok {
			k = len(c.Findings)
			at[ch.ID] = k
			if f := stored[ch.ID]; f != nil {
				c.Findings = append(c.Findings, *f)
			} else {
				c.NextFinding++
				c.Findings = append(c.Findings, s.raise(ch, c.NextFinding, now))
			}
		}
		c.Notes = append(c.Notes, s.change(&c.Findings[k], ch, now))
	}
	last := map[string]*monitor.Change{}
	for i := range changes {
		if stored[changes[i].ID] == nil {
			last[changes[i].ID] = &changes[i]
		}
	}
	c.untold(last)
	return nil
}

// untold leaves out findings that came and went within one commit, as where a
// request names an act before the approval that precedes it: nobody was shown them,
// so nothing came too late. Where a deadline had passed it did come too late.
// last is the last change of each finding that is new.
func (c *Commit) untold(last map[string]*monitor.Change) {
	into := map[string]string{} // what is left out, and what took it over
	for id, ch := range last {
		if ch.Kind == monitor.Withdrawn && (ch.Episode != nil || !ch.Was.HasDue) {
			into[id] = ch.ReplacedBy
		}
	}
	if len(into) == 0 {
		return
	}
	c.Findings = slices.DeleteFunc(c.Findings, func(f Finding) bool { _, out := into[f.ID]; return out })
	c.Notes = slices.DeleteFunc(c.Notes, func(n Note) bool { _, out := into[n.Finding]; return out })
	for i := range c.Findings {
		f := &c.Findings[i]
		for next, out := into[f.ReplacedBy]; out; next, out = into[f.ReplacedBy] {
			f.ReplacedBy = next
		}
	}
	c.renumber()
}

// renumber closes the gaps that findings left that nobody was told of: whoever
// looks at the register sees by its numbers that nothing was taken out.
func (c *Commit) renumber() {
	c.NextFinding = c.before
	for i := range c.Findings {
		if f := &c.Findings[i]; f.Number > c.before {
			c.NextFinding++
			f.Number = c.NextFinding
		}
	}
}

// raise makes the finding of a breach that was never told before.
func (s *Service) raise(ch *monitor.Change, number int64, now clock.Instant) Finding {
	r := ch.Rule
	f := Finding{ID: ch.ID, Number: number, Kind: "rule", Pack: r.Pack.Name, Version: r.Pack.Version, Rule: r.ID,
		Severity: r.Severity.String(), Warning: !r.Basis.Verified, Raised: now}
	for i, k := range ch.Key {
		f.Key = append(f.Key, KeyPart{k.Kind, k.ID})
		if i < len(r.Per) && r.Per[i] == r.Pack.Log.Per {
			f.Case = k.ID
		}
	}
	return f
}

// change lets a finding follow a change, and gives the line of its history.
func (s *Service) change(f *Finding, ch *monitor.Change, now clock.Instant) Note {
	f.Changed = now
	n := Note{Finding: f.ID, At: now, Kind: ch.Kind.String()}
	j := &ch.Is
	if ch.Episode != nil {
		s.episode(f, ch)
	} else {
		if ch.Kind == monitor.Withdrawn {
			j = &ch.Was
		}
		s.verdict(f, ch, j)
	}
	switch ch.Kind {
	case monitor.Raised:
		f.State, f.ReplacedBy = Open, ""
		if ch.Is.By < 0 && ch.Episode == nil {
			f.Provisional = s.leftOut(now, ch.Rule.Other.Types)
		}
	case monitor.Amended:
		if ch.Was.Verdict == monitor.MetLate && ch.Is.Verdict == monitor.Breached {
			f.State, n.Kind = Open, "raised" // what claimed to meet it is gone again
		}
	case monitor.Cured:
		f.State, n.Kind = ClaimedMet, "claimed_met"
	case monitor.Withdrawn:
		// Whatever made the breach go away was received after it was told: a late
		// entry, a correction, a voiding. Only a larger episode takes it over.
		f.State, n.Kind = ClaimedMet, "claimed_met"
		if ch.ReplacedBy != "" {
			f.State, n.Kind, f.ReplacedBy = Withdrawn, "withdrawn", ch.ReplacedBy
		}
		if ch.Is.Verdict != monitor.None {
			n.Text, n.TextZH = "now "+ch.Is.Verdict.String(), "现为"+i18n.Words{Lang: errs.Zh}.T("verdict."+ch.Is.Verdict.String())
		}
	}
	if f.Provisional && n.Kind == "raised" {
		n.Text, n.TextZH = "provisional: a source that might have sent what is missing is silent", "暂定：可能发送所缺事件的来源处于静默"
	}
	n.Verdict, n.Due = f.Verdict, f.Due
	if by := ch.Is.By; by >= 0 && ch.Episode == nil {
		n.By = s.eventName(uint32(by))
		if l := s.live.Log(); l.Received != nil && l.Received[by] != event.NoTime {
			n.Entered = l.Received[by]
		}
	}
	return n
}

// verdict takes over what a judgement says.
func (s *Service) verdict(f *Finding, ch *monitor.Change, j *monitor.Judgement) {
	l, r := s.live.Log(), ch.Rule
	f.Verdict = j.Verdict.String()
	s.activation(f, j.Row)
	f.Due, f.Late, f.By = 0, "", ""
	if j.HasDue {
		f.Due = j.Due.Due
	}
	if j.By >= 0 {
		f.By = s.eventName(uint32(j.By))
		if j.Verdict == monitor.MetLate && j.HasDue && r.Within != nil {
			f.Late = latenessText(r.Within.Lateness(j.Due, l.Time[j.By]))
		}
	}
}

// episode takes over what an episode of a count says.
func (s *Service) episode(f *Finding, ch *monitor.Change) {
	f.Verdict, f.Count = monitor.Breached.String(), ch.Episode.Count
	s.activation(f, ch.Episode.First)
	f.Last = s.eventName(ch.Episode.Last)
}

// activation names the activating event and whom it concerns.
func (s *Service) activation(f *Finding, row uint32) {
	l := s.live.Log()
	f.Event, f.EventType, f.EventTime = s.eventName(row), l.Types.Name(uint32(l.Type[row])), l.Time[row]
	f.Unit, f.Actor = "", ""
	if l.Unit != nil {
		f.Unit = l.Strings.Name(l.Unit[row])
	}
	if l.Actor != nil {
		f.Actor = l.Strings.Name(l.Actor[row])
	}
	if f.Case == "" && f.ofObject() {
		f.Case = s.caseOf(row, s.perOf(f.Pack))
	}
}

// ofObject says whether the finding's key names an object, and not an official or
// unit alone: those act in many cases.
func (f *Finding) ofObject() bool {
	return slices.ContainsFunc(f.Key, func(k KeyPart) bool {
		return k.Kind != "actor" && k.Kind != "unit" && !strings.HasPrefix(k.Kind, "attr.")
	})
}

// perOf is what a pack is about.
func (s *Service) perOf(name string) rule.Key {
	for _, p := range s.packs {
		if p.Name == name {
			return p.Log.Per
		}
	}
	return rule.Key{}
}

// eventName is source/id.
func (s *Service) eventName(row uint32) string {
	l := s.live.Log()
	return l.SourceOf(row) + "/" + l.ID(row)
}

// latenessText is a lateness as ISO 8601 has durations.
func latenessText(l clock.Lateness) string {
	if l.Days > 0 {
		return fmt.Sprintf("P%dD", l.Days)
	}
	µs := l.Micros
	h, m, sec := µs/3_600_000_000, µs/60_000_000%60, float64(µs%60_000_000)/1e6
	var b strings.Builder
	b.WriteString("PT")
	if h > 0 {
		fmt.Fprintf(&b, "%dH", h)
	}
	if m > 0 {
		fmt.Fprintf(&b, "%dM", m)
	}
	if sec > 0 || b.Len() == 2 {
		fmt.Fprintf(&b, "%gS", sec)
	}
	return b.String()
}

// Findings lists findings.
func (s *Service) Findings(ctx context.Context, q FindingQuery) (FindingPage, error) {
	return s.store.Findings(ctx, q)
}

// Finding gives one finding with its history and, where it still stands, its
// explanation; nil where there is none.
func (s *Service) Finding(ctx context.Context, id string) (*FindingDetail, error) {
	f, notes, err := s.store.Finding(ctx, id)
	if err != nil || f == nil {
		return nil, err
	}
	d := &FindingDetail{Finding: *f, Notes: notes}
	if f.Kind == "gap" {
		s.explainGap(d)
	}
	if f.Kind != "rule" {
		return d, nil
	}
	r := s.ruleOf(f)
	if r == nil {
		return d, nil
	}
	return d, s.explain(d, r)
}

// ruleOf is the rule by which a finding stands: of the version that judges the
// activating event's day, which need not be the one that raised it. It is nil
// where none does.
func (s *Service) ruleOf(f *Finding) *rule.Rule {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range s.rules {
		day := r.Pack.Log.Zone.Date(f.EventTime)
		if e := &r.Effective; r.Pack.Name == f.Pack && r.ID == f.Rule && (!e.HasFrom || day >= e.From) && (!e.HasTo || day < e.To) {
			return r
		}
	}
	return nil
}

// explain judges the finding's traces once more, by themselves, and asks why.
func (s *Service) explain(d *FindingDetail, r *rule.Rule) error {
	s.mu.RLock()
	row, ok := s.rowOf(d.Finding.Event)
	if !ok {
		s.mu.RUnlock()
		return nil
	}
	for _, at := range s.rowsFor(r, row) {
		d.Events = append(d.Events, s.live.Log().Event(at))
	}
	now, w := s.live.Now(), s.live.W()
	s.mu.RUnlock()
	res, err := s.checkEvents(d.Events, []*rule.Rule{r}, now, w)
	if err != nil {
		return err
	}
	rr := res.Rules[0]
	for i := range rr.Judgements {
		j := &rr.Judgements[i]
		if !j.Verdict.Violated() {
			continue
		}
		if monitor.BreachID(rr, rr.KeyOf(j), res.Log.ID(j.Row)) == d.Finding.ID {
			d.Explanation = explained(res, rr, i)
			break
		}
	}
	return nil
}

// Explanation says in both languages why a finding stands.
type Explanation struct {
	report.Breach
	TitleZH    string `json:"title_zh"`
	DueZH      string `json:"due_text_zh,omitempty"`
	LateZH     string `json:"late_text_zh,omitempty"`
	SentenceZH string `json:"sentence_zh"`
	ArticleZH  string `json:"article_zh"`
	Steps      []Text `json:"steps"`              // how the deadline was computed
	Sufficed   *Text  `json:"sufficed,omitempty"` // the least change that would have met it
	NearMiss   *Text  `json:"near_miss,omitempty"`

	// Shown is the same as pages show it, with drawings.
	Shown func(errs.Lang) report.Shown `json:"-"`
}

// Text is a text in both languages.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

func explained(res *monitor.Result, rr *monitor.RuleResult, i int) *Explanation {
	j := rr.Judgements[i]
	one := *rr
	one.Judgements = []monitor.Judgement{j}
	only := *res
	only.Rules = []*monitor.RuleResult{&one}
	doc := &report.Doc{Result: &only, Explain: report.Engine(&only)}
	out := &Explanation{Steps: []Text{}, Shown: func(lang errs.Lang) report.Shown { return doc.Shown(&one, 0, lang) }}
	for b := range doc.Breaches(errs.En) {
		out.Breach = b
	}
	for b := range doc.Breaches(errs.Zh) {
		out.TitleZH, out.DueZH, out.LateZH, out.SentenceZH, out.ArticleZH = b.Title, b.DueText, b.LateText, b.Sentence, b.Article
	}
	ex := doc.Explain(&one, 0)
	for _, t := range ex.StepTexts {
		out.Steps = append(out.Steps, Text(t))
	}
	if t := ex.Sufficed.Text; t.En != "" {
		out.Sufficed = (*Text)(&t)
	}
	if ex.NearMiss != nil {
		out.NearMiss = (*Text)(&ex.NearMiss.Text)
	}
	return out
}

// checkEvents judges some events by themselves.
func (s *Service) checkEvents(events []event.Event, rules []*rule.Rule, now, w clock.Instant) (*monitor.Result, error) {
	b := event.NewBuilder(event.Options{Zone: s.opt.Zone, Schema: s.schema()})
	for i := range events {
		if _, err := b.Add(&events[i]); err != nil {
			return nil, fmt.Errorf("event %s: %w", events[i].ID, err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		return nil, err
	}
	return monitor.Check(l, rules, monitor.Options{AsOf: now, HasAsOf: true, Lateness: int64(now - w), Keep: monitor.KeepAll})
}

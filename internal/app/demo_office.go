package app

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/org"
	"plumbline/internal/service"
)

// demoOffice is what the simulated agency's people do with findings while its history
// is taken in: somebody is given each, most answer in time, some don't, some answers
// are returned. It goes through the ledger as pages do, so that a demo's record holds
// nothing that couldn't have come to be; what isn't done when the history ends is left
// to whoever looks at the demo.
type demoOffice struct {
	run      *demoRun
	books    *ledger.Ledger
	calendar *clock.Calendar
	begins   clock.Instant              // what isn't done by then, waits
	told     int64                      // the last finding that was planned for
	due      map[clock.Day][]deed       // what will be done on a day
	holders  map[string][]org.PersonID  // by unit and post
	accounts map[org.PersonID]string    // of those who may sign in
	who      map[access.Role]ledger.Who // of those who speak for an office
}

// deed is a move that somebody will make.
type deed struct {
	at   clock.Instant
	of   *service.Finding
	who  ledger.Who
	kind ledger.Kind
	say  ledger.Content
}

func (r *demoRun) openOffice() (*demoOffice, error) {
	organisation, err := Organisation(filepath.Join(r.Data, organisationFile), r.zone)
	if err != nil {
		return nil, err
	}
	now := func() clock.Instant { wall, _ := r.clock.now(); return wall }
	calendar, _ := clock.Builtin("cn")
	o := &demoOffice{run: r, calendar: calendar, begins: r.state.Plan.begins(), due: map[clock.Day][]deed{}, holders: map[string][]org.PersonID{}, accounts: map[org.PersonID]string{}, who: map[access.Role]ledger.Who{},
		books: ledger.New(ledger.Options{Store: r.store, Org: func() *org.Organisation { return organisation }, Policy: ledger.DefaultPolicy(r.zone), Now: now})}
	for _, h := range organisation.Holdings(now()) {
		key := string(h.Unit) + " " + string(h.Post)
		o.holders[key] = append(o.holders[key], h.Person)
	}
	for _, a := range demoAccounts {
		w := ledger.Who{Account: string(a.role), Unit: org.UnitID(a.unit)}
		if a.post != "" {
			w.Person, w.Unit = o.holders[a.unit+" "+a.post][0], ""
			o.accounts[w.Person] = w.Account
		}
		o.who[a.role] = w
	}
	return o, nil
}

// work plans for what was found until a day begins, and does what is due on it.
func (o *demoOffice) work(ctx context.Context, s *service.Service, today clock.Day) error {
	if err := o.look(ctx, s, today); err != nil {
		return err
	}
	deeds := o.due[today]
	delete(o.due, today)
	slices.SortStableFunc(deeds, func(a, b deed) int { return cmp.Compare(a.at, b.at) })
	for i := range deeds {
		if err := o.do(ctx, &deeds[i]); err != nil {
			return err
		}
	}
	return nil
}

// look plans for what is new.
func (o *demoOffice) look(ctx context.Context, s *service.Service, today clock.Day) error {
	last := o.told
	for after := ""; ; {
		page, err := s.Findings(ctx, service.FindingQuery{Packs: AgencyPacks, Sort: "-raised", Limit: 20, After: after})
		if err != nil {
			return err
		}
		for i := range page.Findings {
			f := &page.Findings[i]
			if f.Number <= last {
				return nil
			}
			o.told = max(o.told, f.Number)
			o.plan(f, today)
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}

// do makes a move. What can't be done by now, as the judge was faster or whoever
// answers turned out to be barred, is left.
func (o *demoOffice) do(ctx context.Context, d *deed) error {
	it, _, err := o.run.store.Item(ctx, d.of.ID)
	if err != nil || it == nil {
		return err
	}
	if d.kind == ledger.Close && it.Outcome == "" { // done late, and nobody's answer
		d.say.Outcome = ledger.Remedied
	}
	o.run.clock.set(d.at)
	_, err = o.books.Move(ctx, d.who, d.of.ID, it.Version, d.kind, d.say)
	if refused := (*ledger.Refused)(nil); errors.As(err, &refused) {
		return nil
	}
	return err
}

// course is what becomes of one finding, drawn from its number.
type course struct {
	*demoOffice
	*rand.Rand
	f     *service.Finding
	owner ledger.Who
	unit  org.UnitID
	day   clock.Day // that it has reached
}

func (o *demoOffice) plan(f *service.Finding, today clock.Day) {
	c := &course{demoOffice: o, Rand: rand.New(rand.NewPCG(o.run.state.Plan.Seed, uint64(f.Number))), f: f, day: today}
	if !c.finds() {
		return
	}
	recent := o.begins-f.Raised < 60*24*3600*1_000_000
	const nobody, late, unanswered = 0.05, 0.04, 0.06
	if recent && c.chance(nobody) {
		return
	}
	c.wait(0, 2)
	if c.chance(late) {
		c.wait(3, 6)
	}
	supervisor := o.who[access.Supervisor]
	c.does(9, supervisor, ledger.Assign, ledger.Content{Owner: c.owner.Person, OwnerUnit: c.unit})
	if f.Actor != "" && c.chance(0.02) {
		c.wait(1, 2)
		c.does(15, o.account(org.PersonID(f.Actor)), ledger.Reply, ledger.Content{Text: c.text(demoReplies)})
	}
	if c.chance(0.3) {
		c.does(11, c.owner, ledger.Accept, ledger.Content{})
	}
	if recent && c.chance(unanswered) {
		return
	}
	c.wait(1, map[string]int{"critical": 2, "major": 6}[f.Severity]+2)
	if c.chance(late) {
		c.does(10, supervisor, ledger.Comment, ledger.Content{Text: c.text(demoReminders)})
		c.wait(3, 9)
	} else if c.chance(0.02) {
		c.does(10, supervisor, ledger.Extend, ledger.Content{Until: o.run.zone.First(c.day+22) - 1, Text: c.text(demoExtensions)})
		c.wait(4, 12)
	}
	c.answered(o.who[access.Verifier])
	if c.chance(0.01) {
		c.wait(15, 50)
		c.does(9, supervisor, ledger.Reopen, ledger.Content{Text: c.text(demoReopenings)})
		c.answered(o.who[access.Verifier])
	}
}

// answered is a finding from its owner's answer to its end.
func (c *course) answered(verifier ledger.Who) {
	c.wait(1, 3)
	say := c.answer()
	c.does(14, c.owner, ledger.Claim, say)
	c.wait(1, 3)
	if c.chance(0.08) {
		c.does(10, verifier, ledger.Return, ledger.Content{Text: c.text(demoReturns)})
		c.wait(1, 4)
		c.does(14, c.owner, ledger.Claim, say)
		c.wait(1, 3)
	}
	c.does(15, verifier, ledger.Verify, ledger.Content{Text: c.text(demoChecks)})
	c.does(16, verifier, ledger.Close, ledger.Content{})
}

// answer is what the owner says. One rule is answered as it is where a system's
// entries lag: most of what it finds was done in time.
func (c *course) answer() ledger.Content {
	noFault := 0.07
	if c.f.Rule == "step-entered-within-24-hours" {
		noFault = 0.46
	}
	say := ledger.Content{Outcome: ledger.Fixed, NoFiles: c.text(demoNoFiles), Cause: c.text(demoCauses), Measure: c.text(demoMeasures)}
	switch {
	case c.chance(noFault):
		say.Outcome, say.Reason = ledger.NoFault, []string{"late_entry", "data_error", "lawful", "late_entry", "rule_error"}[c.IntN(5)]
	case c.chance(0.3):
		say.Outcome = ledger.Remedied
	case c.chance(0.03):
		say.Outcome, say.Reason = ledger.Unfixed, c.text(demoUnfixed)
	}
	return say
}

// finds finds who answers for a finding: who leads where it happened, for some and
// where that is whom it concerns the head of the unit above, for some whoever is
// signed in to the demo as an officer.
func (c *course) finds() bool {
	c.unit = org.UnitID(c.f.Unit)
	above, _, below := strings.Cut(c.f.Unit, "-st")
	if !below {
		above, _, below = strings.Cut(c.f.Unit, "-sq")
	}
	list := c.holders[c.f.Unit+" case_department_head"]
	officer := c.who[access.Officer].Person
	switch {
	case c.f.Unit == demoOfficerUnit && c.f.Actor != string(officer) && c.chance(0.5):
		list = []org.PersonID{officer}
	case !below || c.chance(0.1):
		list, c.unit = c.heads(above), org.UnitID(above)
	}
	concerned := func(p org.PersonID) bool { return string(p) == c.f.Actor }
	if list = slices.DeleteFunc(slices.Clone(list), concerned); len(list) == 0 {
		list, c.unit = slices.DeleteFunc(c.heads(above), concerned), org.UnitID(above)
	}
	if len(list) == 0 {
		return false
	}
	c.owner = c.account(list[c.IntN(len(list))])
	return true
}

// heads are those of a county to whom findings are given.
func (o *demoOffice) heads(county string) []org.PersonID {
	list := o.holders[county+" county_head"]
	return slices.Clone(list[:min(2, len(list))])
}

// account is a person at the pages: by their account, or by one that the agency would
// have made for them.
func (o *demoOffice) account(p org.PersonID) ledger.Who {
	return ledger.Who{Account: cmp.Or(o.accounts[p], strings.ToLower(string(p))), Person: p}
}

func (c *course) chance(share float64) bool { return c.Float64() < share }

// text is one of several, in the demo's language.
func (c *course) text(list []errs.Text) string { return list[c.IntN(len(list))].In(c.run.Lang) }

// wait lets as many working days pass, from least to most.
func (c *course) wait(least, most int) {
	for n := least + c.IntN(most-least+1); n > 0 || !c.calendar.Working(c.day); {
		if c.day++; c.calendar.Working(c.day) {
			n--
		}
	}
}

// does notes a move for the day that was reached, within an hour of it.
func (c *course) does(hour int, who ledger.Who, kind ledger.Kind, say ledger.Content) {
	at := c.run.zone.First(c.day) + clock.Instant((time.Duration(hour)*time.Hour + time.Duration(c.IntN(3600))*time.Second).Microseconds())
	if at < c.begins {
		c.due[c.day] = append(c.due[c.day], deed{at, c.f, who, kind, say})
	}
}

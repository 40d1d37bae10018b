package report

import (
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/i18n"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
)

const slipPack = `
pack: slips
version: 1.0.0
title: {en: Slips, zh: 算单}
log: {per: case, zone: Asia/Shanghai, closes: [Close], attributes: {amount: number}}
clock: {calendar: cn}
rules:
- id: working-days
  title: {en: Seven working days, zh: 七个工作日}
  basis: {text: A, checked: 2026-11-21, status: verified}
  severity: minor
  when: Ask
  must: {followed_by: Reply, within: 7wd}
- id: extended
  title: {en: Paused and extended, zh: 暂停并延长}
  basis: {text: A, checked: 2026-11-21, status: verified}
  severity: minor
  when: Ask
  must: {followed_by: Reply, within: 30d}
  clock: {roll: next-working-day, paused: {from: Test, to: Tested}, extended: [{by: Extend, add: 30d}]}
- id: hours
  title: {en: Whole hours, zh: 整时}
  basis: {text: A, checked: 2026-11-21, status: verified}
  severity: minor
  when: Detain
  must: {followed_by: Interrogate, within: 24h}
  clock: {hours: whole}
- id: closed
  title: {en: Before the end, zh: 结案前}
  basis: {text: A, checked: 2026-11-21, status: verified}
  severity: minor
  when: Ask
  must: {followed_by: Reply}
  unless: Withdraw
- id: approved-first
  title: {en: Approved before, zh: 先批准}
  basis: {text: A, checked: 2026-11-21, status: verified}
  severity: critical
  when: Freeze
  must: {preceded_by: Approve, within: 3d}
- id: barred
  title: {en: Not soon after, zh: 不得过早}
  basis: {text: A, checked: 2026-11-21, status: verified}
  severity: minor
  when: Notify
  never: {followed_by: Collect, within: 60d}
- id: large
  title: {en: Large, zh: 大额}
  basis: {text: A, checked: 2026-11-21, status: verified}
  severity: minor
  when: Pay
  must: {hold: it.attr.amount >= 10}
- id: batch
  title: {en: Batch, zh: 批量}
  basis: {text: A, checked: 2026-11-21, status: verified}
  severity: minor
  count: {of: Freeze, per: [actor], in: 24h, at_most: 1}
tests: []
`

const slipEvents = `
a 2026-09-28T10:00 Ask
a 2026-10-02T09:00 Test
a 2026-10-05T09:00 Tested
a 2026-10-20T09:00 Extend
a 2026-12-15T09:00 Reply
b 2026-11-02T10:20 Detain
b 2026-11-03T17:25 Interrogate
c 2026-11-01T10:00 Approve
c 2026-11-06T14:20 Freeze
c 2026-11-06T15:20 Freeze
d 2026-11-01T10:00 Notify
d 2026-11-20T10:00 Collect
e 2026-11-01T10:00 Pay
f 2026-09-01T10:00 Ask
f 2026-09-05T10:00 Close
`

// slips checks the little log and gives the slips of each rule's violations.
func slips(t *testing.T, lang errs.Lang) map[string]string {
	t.Helper()
	pack, _, err := rule.Parse("slips.yaml", []byte(slipPack))
	if err != nil {
		t.Fatal(errs.In(err, errs.En))
	}
	b := event.NewBuilder(event.Options{Zone: pack.Log.Zone, Schema: pack.Log.Attributes})
	for _, line := range strings.Split(strings.TrimSpace(slipEvents), "\n") {
		f := strings.Fields(line)
		at, _, err := clock.ParseInstant(f[1], pack.Log.Zone)
		if err != nil {
			t.Fatal(err)
		}
		e := event.Event{Type: f[2], Time: event.Stamp{At: at, Kind: event.Time}, Actor: event.Some("7"),
			Objects: []event.Object{{Type: "case", ID: f[0]}}, Attrs: []event.Attr{{Name: "amount", Value: event.Num(3)}}}
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	res, err := monitor.Check(l, pack.Rules, monitor.Options{Keep: monitor.KeepAll})
	if err != nil {
		t.Fatal(err)
	}
	d := &Doc{Result: res, Explain: Engine(res)}
	w := i18n.Words{Lang: lang}
	out := map[string]string{}
	for _, rr := range res.Rules {
		for i := range rr.Judgements {
			if !rr.Judgements[i].Verdict.Violated() {
				continue
			}
			ex := d.Explain(rr, i)
			text := ""
			for _, r := range slip(w, d, ex) {
				text += strings.Join([]string{r.Label, r.Why, r.Value}, " | ") + "\n"
			}
			out[rr.Rule.ID+"/"+ex.Key[0].ID] = text
		}
	}
	return out
}

func TestSlips(t *testing.T) {
	en, zh := slips(t, errs.En), slips(t, errs.Zh)
	for key, want := range map[string]string{
		// By hand: 29 and 30 September are days 1 and 2; 1–7 October are
		// holidays; 8, 9 and 10 (a make-up Saturday) are 3, 4, 5; 11 is a
		// Sunday; 12 and 13 are 6 and 7.
		"working-days/a": `
Start | Ask | 2026-09-28 10:00
First day | not counted | 2026-09-28
Limit | 7 working days, 8 days off passed over (calendar cn) | → 2026-10-13
Pauses | none: the rule knows no pause | —
Extensions | none: the rule allows none | —
Roll | none: the last day stands | —
Due |  | 2026-10-13 24:00
Happened | Reply | 2026-12-15 09:00
Late by |  | 63 days
`,
		"extended/a": `
Start | Ask | 2026-09-28 10:00
First day | not counted | 2026-09-28
Limit | 30 days | → 2026-10-28
Pauses | 2026-10-02 09:00 to 2026-10-05 09:00, 3 days | → 2026-10-31
Extensions | 30 days more | → 2026-11-30
Roll | none: the last day stands | —
Due |  | 2026-11-30 24:00
Happened | Reply | 2026-12-15 09:00
Late by |  | 15 days
`,
		"hours/b": `
Start | Detain | 2026-11-02 10:20
First hour | not counted | → 2026-11-02 11:00
Limit | 24 hours | → 2026-11-03 11:00
Pauses | none: the rule knows no pause | —
Extensions | none: the rule allows none | —
Due |  | 2026-11-03 11:00
Happened | Interrogate | 2026-11-03 17:25
Late by |  | 6 h 25 min
`,
		"closed/f": `
Act | Ask | 2026-09-01 10:00
Needed after | Reply | —
Due | the end of the case | —
Found | no record of any | —
`,
		"approved-first/c": `
Start | Approve | 2026-11-01 10:00
First day | not counted | 2026-11-01
Limit | 3 days | → 2026-11-04
Pauses | none: the rule knows no pause | —
Extensions | none: the rule allows none | —
Roll | none: the last day stands | —
Due |  | 2026-11-04 24:00
Act | Freeze | 2026-11-06 15:20
Late by |  | 2 days
`,
		"barred/d": `
Start | Notify | 2026-11-01 10:00
First day | not counted | 2026-11-01
Limit | 60 days | → 2026-12-31
Pauses | none: the rule knows no pause | —
Extensions | none: the rule allows none | —
Roll | none: the last day stands | —
Barred until |  | 2026-12-31 24:00
Happened | Collect | 2026-11-20 10:00
`,
		"large/e": `
Act | Pay | 2026-11-01 10:00
Condition | “amount” is at least 10 | —
Result |  | not satisfied
`,
		"batch/7": `
Act | Freeze | 2026-11-06 15:20
Window | back from the act | 24 hours
At most |  | 1
Counted |  | 2
Over by |  | 1
`,
	} {
		if got := en[key]; got != want[1:] {
			t.Errorf("%s is\n%swant%s", key, got, want)
		}
		if a, b := strings.Count(en[key], "\n"), strings.Count(zh[key], "\n"); a != b {
			t.Errorf("%s has %d lines in English and %d in Chinese", key, a, b)
		}
	}
}

func TestPlain(t *testing.T) {
	pack, _, err := rule.Parse("slips.yaml", []byte(slipPack))
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ en, zh string }{
		{"After Ask there must be Reply, within 7 working days.", "Ask 之后须有 Reply，期限 7 个工作日。"},
		{"After Ask there must be Reply, within 30 days.", "Ask 之后须有 Reply，期限 30 天。"},
		{"After Detain there must be Interrogate, within 24 hours.", "Detain 之后须有 Interrogate，期限 24 小时。"},
		{"After Ask there must be Reply, before the case ends (Close), unless Withdraw comes first.", "Ask 之后须有 Reply，须在案件终结前（Close）；先有 Withdraw 的除外。"},
		{"Before Freeze there must have been Approve, at most 3 days earlier.", "Freeze 之前须已有 Approve，相距不超过 3 天。"},
		{"After Notify there must be no Collect, within 60 days.", "Notify 之后不得有 Collect，期限 60 天。"},
		{"Every Pay must satisfy: “amount” is at least 10.", "每一 Pay 须符合：“amount”不少于 10。"},
		{"At most 1 Freeze by the same official within 24 hours.", "同一经办人在 24 小时内，Freeze 不得超过 1。"},
	}
	for i, r := range pack.Rules {
		if got := plain(i18n.Words{Lang: errs.En}, r); got != want[i].en {
			t.Errorf("%s: %q, want %q", r.ID, got, want[i].en)
		}
		if got := plain(i18n.Words{Lang: errs.Zh}, r); got != want[i].zh {
			t.Errorf("%s: %q, want %q", r.ID, got, want[i].zh)
		}
	}
	if got := strings.Join(clockNotes(i18n.Words{Lang: errs.En}, pack.Rules[1]), " "); got !=
		"Days are counted: the last day ends at 24:00 of the pack's zone. The clock stands still from Test to Tested. Extend extends the limit by 30 days." {
		t.Errorf("the clock's notes: %q", got)
	}
}

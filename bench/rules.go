package main

import (
	"fmt"
	"strings"
)

// benchRule is a rule with the query that answers the same: how many
// activations violate it. exact, where it isn't "", is a query that tells
// events of one instant apart as the language does and takes longer; the
// answers are compared by it, the time is that of sql.
type benchRule struct{ id, body, sql, exact string }

func packOf(rules []benchRule) string {
	var out strings.Builder
	out.WriteString(`pack: bench
version: 1.0.0
title: {en: Measured rules, zh: 测速规则}
jurisdiction: XX
log: {per: case, zone: UTC, attributes: {amount: number}}
clock: {start: excluded, roll: none, calendar: weekends}
rules:
`)
	for _, r := range rules {
		fmt.Fprintf(&out, "- id: %s\n  title: {en: %[1]s, zh: 规则 %[1]s}\n  basis: {text: an example, checked: 2026-11-21, status: unverified}\n  severity: minor\n  %s\n",
			r.id, strings.ReplaceAll(r.body, "\n", "\n  "))
	}
	return out.String()
}

func queries(rules []benchRule, exact bool) []query {
	out := make([]query, len(rules))
	for i, r := range rules {
		out[i] = query{r.id, r.sql}
		if exact && r.exact != "" {
			out[i].SQL = r.exact
		}
	}
	return out
}

// span is a limit: hours, elapsed, or days of the calendar (in UTC, as the
// pack's zone).
type span struct{ hours, days int }

// String is the limit in the language.
func (s span) String() string {
	if s.days > 0 {
		return fmt.Sprintf("%dd", s.days)
	}
	return fmt.Sprintf("%dh", s.hours)
}

// inTime is the condition that time t is in time from the start.
func (s span) inTime(t, start string) string {
	if s.days > 0 {
		return fmt.Sprintf("%s < date_trunc('day', %s) + INTERVAL %d DAY", t, start, s.days+1)
	}
	return fmt.Sprintf("%s <= %s + INTERVAL %d HOUR", t, start, s.hours)
}

func hours(n int) span { return span{hours: n} }
func days(n int) span  { return span{days: n} }

// is is the condition that an activity is one of types, written with | between
// them.
func is(of, types string) string {
	return of + ".activity IN ('" + strings.ReplaceAll(types, "|", "', '") + "')"
}

// list is types in the language.
func list(types string) string {
	if strings.Contains(types, "|") {
		return "[" + strings.ReplaceAll(types, "|", ", ") + "]"
	}
	return types
}

func response(when, then string, within span) benchRule {
	return benchRule{body: fmt.Sprintf("when: %s\nmust: {followed_by: %s, within: %v}", when, list(then), within),
		sql: fmt.Sprintf("SELECT count(*) FROM (SELECT case_id, ts FROM log a WHERE %s) a ASOF LEFT JOIN (SELECT case_id, ts FROM log b WHERE %s) b "+
			"ON a.case_id = b.case_id AND a.ts < b.ts WHERE b.ts IS NULL OR NOT (%s)", is("a", when), is("b", then), within.inTime("b.ts", "a.ts"))}
}

// exists counts the activations for which there is (or, with not, isn't) an
// event b of the case with a condition.
func exists(when, not, other, where string) string {
	return fmt.Sprintf("SELECT count(*) FROM log a WHERE %s AND %sEXISTS (SELECT 1 FROM log b WHERE %s AND b.case_id = a.case_id AND %s)",
		is("a", when), not, is("b", other), where)
}

func precedence(when, before string) benchRule {
	return benchRule{body: fmt.Sprintf("when: %s\nmust: {preceded_by: %s}", when, list(before)), sql: exists(when, "NOT ", before, "b.ts < a.ts")}
}

func precedenceWithin(when, before string, s span) benchRule {
	return benchRule{body: fmt.Sprintf("when: %s\nmust: {preceded_by: %s, within: %v}", when, list(before), s),
		sql: exists(when, "NOT ", before, "b.ts < a.ts AND "+s.inTime("a.ts", "b.ts"))}
}

// notice is a minimum notice: not within so long after the other.
func notice(when, before string, s span) benchRule {
	return benchRule{body: fmt.Sprintf("when: %s\nnever: {preceded_by: %s, within: %v}", when, list(before), s),
		sql: exists(when, "", before, "b.ts < a.ts AND "+s.inTime("a.ts", "b.ts"))}
}

func notResponse(when, then string, s span) benchRule {
	return benchRule{body: fmt.Sprintf("when: %s\nnever: {followed_by: %s, within: %v}", when, list(then), s),
		sql: exists(when, "", then, "b.ts > a.ts AND "+s.inTime("b.ts", "a.ts"))}
}

// fourEyes: not by who did the other.
func fourEyes(when, before string) benchRule {
	return benchRule{body: fmt.Sprintf("when: %s\nnever: {preceded_by: %s, where: it.actor == when.actor}", when, list(before)),
		sql: exists(when, "", before, "b.resource = a.resource AND b.ts < a.ts")}
}

func hold(when string, below int) benchRule {
	return benchRule{body: fmt.Sprintf("when: %s\nmust:\n  hold: it.attr.amount < %d", list(when), below),
		sql: fmt.Sprintf("SELECT count(*) FROM log a WHERE %s AND NOT (amount < %d)", is("a", when), below)}
}

// window is a count of an officer's acts. RANGE counts all events of one
// instant as one; the language counts those up to the event itself, in the
// order of the log, which is that of the case numbers.
func window(of string, hours, most int) benchRule {
	const counted = "SELECT count(*) FROM (SELECT %s n FROM log a WHERE %s) WHERE n > %d"
	over := fmt.Sprintf("count(*) OVER (PARTITION BY resource ORDER BY ts RANGE BETWEEN INTERVAL %d HOUR PRECEDING AND CURRENT ROW", hours)
	return benchRule{body: fmt.Sprintf("count: {of: %s, per: [actor], in: %dh, at_most: %d}", list(of), hours, most),
		sql:   fmt.Sprintf(counted, over+")", is("a", of), most),
		exact: fmt.Sprintf(counted, over+" EXCLUDE GROUP) + row_number() OVER (PARTITION BY resource, ts ORDER BY CAST(substr(case_id, 2) AS INTEGER))", is("a", of), most)}
}

// numbered gives rules their ids.
func numbered(rules []benchRule) []benchRule {
	for i := range rules {
		rules[i].id = fmt.Sprintf("r%d", i+1)
	}
	return rules
}

// five are the rules whose answers other programs gave as well.
func five() []benchRule {
	return numbered([]benchRule{
		response("FreezeRequest", "FreezeApprove", hours(72)),
		precedence("FreezeExecute", "FreezeApprove"),
		precedence("Close", "Review|FreezeApprove|Interview"),
		fourEyes("FreezeApprove", "FreezeRequest"),
		window("FreezeApprove", 24, 3),
	})
}

// oneRuleMore is on types that a tenth of the events have: the benchMore of
// internal/monitor's benchmarks.
func oneRuleMore() benchRule {
	r := response("Interview", "EvidenceOut", hours(72))
	r.id = "more"
	return r
}

// fifty are those five and 45 others: other types, limits and forms.
func fifty() []benchRule {
	return numbered(append(five(),
		response("Register", "Assign", hours(48)),
		response("Register", "Close", hours(240)),
		response("Register", "Close", days(7)),
		response("Register", "FreezeRequest", hours(24)),
		response("Assign", "Interview", hours(24)),
		response("Assign", "Review", hours(36)),
		response("Assign", "Close", days(5)),
		response("Interview", "EvidenceIn", hours(48)),
		response("EvidenceIn", "EvidenceOut", hours(72)),
		response("EvidenceOut", "Close", hours(24)),
		response("Review", "Close", hours(12)),
		response("Close", "Archive", days(4)),
		response("FreezeApprove", "FreezeExecute", hours(24)),
		response("FreezeExecute", "NotifySubject", hours(24)),
		response("FreezeRequest", "NotifySubject", days(4)),
		response("NotifySubject", "Close", days(2)),
		precedence("Interview", "Assign"),
		precedence("NotifySubject", "FreezeExecute"),
		precedence("EvidenceOut", "EvidenceIn"),
		precedence("Review", "Assign"),
		precedence("Archive", "Review"),
		precedence("Close", "NotifySubject|EvidenceIn|Archive"),
		precedence("FreezeRequest", "Assign|Interview"),
		precedenceWithin("FreezeExecute", "FreezeApprove", hours(24)),
		precedenceWithin("NotifySubject", "FreezeExecute", days(1)),
		precedenceWithin("Close", "Assign", days(6)),
		precedenceWithin("Review", "Register", hours(60)),
		notice("Interview", "Assign", hours(6)),
		notice("Close", "Register", days(2)),
		notice("FreezeExecute", "FreezeRequest", hours(12)),
		notResponse("Assign", "Close", hours(48)),
		notResponse("FreezeRequest", "Close", days(3)),
		notResponse("EvidenceIn", "EvidenceOut", hours(2)),
		notResponse("FreezeRequest", "Review", hours(36)),
		fourEyes("Close", "Assign"),
		fourEyes("EvidenceOut", "EvidenceIn"),
		fourEyes("FreezeExecute", "FreezeApprove|FreezeRequest"),
		fourEyes("Review", "Register|Assign"),
		window("FreezeExecute", 24, 4),
		window("Close", 12, 5),
		window("Interview|Review", 24, 6),
		window("NotifySubject", 72, 9),
		hold("Close", 90_000),
		hold("FreezeRequest|FreezeExecute", 50_000),
		hold("Archive", 99_000),
	))
}

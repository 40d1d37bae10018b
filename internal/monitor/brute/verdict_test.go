package brute

import "testing"

// 2026-03-01 is a Sunday.

func TestFollowedBy(t *testing.T) {
	const a = "2026-03-01T09:10 A\n"
	closes := Pack{Closes: []string{"Z"}}
	run(t, []example{
		{name: "met on the last day", rule: follow(90, "d"), events: a + "2026-05-30T23:59:59.999999 B", want: "e1 met by e2, due 2026-05-31T00:00:00Z"},
		{name: "late at due", rule: follow(90, "d"), events: a + "2026-05-31T00:00 B", want: "e1 met_late by e2, due 2026-05-31T00:00:00Z, late 1 days"},
		{name: "late by two days", rule: follow(90, "d"), events: a + "2026-06-01T08:00 B", want: "e1 met_late by e2, due 2026-05-31T00:00:00Z, late 2 days"},
		{name: "running to due", rule: follow(1, "d"), events: a, asOf: "2026-03-02T23:59:59.999999", want: "e1 running, due 2026-03-03T00:00:00Z"},
		{name: "breached at due", rule: follow(1, "d"), events: a, asOf: "2026-03-03", want: "e1 breached, due 2026-03-03T00:00:00Z"},
		{name: "elapsed: at due in time", rule: follow(24, "h"), events: a + "2026-03-02T09:10 B", want: "e1 met by e2"},
		{name: "elapsed: after due late", rule: follow(24, "h"), events: a + "2026-03-02T09:10:00.000001 B", want: "e1 met_late by e2, due 2026-03-02T09:10:00Z, late 1µs"},
		{name: "elapsed: at due not passed", rule: follow(24, "h"), events: a, asOf: "2026-03-02T09:10", want: "e1 running"},
		{name: "elapsed: after due passed", rule: follow(24, "h"), events: a, asOf: "2026-03-02T09:10:00.000001", want: "e1 breached"},
		{name: "absence at W, not T", rule: follow(24, "h"), events: a, asOf: "2026-03-05", w: "2026-03-02T09:00", want: "e1 running"},
		{name: "a match between W and T", rule: follow(24, "h"), events: a + "2026-03-04T09:10 B", w: "2026-03-02T09:00", want: "e1 met_late by e2"},
		{name: "events after T are not there", rule: follow(24, "h"), events: a + "2026-03-02T09:10 B\n2026-03-03 A", asOf: "2026-03-02T09:00", want: "e1 running"},
		{name: "a tie: the later-positioned is after", rule: follow(24, "h"), events: a + "2026-03-01T09:10 B", want: "e1 met by e2"},
		{name: "a tie: the earlier-positioned is not", rule: follow(24, "h"), events: "2026-03-01T09:10 B\n" + a, want: "e2 running"},
		{name: "no event is after itself", rule: follow(24, "h").with(func(r *Rule) { r.Other = of("A") }), events: a, want: "e1 running"},
		{name: "another case", rule: follow(24, "h"), events: a + "2026-03-01T10:00 B case=c2", want: "e1 running"},

		{name: "unless in time", rule: follow(24, "h").with(unlessC), events: a + "2026-03-02T09:10 C\n2026-03-04 B", want: "e1 moot by e2"},
		{name: "unless too late", rule: follow(24, "h").with(unlessC), events: a + "2026-03-02T09:11 C", want: "e1 breached"},
		{name: "unless after first", rule: follow(24, "h").with(unlessC), events: a + "2026-03-01T10:00 B\n2026-03-01T11:00 C", want: "e1 met by e2"},
		{name: "both a match and unless settles", rule: follow(24, "h").with(func(r *Rule) { r.Unless = also(of("B")) }), events: a + "2026-03-01T10:00 B", want: "e1 met by e2"},
		{name: "both, late", rule: follow(1, "h").with(func(r *Rule) { r.Unless = also(of("B")) }), events: a + "2026-03-01T12:00 B", want: "e1 met_late by e2"},

		{name: "without within, closes is the deadline", pack: closes, rule: follow(0, ""), events: a + "2026-03-04T00:00 Z", want: "e1 breached, due 2026-03-04T00:00:00Z"},
		{name: "closes after W", pack: closes, rule: follow(0, ""), events: a + "2026-03-04T00:00 Z", w: "2026-03-03", want: "e1 running"},
		{name: "a match at closes", pack: closes, rule: follow(0, "").with(func(r *Rule) { r.Other = of("Z") }), events: a + "2026-03-04T00:00 Z", want: "e1 met by e2"},
		{name: "a match after closes", pack: closes, rule: follow(0, ""), events: a + "2026-03-04T01:00 Z\n2026-03-04T01:00 B", want: "e1 met_late by e3, due 2026-03-04T01:00:00Z, late 1 days"},
		{name: "unless after closes excuses nothing", pack: closes, rule: follow(0, "").with(unlessC), events: a + "2026-03-04T00:00 Z\n2026-03-04T00:00 C", want: "e1 breached"},
		{name: "closes before a", pack: closes, rule: follow(0, ""), events: "2026-03-01T08:00 Z\n" + a, want: "e2 running"},
		{name: "complete", rule: follow(0, ""), events: a, complete: true, want: "e1 breached"},
		{name: "neither ends a must within", pack: closes, rule: follow(9, "d"), events: a + "2026-03-04T00:00 Z", complete: true, want: "e1 running"},
		{name: "closes concerns the pack's per alone", pack: closes, rule: follow(0, "").with(func(r *Rule) { r.Per = []string{"case", "actor"} }),
			events: "2026-03-01 A actor=x\n2026-03-04T00:00 Z actor=x", want: "e1[c1+x] running"},

		{name: "at risk", rule: follow(24, "h").with(func(r *Rule) { r.Warn = Duration{1, "h"} }), events: a, asOf: "2026-03-02T08:10", want: "e1 running, due 2026-03-02T09:10:00Z, at risk"},
		{name: "before `from`, in time", rule: follow(24, "h").with(from("recorded", "")), events: "2026-03-01T09:00 A recorded=2026-03-02T09:00:00Z\n2026-03-01T10:00 B", want: "e1 met by e2, due 2026-03-03T09:00:00Z"},
		{name: "the match must still be after a", rule: follow(24, "h").with(from("recorded", "")), events: "2026-03-01T08:00 B\n2026-03-01T09:00 A recorded=2026-03-01T07:00:00Z", want: "e2 running"},
		{name: "from without value, though moot", rule: follow(24, "h").with(from("recorded", "")).with(unlessC), events: a + "2026-03-01T10:00 C", want: "e1 not_evaluable"},
		{name: "from without value, though decided", rule: follow(24, "h").with(from("recorded", "")).with(immediately), events: a + "2026-03-01T10:00 C", want: "e1 not_evaluable"},
	})
}

func TestNeverFollowedBy(t *testing.T) {
	const a = "2026-03-01T09:10 A\n"
	closes := Pack{Closes: []string{"Z"}}
	run(t, []example{
		{name: "breached in time", rule: follow(24, "h").with(never), events: a + "2026-03-02T09:10 B", want: "e1 breached by e2"},
		{name: "a late one doesn't offend", rule: follow(24, "h").with(never), events: a + "2026-03-02T09:11 B", want: "e1 met"},
		{name: "running", rule: follow(24, "h").with(never), events: a, asOf: "2026-03-02T09:10", want: "e1 running"},
		{name: "the case's end meets early", pack: closes, rule: follow(24, "h").with(never), events: a + "2026-03-01T10:00 Z", want: "e1 met"},
		{name: "complete meets early", rule: follow(24, "h").with(never), events: a, complete: true, want: "e1 met"},
		{name: "a match after the end still breaches", pack: closes, rule: follow(0, "").with(never), events: a + "2026-03-01T10:00 Z\n2026-03-09 B", want: "e1 breached by e3"},
		{name: "unless after the end still excuses", pack: closes, rule: follow(0, "").with(never).with(unlessC), events: a + "2026-03-01T10:00 Z\n2026-03-02 C\n2026-03-09 B", want: "e1 moot by e3"},
		{name: "unless before the match", rule: follow(24, "h").with(never).with(unlessC), events: a + "2026-03-01T10:00 C\n2026-03-01T11:00 B", want: "e1 moot by e2"},
		{name: "both breaches", rule: follow(24, "h").with(never).with(func(r *Rule) { r.Unless = also(of("B")) }), events: a + "2026-03-01T10:00 B", want: "e1 breached by e2"},
		{name: "running without end", rule: follow(0, "").with(never), events: a, asOf: "2027-01-01", want: "e1 running"},
	})
}

func TestImmediately(t *testing.T) {
	const a = "2026-03-01T09:10 A\n"
	run(t, []example{
		{name: "the next one", rule: follow(0, "").with(immediately), events: a + "2026-03-01T10:00 B", want: "e1 met by e2"},
		{name: "another next has decided", rule: follow(24, "h").with(immediately), events: a + "2026-03-01T10:00 D\n2026-03-01T10:00 B", want: "e1 breached"},
		{name: "never: another next has decided", rule: follow(24, "h").with(immediately).with(never), events: a + "2026-03-01T10:00 D\n2026-03-01T10:00 B", want: "e1 met"},
		{name: "only the next makes it moot", rule: follow(24, "h").with(immediately).with(unlessC), events: a + "2026-03-01T10:00 D\n2026-03-01T11:00 C", want: "e1 breached"},
		{name: "the next makes it moot", rule: follow(24, "h").with(immediately).with(unlessC), events: a + "2026-03-01T10:00 C\n2026-03-01T11:00 B", want: "e1 moot by e2"},
		{name: "no next yet", rule: follow(24, "h").with(immediately), events: a, asOf: "2026-03-02", want: "e1 running"},
		{name: "the next is late", rule: follow(24, "h").with(immediately), events: a + "2026-03-03 B", want: "e1 met_late by e2"},
		{name: "the very previous", rule: precede(0, "").with(immediately), events: "2026-03-01T08:00 B\n2026-03-01T08:30 D\n" + a, want: "e3 breached"},
		{name: "over any: the next of the union", rule: follow(0, "").with(immediately).with(over("any")),
			events: "2026-03-01 A case=c1,c2\n2026-03-02 D case=c2\n2026-03-03 B case=c1", want: "e1 breached"},
		{name: "over all: also one that can't match", rule: follow(0, "").with(immediately).with(over("all")),
			events: "2026-03-01 A case=c1,c2\n2026-03-02 B case=c2\n2026-03-03 B case=c1,c2", want: "e1 breached"},
	})
}

func TestPrecededBy(t *testing.T) {
	const a = "2026-03-02T09:00 A\n"
	run(t, []example{
		{name: "met", rule: precede(0, ""), events: "2026-03-01T09:00 B\n" + a, want: "e2 met by e1"},
		{name: "breached", rule: precede(0, ""), events: a + "2026-03-03 B", want: "e1 breached"},
		{name: "in time from the match", rule: precede(24, "h"), events: "2026-03-01T09:00 B\n" + a, want: "e2 met by e1"},
		{name: "too long after the match", rule: precede(24, "h"), events: "2026-03-01T08:59 B\n" + a, want: "e2 breached"},
		{name: "any one that fits", rule: precede(24, "h"), events: "2026-02-01 B\n2026-03-01T10:00 B\n" + a, want: "e3 met by e2"},
		{name: "a minimum notice kept", rule: precede(24, "h").with(never), events: "2026-03-01T08:59 B\n" + a, want: "e2 met"},
		{name: "a minimum notice broken", rule: precede(24, "h").with(never), events: "2026-03-01T09:00 B\n" + a, want: "e2 breached by e1"},
		{name: "unless, also where another matches", rule: precede(0, "").with(unlessC), events: "2026-03-01T08:00 C\n2026-03-01T09:00 B\n" + a, want: "e3 moot by e1"},
		{name: "unless, but not in time from it", rule: precede(24, "h").with(unlessC), events: "2026-03-01T08:00 C\n2026-03-01T09:00 B\n" + a, want: "e3 met by e2"},
		{name: "both only matches", rule: precede(24, "h").with(func(r *Rule) { r.Unless = also(of("B")) }), events: "2026-03-01T09:00 B\n" + a, want: "e2 met by e1"},
		{name: "a pause between", rule: precede(24, "h").with(paused), events: "2026-03-01T08:00 B\n2026-03-01T09:00 P\n2026-03-01T10:00 Q\n" + a, want: "e4 met by e1"},
		{name: "a pause open at the match", rule: precede(24, "h").with(paused), events: "2026-03-01T07:00 P\n2026-03-01T08:00 B\n2026-03-01T09:00 Q\n" + a, want: "e4 met by e2"},
		{name: "an extension between", rule: precede(24, "h").with(extendedBy(1, "h")), events: "2026-03-01T08:00 B\n2026-03-01T09:00 X\n" + a, want: "e3 met by e1"},
	})
}

func TestOverAndPer(t *testing.T) {
	const two = "2026-03-01 A case=c1,c2\n"
	closes := Pack{Closes: []string{"Z"}}
	run(t, []example{
		{name: "each: one activation a key", rule: follow(0, ""), events: two + "2026-03-02 B case=c2", want: "e1 running; e1[c2] met by e2"},
		{name: "a repeated object counts once", rule: follow(0, ""), events: "2026-03-01 A case=c1,c1", want: "e1 running"},
		{name: "any", rule: follow(0, "").with(over("any")), events: two + "2026-03-02 B case=c2", want: "e1 met by e2"},
		{name: "all: shares one only", rule: follow(0, "").with(over("all")), events: two + "2026-03-02 B case=c2", want: "e1 running"},
		{name: "all", rule: follow(0, "").with(over("all")), events: two + "2026-03-02 B case=c2,c1,c3", want: "e1 met by e2"},
		{name: "any: ended with the first", pack: closes, rule: follow(0, "").with(over("any")), events: two + "2026-03-02T00:00 Z case=c2", want: "e1 breached"},
		{name: "all: not ended by the first", pack: closes, rule: follow(0, "").with(over("all")), events: two + "2026-03-02T00:00 Z case=c2", want: "e1 running"},
		{name: "all: the last of the first closes", pack: closes, rule: follow(0, "").with(over("all")),
			events: two + "2026-03-02T00:00 Z case=c2\n2026-03-03T00:00 Z case=c1\n2026-03-04T00:00 Z case=c1", want: "e1 breached, due 2026-03-03T00:00:00Z"},
		{name: "a qualifier", rule: follow(0, "").with(func(r *Rule) { r.Per = []string{"person/suspect"} }),
			events: "2026-03-01 A person=p1/suspect,p2/witness\n2026-03-02 B person=p1/witness", want: "e1[p1] running"},
		{name: "a list: combinations", rule: follow(0, "").with(func(r *Rule) { r.Per = []string{"case", "person"} }),
			events: "2026-03-01 A case=c1,c2 person=p1\n2026-03-02 B case=c2 person=p1", want: "e1[c1+p1] running; e1[c2+p1] met by e2"},
	})
}

func TestOldest(t *testing.T) {
	const two = "2026-03-01 A\n2026-03-02 A\n"
	run(t, []example{
		{name: "all: one settles both", rule: follow(0, ""), events: two + "2026-03-03 B", want: "e1 met by e3; e2 met by e3"},
		{name: "oldest: one settles one", rule: follow(0, "").with(oldest), events: two + "2026-03-03 B", want: "e1 met by e3; e2 running"},
		{name: "two settle two", rule: follow(0, "").with(oldest), events: two + "2026-03-03 B\n2026-03-04 B", want: "e1 met by e3; e2 met by e4"},
		{name: "the oldest though late", rule: follow(1, "d").with(oldest), events: two + "2026-03-03T10:00 B", want: "e1 met_late by e3; e2 running"},
		{name: "not one that is moot", rule: follow(9, "d").with(oldest).with(unlessC), events: "2026-03-01 A\n2026-03-02 C\n2026-03-03 A\n2026-03-04 B", want: "e1 moot by e2; e3 met by e4"},
		{name: "both settles one and excuses the other", rule: follow(9, "d").with(oldest).with(func(r *Rule) { r.Unless = also(of("B")) }), events: two + "2026-03-03 B", want: "e1 met by e3; e2 moot by e3"},
		{name: "only what it matches", rule: follow(0, "").with(oldest).with(func(r *Rule) {
			r.Other.Where = &Cond{Op: "==", Left: Term{Var: "it", Field: "attr", Attr: "n"}, Right: Term{Var: "when", Field: "attr", Attr: "n"}}
		}), events: "2026-03-01 A n=1\n2026-03-02 A n=2\n2026-03-03 B n=2", want: "e1 running; e2 met by e3"},
		{name: "each reading assigns anew", rule: follow(1, "y").with(oldest).with(func(r *Rule) { r.Other = ifN(r.Other) }),
			events: two + "2026-03-03 B\n2026-03-04 B n=1", want: "e1 met by e3; e2 not_evaluable"},
		{name: "over any: one assignment for the rule", rule: follow(0, "").with(oldest).with(over("any")),
			events: "2026-03-01 A case=c1\n2026-03-02 A case=c2\n2026-03-03 B case=c1,c2", want: "e1 met by e3; e2 running"},
		{name: "each: an assignment a trace", rule: follow(0, "").with(oldest),
			events: "2026-03-01 A case=c1\n2026-03-02 A case=c2\n2026-03-03 B case=c1,c2", want: "e1 met by e3; e2[c2] met by e3"},
	})
}

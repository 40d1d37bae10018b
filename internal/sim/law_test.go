package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/internal/clock"
)

// TestLaw is law.go on fines written by hand. Each line is an act and its day; a
// code of dismissal or a sum in cents may follow. Last days are counted on a
// calendar, in the words beside them.
func TestLaw(t *testing.T) {
	for _, x := range []struct {
		name, fine string
		want       string
	}{
		// 1 March 2009 + 150: 30 left in March, 30, 31, 30, and 29 July.
		{"all in time", "C 2009-03-01, S 2009-07-29, N 2009-07-29", ""},
		{"a day late", "C 2009-03-01, S 2009-07-29, N 2009-07-30", "notified-within-150-days 1 met_late 2009-07-29"},
		{"paid on the last day", "C 2009-03-01, P 2009-07-29 3800", ""},
		{"paid a day later", "C 2009-03-01, P 2009-07-30 3800",
			"notified-within-150-days 1 breached 2009-07-29; sent-within-150-days 1 breached 2009-07-29"},
		{"given up by the office", "C 2009-03-01 A", ""},
		// 14 August 2010 + 90: 17 left in August, 30, 31, and 12 November.
		{"ninety days", "C 2010-08-14, S 2010-11-12, N 2010-11-13", "notified-within-90-days 1 met_late 2010-11-12"},
		{"the day before has 150", "C 2010-08-13, S 2010-11-12, N 2010-11-13", ""},
		// 1 January 2011 + 100: 30 left in January, 28, 31, and 11 April; + 90 is 1 April.
		{"a hundred days", "C 2011-01-01, S 2011-04-01, N 2011-04-11", "notified-within-90-days 1 met_late 2011-04-01"},
		{"a hundred and one", "C 2011-01-01, S 2011-04-01, N 2011-04-12",
			"notified-within-90-days 1 met_late 2011-04-01; notified-within-100-days 1 met_late 2011-04-11"},
		// A year of 365 days: 1 January + 360 is four days before 31 December.
		{"361 days", "C 2007-01-01, S 2007-02-01, N 2007-12-28",
			"notified-within-150-days 1 met_late 2007-05-31; notified-within-360-days 3 breached -"},
		// 1 March 2009 + 60: 30 left in March and 30 April.
		{"increased on day 60, collected on day 61", "N 2009-03-01, A 2009-04-30, X 2009-05-01", noFine},
		{"increased on day 59", "N 2009-03-01, A 2009-04-29", noFine + "; penalty-not-before-day-60 2 breached 2009-04-29"},
		{"collected on day 60", "N 2009-03-01, X 2009-04-30", noFine + "; collection-only-after-the-term 2 breached 2009-04-30"},
		{"never notified", "S 2009-03-01, A 2009-05-30, X 2010-05-30",
			"penalty-only-after-notification 2 breached -; collection-only-after-notification 3 breached -"},
		{"paid to the cent, the day before", "N 2009-03-01, P 2009-04-29 7750, A 2009-04-30", noFine + "; penalty-not-after-full-payment 3 breached -"},
		{"a cent less", "N 2009-03-01, P 2009-04-29 7749, A 2009-04-30", noFine},
		{"on the same day", "N 2009-03-01, P 2009-04-30 7750, A 2009-04-30", noFine},
		// 13 May 2003 + 30: 18 left in May and 12 June. 14 May + 60: 17, 30, and 13 July.
		{"thirty days for the file", "I 2003-05-13, Q 2003-06-13", "appeal-file-within-30-days 1 met_late 2003-06-12"},
		{"sixty days", "I 2003-05-14, Q 2003-07-13", ""},
		{"sixty-one", "I 2003-05-14, Q 2003-07-14", "appeal-file-within-60-days 1 met_late 2003-07-13"},
		// 13 August 2003 + 180: 18 left in August, 30, 31, 30, 31, 31, and 9 February; + 60: 18, 30, and 12 October.
		{"answered on day 181, and told at once", "I 2003-08-13, Q 2003-10-12, R 2004-02-10, O 2004-02-10", "appeal-answered-within-180-days 1 met_late 2004-02-09"},
		{"granted", "I 2003-08-13, Q 2003-10-12 #", ""},
		{"the file after the answer", "I 2004-01-10, R 2004-02-10, Q 2004-02-11, O 2004-02-11", "file-not-sent-after-the-result 3 breached -"},
		{"both on one day", "I 2004-01-10, R 2004-02-10, Q 2004-02-10, O 2004-02-11", ""},
		// 1 March 2009 + 150 is 29 July.
		{"the order told on day 151", "R 2009-03-01, O 2009-07-30", "result-notified-within-150-days 1 met_late 2009-07-29"},
		// 1 January 2009 + 60: 30 left in January, 28, and 2 March.
		{"collected before any answer", "N 2009-01-01, I 2009-03-02, Q 2009-03-10 #, X 2010-02-01",
			noFine + "; collection-only-after-the-term 4 breached -; no-collection-of-a-dismissed-fine 4 breached -"},
		{"an appeal out of time holds nothing", "N 2009-01-01, I 2009-03-03, Q 2009-03-10 #, X 2010-02-01",
			noFine + "; no-collection-of-a-dismissed-fine 4 breached -"},
		{"an appeal before notification does", "I 2009-01-01, N 2009-01-02, Q 2009-01-10 #, X 2010-02-01",
			noFine2 + "; collection-only-after-the-term 4 breached -; no-collection-of-a-dismissed-fine 4 breached -"},
		{"collected once there is an answer", "N 2009-01-01, I 2009-02-01, R 2009-02-10, O 2009-02-10, X 2009-02-20", noFine},
		{"collected after the judge quashed it", "N 2009-01-01, J 2009-02-01 G, X 2010-02-01", noFine + "; no-collection-of-a-dismissed-fine 3 breached -"},
	} {
		var got []string
		judgeFine(steps(t, x.fine), 7750, func(b broken) {
			last := "-"
			if b.last != 0 {
				last = b.last.String()
			}
			got = append(got, fmt.Sprint(b.rule, " ", b.at+1, " ", b.verdict, " ", last))
		})
		if g := strings.Join(got, "; "); g != x.want {
			t.Errorf("%s (%s):\n got %s\nwant %s", x.name, x.fine, g, x.want)
		}
	}
}

// noFine is what a fragment that begins with the notification departs from.
const (
	noFine  = "notified-within-360-days 1 breached -"
	noFine2 = "notified-within-360-days 2 breached -" // with one act before it
)

// steps reads "C 2009-03-01, P 2009-03-05 3800, Q 2009-03-06 #".
func steps(t *testing.T, text string) []step {
	t.Helper()
	var steps []step
	for part := range strings.SplitSeq(text, ", ") {
		f := strings.Fields(part)
		d, err := clock.ParseDay(f[1])
		if err != nil {
			t.Fatal(err)
		}
		s := step{what: f[0][0], day: d, code: "NIL"}
		if len(f) > 2 && s.what == payment {
			fmt.Sscan(f[2], &s.total)
		} else if len(f) > 2 {
			s.code = f[2]
		}
		steps = append(steps, s)
	}
	return steps
}

// duty is one rule as a line of a table: another form of law.go, over the
// events as written and the calendar of package time.
type duty struct {
	id, when, from, to string
	never, before      bool
	other              []string
	days               int // 0: no limit
	unless             []string
	given              func(when, other seen) bool // further, of when and other
	held               bool                        // an appeal in the days stops them until an answer
}

var (
	told4         = []string{"Payment", "Insert Date Appeal to Prefecture", "Appeal to Judge"}
	standing      = func(w, _ seen) bool { return w.texts["dismissal"] == "NIL" }
	answers       = []string{"Receive Result Appeal from Prefecture", "Notify Result Appeal to Offender"}
	answersOrPaid = append([]string{"Payment"}, answers...)
	earlierDay    = func(w, o seen) bool { return o.at.Before(w.at) }
)

var duties = []duty{
	{id: "notified-within-150-days", when: "Create Fine", to: "2010-08-14", other: []string{"Insert Fine Notification"}, days: 150, unless: told4, given: standing},
	{id: "notified-within-90-days", when: "Create Fine", from: "2010-08-14", other: []string{"Insert Fine Notification"}, days: 90, unless: told4, given: standing},
	{id: "notified-within-100-days", when: "Create Fine", from: "2011-01-01", other: []string{"Insert Fine Notification"}, days: 100, unless: told4, given: standing},
	{id: "notified-within-360-days", when: "Insert Fine Notification", before: true, other: []string{"Create Fine"}, days: 360},
	{id: "sent-within-150-days", when: "Create Fine", to: "2010-08-14", other: []string{"Send Fine"}, days: 150, unless: told4, given: standing},
	{id: "sent-within-90-days", when: "Create Fine", from: "2010-08-14", other: []string{"Send Fine"}, days: 90, unless: told4, given: standing},
	{id: "penalty-only-after-notification", when: "Add penalty", before: true, other: []string{"Insert Fine Notification"}},
	{id: "penalty-not-before-day-60", when: "Add penalty", never: true, before: true, other: []string{"Insert Fine Notification"}, days: 59},
	{id: "penalty-not-after-full-payment", when: "Add penalty", never: true, before: true, other: []string{"Payment"},
		given: func(w, o seen) bool {
			return earlierDay(w, o) && o.numbers["totalPaymentAmount"] >= w.numbers["amount"]
		}},
	{id: "appeal-file-within-30-days", when: "Insert Date Appeal to Prefecture", to: "2003-05-14", other: []string{"Send Appeal to Prefecture"}, days: 30, unless: answersOrPaid},
	{id: "appeal-file-within-60-days", when: "Insert Date Appeal to Prefecture", from: "2003-05-14", other: []string{"Send Appeal to Prefecture"}, days: 60, unless: answersOrPaid},
	{id: "appeal-answered-within-180-days", when: "Insert Date Appeal to Prefecture", from: "2003-08-13", other: answers, days: 180, unless: []string{"Payment", "granted"}},
	{id: "file-not-sent-after-the-result", when: "Send Appeal to Prefecture", from: "2003-08-13", never: true, before: true, other: answers[:1], given: earlierDay},
	{id: "result-notified-within-150-days", when: answers[0], other: answers[1:], days: 150, unless: []string{"Payment", "Appeal to Judge"}},
	{id: "collection-only-after-notification", when: "Send for Credit Collection", before: true, other: []string{"Insert Fine Notification"}},
	{id: "collection-only-after-the-term", when: "Send for Credit Collection", never: true, before: true, other: []string{"Insert Fine Notification"}, days: 60, unless: answers, held: true},
	{id: "no-collection-of-a-dismissed-fine", when: "Send for Credit Collection", never: true, before: true, other: []string{"Send Appeal to Prefecture", "Appeal to Judge"},
		given: func(_, o seen) bool { return o.texts["dismissal"] == "#" || o.texts["dismissal"] == "G" }},
}

// judge gives "" where the rule is kept or can't be told yet.
func (d duty) judge(c []seen, i int, asOf time.Time) string {
	w := c[i]
	fits := func(e, o seen) bool { return d.days == 0 || !date(o.at).After(date(e.at).AddDate(0, 0, d.days)) }
	if d.before {
		match := false
		for k, o := range c[:i] {
			excuse := slices.Contains(d.unless, o.typ)
			if !excuse && !slices.Contains(d.other, o.typ) || !fits(o, w) && !(d.held && stopped(c, k, i)) {
				continue
			}
			if excuse {
				return ""
			}
			match = match || d.given == nil || d.given(w, o)
		}
		if match == d.never {
			return "breached"
		}
		return ""
	}
	if d.given != nil && !d.given(w, w) {
		return ""
	}
	for _, o := range c[i+1:] {
		granted := o.typ == "Send Appeal to Prefecture" && o.texts["dismissal"] != "NIL" && slices.Contains(d.unless, "granted")
		switch {
		case slices.Contains(d.other, o.typ) && fits(w, o):
			return ""
		case slices.Contains(d.other, o.typ):
			return "met_late"
		case fits(w, o) && (granted || slices.Contains(d.unless, o.typ)):
			return ""
		}
	}
	if date(asOf).After(date(w.at).AddDate(0, 0, d.days)) {
		return "breached"
	}
	return ""
}

// stopped says whether event i, later than the sixty days from event k, still
// falls into them because of an appeal. It counts the days one by one: one that
// ends under an unanswered appeal isn't used up.
func stopped(c []seen, k, i int) bool {
	if !slices.ContainsFunc(c[:i], func(e seen) bool { return e.typ == "Insert Date Appeal to Prefecture" }) {
		return false
	}
	unanswered := func(day time.Time) bool {
		open := false
		for j, e := range c[:i] {
			if date(e.at).After(day) {
				break
			}
			if j > k && e.typ == "Insert Date Appeal to Prefecture" && days(c[k].at, e.at) > 60 {
				continue // out of time
			}
			open = e.typ == "Insert Date Appeal to Prefecture" || open && !slices.Contains(answers, e.typ)
		}
		return open
	}
	used, day := 0, date(c[k].at)
	for ; day.Before(date(c[i].at)); day = day.AddDate(0, 0, 1) {
		if !unanswered(day) {
			used++
		}
	}
	return used <= 60 || unanswered(day)
}

// TestRecount finds the departures a second time, from the events alone, and
// wants exactly the planted ones.
func TestRecount(t *testing.T) {
	type departure struct{ rule, event, verdict string }
	for seed := range uint64(3) {
		cases, p := written(t, Options{Cases: 15000, Seed: seed, Faults: 50})
		planted, departed := map[departure]bool{}, map[string]bool{}
		for _, d := range p.Departures {
			planted[departure{d.Rule, d.Event, string(d.Verdict)}] = true
			departed[d.Rule] = true
			if !strings.HasPrefix(d.Event, d.Case+"-") {
				t.Fatalf("%+v: the event isn't of the case", d)
			}
		}
		if len(planted) != len(p.Departures) {
			t.Errorf("seed %d: a departure stands twice", seed)
		}
		if len(departed) != len(duties) {
			t.Errorf("seed %d: only %d of %d rules are departed from", seed, len(departed), len(duties))
		}
		asOf := p.AsOf.Time().In(rome)
		for _, c := range cases {
			for i, e := range c {
				for _, d := range duties {
					if e.typ != d.when || !d.covers(e.at) {
						continue
					}
					if v := d.judge(c, i, asOf); v != "" {
						k := departure{d.id, e.id, v}
						if !planted[k] {
							t.Errorf("seed %d: %v isn't planted", seed, k)
						}
						delete(planted, k)
					}
				}
			}
		}
		for k := range planted {
			t.Errorf("seed %d: %v was planted and can't be found", seed, k)
		}
	}
}

func (d duty) covers(at time.Time) bool {
	day := at.Format(time.DateOnly)
	return day >= d.from && (d.to == "" || day < d.to)
}

package sim

import (
	"time"

	"plumbline/internal/clock"
)

// What the law says of one fine, written a second time: plain loops over days,
// to be read beside the articles and beside packs/it-traffic-fines. The only
// arithmetic is day + number, because every limit here is in whole days, the
// day of the start isn't counted and no last day moves.

// broken is one departure of a fine.
type broken struct {
	rule    string
	at      int // the step that the rule starts from
	verdict Verdict
	last    clock.Day // of the limit, where there is one
	open    bool      // nothing has happened yet: broken only once the last day is over
}

// The dates from which the law is another, and what they bound: notification by
// the day of the violation, the prefect's procedure by the day of the act.
var (
	ninetyDays     = clock.NewDay(2010, time.August, 14) // L. 120/2010; the 13th has the longer limit
	hundredDays    = clock.NewDay(2011, time.January, 1) // read as "since 2010", so sure from 2011
	sixtyForFile   = clock.NewDay(2003, time.May, 14)    // DL 151/2003: thirty days that end before 13 June 2003 are sure
	prefectsReform = clock.NewDay(2003, time.August, 13) // L. 214/2003, GU 12 August
)

// judgeFine finds every departure of a fine whose increased sum, in cents, is
// given.
func judgeFine(s []step, increasedSum int, found func(broken)) {
	for i := range s {
		switch s[i].what {
		case created:
			judgeNotification(s, i, found)
		case notified:
			judgeLongest(s, i, found)
		case increased:
			judgeIncrease(s, i, increasedSum, found)
		case appealed:
			judgeAppeal(s, i, found)
		case fileSent:
			judgeFile(s, i, found)
		case answered:
			judgeAnswer(s, i, found)
		case collected:
			judgeCollection(s, i, found)
		}
	}
}

// judgeNotification: art. 201(1). Nothing is owed to whoever paid or appealed
// within the limit, and nothing for a fine that the office gave up.
func judgeNotification(s []step, i int, found func(broken)) {
	if s[i].code != "NIL" {
		return
	}
	knows := func(x step) bool { return x.what == payment || x.what == appealed || x.what == judge }
	due := func(rule string, what byte, days clock.Day) {
		within(s, i, rule, days, func(x step) bool { return x.what == what }, knows, found)
	}
	if s[i].day < ninetyDays {
		due("notified-within-150-days", notified, 150)
	} else {
		due("notified-within-90-days", notified, 90)
	}
	if s[i].day >= hundredDays {
		due("notified-within-100-days", notified, 100)
	}
	if s[i].day < ninetyDays {
		due("sent-within-150-days", sent, 150)
	} else {
		due("sent-within-90-days", sent, 90)
	}
}

// judgeLongest: art. 201(1), 360 days for residents abroad, which no
// notification may exceed.
func judgeLongest(s []step, i int, found func(broken)) {
	intime := false
	for _, x := range s[:i] {
		intime = intime || x.what == created && s[i].day <= x.day+360
	}
	breach(!intime, "notified-within-360-days", i, 0, found)
}

// judgeIncrease: art. 203(3). It presupposes a notification, sixty days (day 60
// is accepted as a booking date, day 59 isn't), and that not all was paid.
func judgeIncrease(s []step, i, sum int, found func(broken)) {
	wasNotified, paid, forbidden := false, false, clock.Day(0)
	for _, x := range s[:i] {
		switch {
		case x.what == notified:
			wasNotified = true
			forbidden = x.day + 59
		case x.what == payment:
			paid = paid || x.total >= sum && x.day < s[i].day
		}
	}
	breach(!wasNotified, "penalty-only-after-notification", i, 0, found)
	breach(wasNotified && s[i].day <= forbidden, "penalty-not-before-day-60", i, forbidden, found)
	breach(paid, "penalty-not-after-full-payment", i, 0, found)
}

// judgeAppeal: art. 203(2), the office's thirty or sixty days for the file; art.
// 204(1) and (1-bis), 60 + 120 days after which silence grants the appeal.
func judgeAppeal(s []step, i int, found func(broken)) {
	isFile := func(x step) bool { return x.what == fileSent }
	isAnswer := func(x step) bool { return x.what == answered || x.what == told }
	settled := func(x step) bool { return x.what == payment || isAnswer(x) }
	if s[i].day < sixtyForFile {
		within(s, i, "appeal-file-within-30-days", 30, isFile, settled, found)
	} else {
		within(s, i, "appeal-file-within-60-days", 60, isFile, settled, found)
	}
	if s[i].day >= prefectsReform {
		over := func(x step) bool { return x.what == payment || x.what == fileSent && x.code != "NIL" }
		within(s, i, "appeal-answered-within-180-days", 180, isAnswer, over, found)
	}
}

// judgeFile: art. 204(1), the prefect decides on the file, so that it doesn't
// come after his answer.
func judgeFile(s []step, i int, found func(broken)) {
	if s[i].day < prefectsReform {
		return
	}
	after := false
	for _, x := range s[:i] {
		after = after || x.what == answered && x.day < s[i].day
	}
	breach(after, "file-not-sent-after-the-result", i, 0, found)
}

// judgeAnswer: art. 204(2), 150 days to notify the order.
func judgeAnswer(s []step, i int, found func(broken)) {
	within(s, i, "result-notified-within-150-days", 150,
		func(x step) bool { return x.what == told },
		func(x step) bool { return x.what == payment || x.what == judge }, found)
}

// judgeCollection: art. 203(3) and 206. A title needs a notification and the end
// of the term; what was dismissed isn't owed.
func judgeCollection(s []step, i int, found func(broken)) {
	var wasNotified, early, answer, quashed bool
	var term clock.Day
	for k, x := range s[:i] {
		switch x.what {
		case notified:
			wasNotified = true
			early, term = inTerm(s, k, i)
		case answered, told:
			in, _ := inTerm(s, k, i)
			answer = answer || in
		case fileSent, judge:
			quashed = quashed || x.code == "#" || x.code == "G"
		}
	}
	breach(!wasNotified, "collection-only-after-notification", i, 0, found)
	breach(early && !answer, "collection-only-after-the-term", i, term, found)
	breach(quashed, "no-collection-of-a-dismissed-fine", i, 0, found)
}

// inTerm says whether step i falls into the sixty days from step k, which stand
// still from an appeal made in them, or before them, until there is an answer;
// and the last of these days, 0 while an appeal waits.
func inTerm(s []step, k, i int) (bool, clock.Day) {
	last, waiting, since := s[k].day+60, false, clock.Day(0)
	for j, x := range s[:i] {
		isAnswer := x.what == answered || x.what == told
		switch {
		case x.what == appealed && !waiting && x.day <= last:
			waiting, since = true, x.day
		case isAnswer && waiting:
			waiting = false
			if j > k {
				last += x.day - since
			}
		}
		if j == k {
			since = max(since, x.day) // what waited already holds nothing before the start
		}
	}
	if waiting {
		return true, 0
	}
	return s[i].day <= last, last
}

func breach(is bool, rule string, at int, last clock.Day, found func(broken)) {
	if is {
		found(broken{rule: rule, at: at, verdict: Breached, last: last})
	}
}

// within finds whether what is owed came after step i by its last day, which is
// that many days after; an excuse counts if it came by then and before it.
func within(s []step, i int, rule string, days clock.Day, owed, excuse func(step) bool, found func(broken)) {
	last := s[i].day + days
	for _, x := range s[i+1:] {
		if owed(x) {
			if x.day > last {
				found(broken{rule, i, MetLate, last, false})
			}
			return
		}
		if excuse(x) && x.day <= last {
			return
		}
	}
	found(broken{rule, i, Breached, last, true})
}

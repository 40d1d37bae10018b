package sim

import (
	"slices"
	"strings"
	"time"

	"plumbline/internal/clock"
)

// attempts is how often a fine is dated anew when its course doesn't end before
// the log does. After that the log ends first, as it did for many real ones.
const attempts = 40

// The days on which the law changed, as the shape of the log shows it.
var (
	reform2003 = clock.NewDay(2003, time.May, 14)
	reform2010 = clock.NewDay(2010, time.August, 14)
)

// date gives the acts of a course their days.
func (m *maker) date(course string) {
	f := &m.f
	for range attempts {
		f.steps = f.steps[:0]
		for i := range len(course) {
			f.steps = append(f.steps, step{what: course[i]})
		}
		if m.tryDate(course) {
			return
		}
	}
	for i := range f.steps {
		if f.steps[i].day > m.end || i > 0 && f.steps[i].day < f.steps[i-1].day {
			f.steps = f.steps[:i]
			return
		}
	}
}

func (m *maker) tryDate(course string) bool {
	s := m.f.steps
	s[0].day = m.creation(course)
	n, a := strings.IndexByte(course, notified), strings.IndexByte(course, increased)
	wait := m.fileWait(course, s[0].day)
	for i := 1; i < len(s); i++ {
		switch {
		case n >= 0 && i > n && i < a:
			m.inTerm(s[n:a], wait)
			i = a - 1
		case i == a && n >= 0 && n < a:
			s[i].day = s[n].day + 60 // the booking date of the real log, without exception
		case s[i].what == collected:
			day, ok := m.roll(course, s, i)
			if !ok {
				return false
			}
			s[i].day = day
		case s[i].what == fileSent:
			s[i].day = m.fileSent(course, s, i, wait)
		default:
			s[i].day = s[i-1].day + m.delay(course, s, i)
		}
	}
	return s[len(s)-1].day <= m.end
}

// creation draws the day of the fine: years by how the case went, months by the
// season.
func (m *maker) creation(course string) clock.Day {
	years := yearsOther
	switch {
	case course == "CP":
		years = yearsPaidAtOnce
	case course == "CS":
		years = yearsSentOnly
	case strings.IndexByte(course, collected) >= 0:
		years = yearsCollected
	case strings.ContainsAny(course, "IJ"):
		years = yearsAppealed
	}
	for {
		y := 2000 + years.pick(m.rng)
		mo := time.Month(1 + months.pick(m.rng))
		first := clock.NewDay(y, mo, 1)
		day := first + clock.Day(m.rng.IntN(int(clock.NewDay(y, mo+1, 1)-first)))
		if day <= m.end {
			return day
		}
	}
}

// inTerm dates what happened between notification and increase: within the
// sixty days, in the order of the course. An appeal alone lies so that its file,
// sent after wait days, leaves after the increase, as the course has it.
func (m *maker) inTerm(s []step, wait clock.Day) {
	var drawn []clock.Day
	for i := 1; i < len(s); i++ {
		q := &appealedInTerm
		if s[i].what == payment {
			q = &paidInTerm
		}
		d := q.days(m.rng)
		for range attempts {
			if len(s) > 2 || s[i].what != appealed || d+wait >= 60 {
				break
			}
			d = q.days(m.rng)
		}
		drawn = append(drawn, s[0].day+d)
	}
	slices.Sort(drawn)
	for i, d := range drawn {
		s[i+1].day = d
	}
}

// roll is the day of collection: the roll nearest to the delay that is drawn.
func (m *maker) roll(course string, s []step, i int) (clock.Day, bool) {
	q := &collectedPlain
	before := course[:i]
	switch {
	case strings.IndexByte(before, judge) >= 0:
		q = &collectedJudged
	case strings.IndexByte(before, told) >= 0:
		q = &collectedAnswered
	}
	from := s[i-1].day
	if a := m.f.at(increased); a != nil {
		from = a.day
	}
	want, earliest := from+q.days(m.rng), max(from+clock.Day(q[0]), s[i-1].day+30)
	best, ok := clock.Day(0), false
	for _, r := range m.rolls {
		if r >= earliest && (!ok || distance(r, want) < distance(best, want)) {
			best, ok = r, true
		}
	}
	return best, ok
}

func distance(a, b clock.Day) clock.Day { return max(a-b, b-a) }

// fileWait draws how long the file of an appeal lies in the office, by the law
// of the day: an appeal comes some three months after the fine.
func (m *maker) fileWait(course string, creation clock.Day) clock.Day {
	old, answer := creation+90 < reform2003, strings.IndexByte(course, answered) >= 0
	q := &fileSince2003
	switch {
	case old && answer:
		q = &fileBefore2003Answered
	case old:
		q = &fileBefore2003
	case answer:
		q = &fileSince2003Answered
	}
	return q.days(m.rng)
}

// fileSent dates the sending of the file: from the appeal, not from what stands
// before it in the course, unless that came later still.
func (m *maker) fileSent(course string, s []step, i int, wait clock.Day) clock.Day {
	if appeal := strings.IndexByte(course[:i], appealed); appeal >= 0 && s[appeal].day+wait >= s[i-1].day {
		return s[appeal].day + wait
	}
	return s[i-1].day + anyStep.days(m.rng)
}

// delay is drawn by the pair of activities.
func (m *maker) delay(course string, s []step, i int) clock.Day {
	pair := course[i-1 : i+1]
	q, ok := after[pair]
	switch since2010 := s[0].day >= reform2010; {
	case !ok && s[i].what == increased:
		return 60 + anyStep.days(m.rng) // an increase without notification: a fault
	case !ok:
		q = &anyStep
	case pair == "CS" && since2010:
		q = &sentSince2010
	case pair == "SN" && since2010:
		q = &notifiedSince2010
	case pair == "AP" && strings.Count(course, "P") > 1:
		q = &paidInParts
	}
	return q.days(m.rng)
}

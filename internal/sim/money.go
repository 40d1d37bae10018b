package sim

import (
	"strings"

	"plumbline/internal/clock"
)

// value draws what is asked and what is paid, and what else a fine carries.
func (m *maker) value(course string) {
	f := &m.f
	a := &articles[m.articles.pick(m.rng)]
	class := a.classes.pick(m.rng)
	t := tariffOf(f.steps[0].day)
	f.article, f.minimum, f.increased, f.points = a.number, t.minimum[class], t.increased[class], 0
	if m.chance(a.pointsShare) {
		f.points = a.points
	}
	f.vehicle = vehicles[vehicleCounts.pick(m.rng)]
	f.officer = m.names[m.officers.pick(m.rng)]
	f.lastSent = lastAddressee[addresseeCounts.pick(m.rng)]
	f.notification = "P"
	if m.chance(byHand) {
		f.notification = "C"
	}
	f.expense = m.charge()
	m.pay(course)
}

func (m *maker) chance(p float64) bool { return m.rng.Float64() < p }

func tariffOf(day clock.Day) *tariff {
	y, _, _ := day.Date()
	t := &tariffs[0]
	for i := range tariffs {
		if tariffs[i].from <= y {
			t = &tariffs[i]
		}
	}
	return t
}

// charge is what the sending cost, by the year of the sending.
func (m *maker) charge() int {
	s := m.f.at(sent)
	if s == nil || m.chance(freeOfCharge) {
		return 0
	}
	t := tariffOf(s.day)
	if m.chance(t.usualCharge) {
		return t.expense[0]
	}
	return t.expense[1]
}

// pay gives each payment its sum. People pay the minimum while it is all that is
// asked; in the term often without the charge for sending, or a part of it, and
// are then asked the increased sum; afterwards the rest, at once or in parts.
func (m *maker) pay(course string) {
	f, total, state := &m.f, 0, byte(created)
	left := strings.Count(course, "P")
	collection := strings.IndexByte(course, collected) >= 0
	for i := range f.steps {
		s := &f.steps[i]
		if s.what == sent || s.what == increased {
			state = s.what
		}
		if s.what != payment {
			continue
		}
		left--
		switch state {
		case created:
			s.paid = f.minimum
		case sent:
			s.paid = m.inTime(total, strings.IndexByte(course, increased) >= 0)
		default:
			soon := s.day-f.at(increased).day <= 5
			s.paid = m.late(f.increased+f.expense-total, left == 0 && !collection, soon || left > 0)
		}
		total += s.paid
		s.total = total
	}
}

// inTime is a payment between sending and increase; short says that the
// increase came nonetheless.
func (m *maker) inTime(total int, short bool) int {
	f, u := &m.f, m.rng.Float64()
	switch {
	case total > 0: // a little more, on top of a payment that fell short
		return max(100, f.expense/5)
	case short && u < .320:
		return f.minimum
	case short && u < .968:
		return f.minimum + min(f.expense*3/4, f.minimum/2)
	case short && u < .992:
		return f.minimum * 9 / 10
	case short && u < .999:
		return min(f.minimum+f.expense, f.increased-1)
	case short: // had paid all that could ever be asked
		return f.increased + f.expense
	case u < .77:
		return f.minimum + f.expense
	case u < .90:
		return f.minimum + f.expense + 500
	}
	return f.minimum
}

// late is a payment after the increase, when rest is still owed: all of it, or
// what was asked before the increase.
func (m *maker) late(rest int, closes, early bool) int {
	f, u := &m.f, m.rng.Float64()
	switch {
	case rest <= 100:
		return 100
	case closes && (!early || u < .10):
		return rest
	case u < .75:
		return min(f.minimum+f.expense, rest-1)
	case u < .90:
		return rest * 3 / 4
	}
	return min(f.minimum, rest-1)
}

// dismiss gives the codes of dismissal: NIL where nobody gave the fine up.
func (m *maker) dismiss(course string) {
	f := &m.f
	collection := strings.IndexByte(course, collected) >= 0
	paid := strings.IndexByte(course, payment) >= 0
	for i := range f.steps {
		s := &f.steps[i]
		share, code := 0.0, ""
		switch {
		case s.what == created && course == "CS":
			share, code = givenUpSentOnly, givenUpCodes[givenUpCounts.pick(m.rng)]
		case s.what == created:
			share, code = givenUpOther, "A"
		case s.what == fileSent && !collection && !paid && strings.IndexByte(course, answered) < 0:
			share, code = grantedSilently, "#"
		case s.what == fileSent && !collection:
			share, code = grantedOther, "#"
		case s.what == judge && !collection && !paid:
			share, code = quashedUnpaid, "G"
		case s.what == judge && !collection:
			share, code = quashedPaid, "G"
		}
		if s.code = "NIL"; m.chance(share) {
			s.code = code
		}
	}
}

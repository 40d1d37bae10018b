package sim

import "plumbline/internal/clock"

// fault is a departure that the published shape lacks, put in by hand: a course
// and what is changed on the fine that took it. Which rules it breaks isn't said
// here: law.go reads it off the fine, as off any other.
type fault struct {
	course string
	put    func(m *maker)
}

var faults = []fault{
	{"CSNAX", func(m *maker) { // an increase before the sixtieth day, often by one day
		m.f.at(increased).day = m.f.at(notified).day + 60 - 1 - m.upTo(20)
	}},
	{"CSAP", func(*maker) {}}, // an increase without any notification
	{"CSNPAP", func(m *maker) { // an increase after the increased sum was paid, to the cent
		p := m.f.at(payment)
		p.paid, p.total = m.f.increased, m.f.increased
		last := &m.f.steps[len(m.f.steps)-1]
		if last.what == payment && last != p {
			last.total = p.total + last.paid
		}
	}},
	{"CSX", func(*maker) {}}, // a collection without any notification
	{"CSNX", func(m *maker) { // a collection within the sixty days, the last included
		m.f.at(collected).day = m.f.at(notified).day + 60 - m.upTo(20)
	}},
	{"CSNIAQX", func(*maker) {}}, // a collection while the appeal waits
	{"CSNIAQROX", func(m *maker) { // a collection of what the prefect dismissed
		m.f.at(fileSent).code = "#"
	}},
	{"CSNJAX", func(m *maker) { // a collection of what the judge quashed
		m.f.at(judge).code = "G"
	}},
	{"CSNIARQ", func(*maker) {}}, // a file sent after the answer
}

// upTo is a number of days from 0 to n − 1, half of the time 0: faults are of
// most use at the edge.
func (m *maker) upTo(n int) clock.Day {
	return clock.Day(max(0, m.rng.IntN(2*n)-n))
}

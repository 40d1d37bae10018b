package sim

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/internal/clock"
)

// step is one event of a fine.
type step struct {
	what        byte
	day         clock.Day
	code        string // of dismissal, where the activity has one
	paid, total int    // of a payment, in cents: this one and all so far
}

// fine is one case. Sums are in cents.
type fine struct {
	steps                       []step
	minimum, increased, expense int
	article, points             int
	vehicle, officer            string
	notification, lastSent      string
}

// maker draws one fine after the other, always into the same one.
type maker struct {
	seed     uint64
	pcg      *rand.PCG
	rng      *rand.Rand
	zone     *clock.Zone
	courses  table
	articles table
	officers table
	names    [officers]string
	rolls    []clock.Day
	end      clock.Day // the last day of the log
	every    int       // one fine in so many carries a fault; 0: none
	faulty   int       // how many do
	f        fine
}

func newMaker(o Options) (*maker, error) {
	zone, err := clock.LoadZone("Europe/Rome")
	if err != nil {
		return nil, err
	}
	m := &maker{seed: o.Seed, pcg: rand.NewPCG(o.Seed, 0), zone: zone, end: clock.NewDay(2013, time.June, 18)}
	m.rng = rand.New(m.pcg)
	if m.faulty = o.Faults * len(faults); m.faulty > 0 {
		m.every = o.Cases / m.faulty
	}
	var w []float64
	for _, c := range courses {
		w = append(w, float64(c.count))
	}
	m.courses = newTable(append(w, rareCourses))
	w = nil
	for _, a := range articles {
		w = append(w, float64(a.count))
	}
	m.articles = newTable(w)
	w = nil
	for k := range officers {
		w = append(w, math.Pow(float64(k)+officerShift, -officerFall))
		m.names[k] = strconv.Itoa(101 + 7*k)
	}
	m.officers = newTable(w)
	for _, r := range rolls {
		m.rolls = append(m.rolls, clock.NewDay(r[0], time.Month(r[1]), r[2]))
	}
	return m, nil
}

// fine draws fine number n. Each has a stream of random numbers of its own, so
// that it doesn't depend on the others.
func (m *maker) fine(n int) {
	m.pcg.Seed(m.seed, uint64(n))
	fault := m.faultOf(n)
	var course string
	switch k := m.courses.pick(m.rng); {
	case fault != nil:
		course = fault.course
	case k < len(courses):
		course = courses[k].steps
	default:
		course = m.rareCourse()
	}
	m.date(course)
	m.value(course)
	m.dismiss(course)
	if fault != nil && len(m.f.steps) == len(course) { // the end of the log may have cut it
		fault.put(m)
	}
}

// faultOf spreads the faults evenly over the log, kind after kind.
func (m *maker) faultOf(n int) *fault {
	if m.every == 0 || n%m.every != m.every/2 || n/m.every >= m.faulty {
		return nil
	}
	return &faults[n/m.every%len(faults)]
}

// at is the first step of a kind, nil where there is none.
func (f *fine) at(what byte) *step {
	for i := range f.steps {
		if f.steps[i].what == what {
			return &f.steps[i]
		}
	}
	return nil
}

// rareCourse makes one of the many courses that occur a few times: mostly an
// appeal in which acts changed places or one is missing, else a case with more
// payments, or one before the judge.
func (m *maker) rareCourse() string {
	appeal := m.chance(rareAppeals)
	base := ""
	for base == "" || appeal != strings.Contains(base, "IQ") && appeal != strings.Contains(base, "AQ") {
		base = courses[usual+m.rng.IntN(len(courses)-usual)].steps
	}
	c := []byte(base)
	switch k := m.rng.IntN(10); {
	case !appeal && k < 7 && !strings.Contains(base, "J"):
		at := min(3+m.rng.IntN(len(c)-1), len(c))
		c = slices.Insert(c, at, judge)
	case !appeal:
		for range 2 + m.rng.IntN(3) {
			c = append(c, payment)
		}
	case k < 2:
		i := slices.Index(c, fileSent)
		c = slices.Delete(c, i, i+1)
	default:
		for range 4 {
			i := 2 + m.rng.IntN(len(c)-2)
			if i+1 < len(c) && swappable(c[i]) && swappable(c[i+1]) {
				c[i], c[i+1] = c[i+1], c[i]
			}
		}
	}
	return string(c)
}

// swappable are the acts whose order the log doesn't always keep.
func swappable(what byte) bool { return strings.IndexByte("IQROJP", what) >= 0 }

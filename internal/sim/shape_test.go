package sim

import (
	"math"
	"slices"
	"testing"
	"time"

	"plumbline/internal/event"
)

var rome = func() *time.Location {
	l, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err)
	}
	return l
}()

// seen is one event as a reader of the log would keep it.
type seen struct {
	id, typ, actor string
	hasActor       bool
	at             time.Time // in Rome
	numbers        map[string]float64
	texts          map[string]string
}

// written runs the simulator and gives its cases in order.
func written(t *testing.T, o Options) ([][]seen, Planted) {
	t.Helper()
	var cases [][]seen
	last := ""
	p, err := Fines(o, func(e *event.Event) error {
		s := seen{id: e.ID, typ: e.Type, actor: e.Actor.Value, hasActor: e.Actor.OK, at: e.Time.At.Time().In(rome),
			numbers: make(map[string]float64, 4), texts: make(map[string]string, 2)}
		for _, a := range e.Attrs {
			if a.Value.Kind == event.Number {
				s.numbers[a.Name] = a.Value.Num
			} else {
				s.texts[a.Name] = a.Value.Str
			}
		}
		if e.Objects[0].ID != last {
			last = e.Objects[0].ID
			cases = append(cases, nil)
		}
		cases[len(cases)-1] = append(cases[len(cases)-1], s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return cases, p
}

// TestShape holds a log of the real one's size against what its header
// publishes: events per activity; and against the shares of its courses.
func TestShape(t *testing.T) {
	cases, p := written(t, Options{Cases: 150370, Seed: 1})
	if len(cases) != 150370 {
		t.Fatalf("%d cases", len(cases))
	}
	near(t, "events", p.Events, 561470, .01)
	letter := map[string]byte{}
	for c, name := range activity {
		if name != "" {
			letter[name] = byte(c)
		}
	}
	counts, shapes := map[string]int{}, map[string]int{}
	for _, c := range cases {
		var b []byte
		for _, e := range c {
			counts[e.typ]++
			b = append(b, letter[e.typ])
		}
		shapes[string(b)]++
	}
	for _, x := range []struct {
		activity  string
		published int
		within    float64
	}{
		{"Create Fine", 150370, 0}, {"Send Fine", 103987, .01}, {"Insert Fine Notification", 79860, .01},
		{"Add penalty", 79860, .01}, {"Payment", 77601, .01}, {"Send for Credit Collection", 59013, .01},
		{"Insert Date Appeal to Prefecture", 4188, .05}, {"Send Appeal to Prefecture", 4141, .05},
		{"Receive Result Appeal from Prefecture", 999, .15}, {"Notify Result Appeal to Offender", 896, .15},
		{"Appeal to Judge", 555, .15},
	} {
		near(t, x.activity, counts[x.activity], x.published, x.within)
	}
	for _, c := range courses[:10] {
		near(t, "course "+c.steps, shapes[c.steps], c.count, .10)
	}
	if len(shapes) < 100 || len(shapes) > 350 {
		t.Errorf("%d different courses; the real log has 231", len(shapes))
	}
}

func near(t *testing.T, what string, got, want int, within float64) {
	t.Helper()
	if math.Abs(float64(got-want)) > within*float64(want) {
		t.Errorf("%s: %d, published %d, more than %g %% apart", what, got, want, 100*within)
	}
}

// TestDelays holds the middle and the upper tenth of the common delays against
// the real log's.
func TestDelays(t *testing.T) {
	cases, _ := written(t, Options{Cases: 60000, Seed: 2})
	between := map[string][]int{}
	for _, c := range cases {
		for i := 1; i < len(c); i++ {
			k := c[i-1].typ + " → " + c[i].typ
			between[k] = append(between[k], days(c[i-1].at, c[i].at))
		}
	}
	for _, x := range []struct {
		pair          string
		median, ninth int // days in the real log
		give          int
	}{
		{"Create Fine → Send Fine", 88, 136, 4},
		{"Send Fine → Insert Fine Notification", 15, 30, 2},
		{"Create Fine → Payment", 5, 28, 2},
		{"Insert Fine Notification → Add penalty", 60, 60, 0},
		{"Insert Fine Notification → Payment", 25, 53, 3},
		{"Add penalty → Send for Credit Collection", 488, 787, 80}, // eleven rolls only
	} {
		d := between[x.pair]
		slices.Sort(d)
		if m := d[len(d)/2]; abs(m-x.median) > x.give {
			t.Errorf("%s: median %d days, real log %d", x.pair, m, x.median)
		}
		if q := d[len(d)*9/10]; abs(q-x.ninth) > x.give {
			t.Errorf("%s: nine tenths within %d days, real log %d", x.pair, q, x.ninth)
		}
	}
}

func abs(x int) int { return max(x, -x) }

// days is the number of calendar days from a to b, whatever summer time does.
func days(a, b time.Time) int { return int(date(b).Sub(date(a)).Hours() / 24) }

func date(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// TestHabits are what holds of every fine of the real log.
func TestHabits(t *testing.T) {
	cases, p := written(t, Options{Cases: 30000, Seed: 3})
	first, last := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2013, 6, 18, 0, 0, 0, 0, time.UTC)
	seconds := map[float64]bool{}
	for _, c := range cases {
		if c[0].typ != "Create Fine" {
			t.Fatalf("%s begins with %s", c[0].id, c[0].typ)
		}
		var notice time.Time
		paid, once := 0.0, map[string]bool{}
		for i, e := range c {
			if h, m, s := e.at.Clock(); h+m+s != 0 {
				t.Fatalf("%s: %s is no local midnight", e.id, e.at)
			}
			if d := date(e.at); d.Before(first) || d.After(last) || i > 0 && e.at.Before(c[i-1].at) {
				t.Fatalf("%s: %s is out of order or of the years", e.id, e.at)
			}
			if want := e.typ == "Create Fine" || e.typ == "Appeal to Judge"; e.hasActor != want {
				t.Fatalf("%s: %s has an actor: %v", e.id, e.typ, e.hasActor)
			}
			if once[e.typ] && e.typ != "Payment" {
				t.Fatalf("%s: %s twice", e.id, e.typ)
			}
			once[e.typ] = true
			switch e.typ {
			case "Insert Fine Notification":
				notice = e.at
			case "Add penalty":
				if days(notice, e.at) != 60 {
					t.Fatalf("%s: increased %d days after notification", e.id, days(notice, e.at))
				}
				seconds[e.at.Sub(notice).Seconds()] = true
				if e.numbers["amount"] <= c[0].numbers["amount"] {
					t.Fatalf("%s: the increased sum is %v of %v", e.id, e.numbers, c[0].numbers)
				}
			case "Payment":
				if paid += e.numbers["paymentAmount"]; e.numbers["paymentAmount"] <= 0 || math.Abs(paid-e.numbers["totalPaymentAmount"]) > 1e-6 {
					t.Fatalf("%s: %v paid so far, %v", e.id, paid, e.numbers)
				}
			}
		}
	}
	if len(seconds) != 3 {
		t.Errorf("sixty days have %d lengths in seconds; summer time makes three", len(seconds))
	}
	if !p.AsOf.Time().Equal(time.Date(2013, 6, 17, 22, 0, 0, 0, time.UTC)) {
		t.Errorf("as of %s; the log should fill its last day, 18 June 2013 in Rome", p.AsOf.Time())
	}
}

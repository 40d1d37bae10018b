package chart

import (
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// drawings are one of each chart, with texts that must be escaped.
func drawings() map[string]template.HTML {
	const name = `a <b> & "c"`
	labels := []Label{{At: 0, Text: name}, {At: 50, Text: "2012", Alternate: true}}
	whole := func(n int) string { return strconv.Itoa(n) }
	duty := &Duty{Start: 0, Due: 50, Extended: 30, Done: 80, HasDone: true, Pauses: [][2]int64{{10, 20}}, Crossed: true}
	return map[string]template.HTML{
		"symbols":   Symbols(),
		"mark":      Mark("late"),
		"columns":   Columns(name, []Bar{{3, 1}, {0, 0}, {7, 2}}, labels, whole),
		"nothing":   Columns(name, nil, nil, whole),
		"shares":    Shares(name, []Share{{9, 10}, {0, 0}, {10, 10}, {1, 10}}, labels),
		"spark":     Spark(name, []Share{{9, 10}, {0, 0}, {10, 10}}),
		"histogram": Histogram(name, []Bin{{3, name}, {0, "1"}}, labels, []Line{{50, name}, {90, "p90"}}, whole),
		"stack":     Stack(name, []Part{{"b-1", 3, name}, {"b-2", 0, "none"}, {"over", 1, "late"}}),
		"lane":      Lane{Name: name, From: 0, To: 100, Plumb: 90, HasPlumb: true, Events: []Point{{At: 5, Label: name}, {At: 80, Label: "Send", Mark: "late", Class: "st-late"}}, Ticks: []Tick{{50, "2012"}}, Duty: duty}.Draw(),
		"lens":      Lens{Name: name, Due: 30, Done: 42, Zero: "0", DueText: name, DoneText: "12 days"}.Draw(),
		"control":   Control(name, []Spot{{N: 9, V: .9, Low: .7, High: 1, Title: name, Link: name}, {}, {N: 30, V: .2, Low: .8, High: 1, Out: true, Title: "low"}}, .9, name, labels),
		"void":      Control(name, nil, 0, name, nil),
		"funnel": FunnelPlot{Name: name, Spots: []Spot{{N: 120, V: .9, Label: name}, {N: 300, V: .5, Out: true, Label: "low"}, {N: 4, V: 1, Me: true, Label: "few"}}, Mean: .9, MeanText: name, Under: name,
			Limits: func(n int) (float64, float64, float64, float64) { return .8, 1, .7, 1 }, Format: whole}.Draw(),
		"track": func() template.HTML {
			t := Track{From: 0, To: 100, Plumb: 60, HasPlumb: true, Weekends: [][2]int64{{5, 7}, {200, 210}}}
			beyond := Duty{Start: 10, Due: 300, Until: 60, Near: true}
			return t.Row() + t.Events([]Point{{At: 5, Label: name}, {At: 500, Label: "out"}}) + t.Axis([]Tick{{50, name}, {60, "near"}}) + t.Duty(*duty) + t.Duty(beyond) + t.Points([]Point{{At: 4, Mark: "breach", Class: "st-breach"}})
		}(),
		"swatch": Swatch("duty") + Swatch("done") + Swatch("ext") + Swatch("s1") + Swatch("over") + Swatch("b-1"),
	}
}

// Every drawing is well-formed, has no style and no script, names itself, and
// has no number that isn't one.
func TestDrawings(t *testing.T) {
	for name, svg := range drawings() {
		dec := xml.NewDecoder(strings.NewReader("<x>" + string(svg) + "</x>"))
		for {
			tok, err := dec.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Errorf("%s isn't well-formed: %v\n%s", name, err, svg)
				break
			}
			if e, ok := tok.(xml.StartElement); ok {
				for _, a := range e.Attr {
					if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
						t.Errorf("%s: <%s> has %s", name, e.Name.Local, a.Name.Local)
					}
				}
			}
		}
		if bad := regexp.MustCompile(`NaN|Inf|%!|(width|height)="-`).FindString(string(svg)); bad != "" {
			t.Errorf("%s has %q: %s", name, bad, svg)
		}
		if strings.Contains(string(svg), `role="img"`) && !strings.Contains(string(svg), `aria-label="a &lt;b&gt; &amp; &#34;c&#34;"`) {
			t.Errorf("%s has no name, or one that isn't escaped: %s", name, svg)
		}
	}
}

// A column is as high as its number: 7 of an axis up to 10 is 700 of 1000.
func TestColumnsAreTrue(t *testing.T) {
	got := string(Columns("n", []Bar{{3, 1}, {7, 2}}, nil, strconv.Itoa))
	for _, want := range []string{`class="b-1" d="M2 1000h6V700h-6zM12 1000h6V300h-6z"`, `class="b-2" d="M2 700h6V600h-6zM12 300h6V100h-6z"`, ">10</text>"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

// What a bar shows of a whole is its share of the width.
func TestStackIsTrue(t *testing.T) {
	got := string(Stack("n", []Part{{"a", 3, ""}, {"b", 1, ""}}))
	for _, want := range []string{`class="a" x="0%" width="75%"`, `class="b" x="75%" width="25%"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

func TestSteps(t *testing.T) {
	for top, want := range map[float64]string{0: "[0 1]", 1: "[0 1]", 7: "[0 2 4 6 8]", 10: "[0 5 10]", 16: "[0 5 10 15 20]", 2300: "[0 1000 2000 3000]"} {
		if got := fmt.Sprint(steps(top)); got != want {
			t.Errorf("steps(%v) = %s, want %s", top, got, want)
		}
	}
}

// Periods that differ by chance alone have φ near 1 and none outside; one that
// falls out of line is.
func TestLimits(t *testing.T) {
	list := []Share{{90, 100}, {93, 100}, {88, 100}, {91, 100}, {89, 100}, {92, 100}, {60, 100}, {90, 100}}
	lim := LimitsOf(list)
	if want := 693.0 / 800; math.Abs(lim.Mean-want) > 1e-9 {
		t.Errorf("mean %v, want %v", lim.Mean, want)
	}
	for i, s := range list {
		if got := lim.Below(s); got != (i == 6) {
			t.Errorf("period %d (%d of %d): below is %v, φ %v", i, s.K, s.N, got, lim.Phi)
		}
	}
	if lim := LimitsOf(nil); lim.Phi != 1 {
		t.Errorf("nothing has φ %v", lim.Phi)
	}
	if lim := LimitsOf([]Share{{5, 5}, {7, 7}}); lim.Below(Share{5, 5}) || math.IsNaN(lim.Phi) {
		t.Errorf("all kept: %+v", lim)
	}
}

// Labels of a lane never stand on each other, and marked events have theirs.
func TestLaneLabels(t *testing.T) {
	lane := Lane{Name: "n", From: 0, To: 1000}
	for i := range 30 {
		lane.Events = append(lane.Events, Point{At: int64(i * 3), Label: fmt.Sprintf("event number %d", i)})
	}
	lane.Events[17].Mark, lane.Events[17].Class = "breach", "st-breach"
	got := string(lane.Draw())
	if !strings.Contains(got, ">event number 17<") {
		t.Error("the marked event has no label")
	}
	if n := strings.Count(got, ">event number"); n > 3 {
		t.Errorf("%d labels within 90 of 760 pixels", n)
	}
}

// The name of the mean doesn't lie on the points.
func TestTheMeansNameMakesWay(t *testing.T) {
	months := make([]Spot, 12)
	for i := range months {
		months[i] = Spot{N: 50, V: .96, Low: .9, High: 1}
	}
	of := func() string {
		svg := string(Control("c", months, .95, "MEAN", nil))
		at := svg[:strings.Index(svg, ">MEAN<")]
		return at[strings.LastIndex(at, "<text"):]
	}
	if at := of(); !strings.Contains(at, `text-anchor="start"`) || !strings.Contains(at, `y="112"`) { // the line is at 98
		t.Errorf("under points that lie above the line: %s", at)
	}
	for i := range months[:6] {
		months[i].V = .941
		if i%2 == 0 {
			months[i].V = .96
		}
	}
	for i := range months[6:] {
		months[6+i].V = .99
	}
	if at := of(); !strings.Contains(at, `text-anchor="end"`) {
		t.Errorf("beside points on both sides of the line: %s", at)
	}
}

package service

import (
	"context"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/org"
)

const officers = `units:
  - {id: bureau, territory: city}
  - {id: north, parent: bureau, territory: north}
  - {id: south, parent: bureau, territory: south}
posts: {detective: Detective, chief: Chief}
officers:
  - {id: officer1, unit: north, post: detective, rank: sergeant}
`

// organised lets the world stamp by an organisation, which may be another later.
func (w *world) organised(text string) {
	w.t.Helper()
	o, err := org.Parse("org.yaml", []byte(text), w.zone)
	if err != nil {
		w.t.Fatal(err)
	}
	w.opt.Stamp = o.Stamp
}

// kept are unit and attributes of an event as the record has it.
func (w *world) kept(id string) string {
	w.t.Helper()
	w.mu.RLock()
	defer w.mu.RUnlock()
	row, ok := w.live.Find("desk", id)
	if !ok {
		return "none"
	}
	e := w.live.Log().Event(row)
	out := []string{e.Unit.Value}
	for _, name := range append(stamped, homeTerritory, "x") {
		if v := e.Get(name); v.Kind != event.Absent {
			out = append(out, name+"="+v.Str)
		}
	}
	return strings.Join(out, " ")
}

func TestEventsAreStampedAsOfTheirTime(t *testing.T) {
	w := newWorld(t)
	w.organised(officers)
	w.want("sent", w.send("desk", "Detained A1 0 id=1", "Detained A2 0 id=2 actor_rank=general", "Told A1 0 id=3 home_territory=moon"), "taken", "taken", "taken")
	const sergeant = "north actor_rank=sergeant actor_post=detective actor_territory=north"
	for id, want := range map[string]string{"1": sergeant + " home_territory=north", "2": sergeant + " home_territory=north", "3": sergeant + " home_territory=moon"} {
		if got := w.kept(id); got != want {
			t.Errorf("event %s: %s, want %s", id, got, want)
		}
	}
	w.restart() // from the record, without asking the organisation again
	if got, want := w.kept("1"), sergeant+" home_territory=north"; got != want {
		t.Errorf("after a restart: %s, want %s", got, want)
	}
}

// What was sent decides whether an event is a repetition, not what the
// organisation made of it then or would make of it now.
func TestARepetitionStaysOneWhenTheOrganisationChanges(t *testing.T) {
	moved := strings.Replace(officers, "unit: north, post: detective, rank: sergeant", "unit: south, post: chief, rank: captain", 1)
	gone := strings.Replace(officers, "id: officer1", "id: officer2", 1)
	unit := func(name string) func(*event.Event) { return func(e *event.Event) { e.Unit = event.Some(name) } }
	attr := func(name, value string) func(*event.Event) {
		return func(e *event.Event) { e.Attrs = append(e.Attrs, event.Attr{Name: name, Value: event.Str(value)}) }
	}
	none := func(*event.Event) {}
	for _, c := range []struct {
		name        string
		first, then func(*event.Event)
		want        string
	}{
		{"nothing said", none, none, "repeated"},
		{"its unit", unit("north"), unit("north"), "repeated"},
		{"another unit than the organisation's", unit("south"), unit("south"), "repeated"},
		{"a unit that nobody knows", unit("moon"), unit("moon"), "repeated"},
		{"a rank", attr("actor_rank", "general"), attr("actor_rank", "general"), "repeated"},
		{"a home territory", attr(homeTerritory, "moon"), attr(homeTerritory, "moon"), "repeated"},
		{"a field of its own", attr("x", "1"), attr("x", "1"), "repeated"},
		{"another unit than before", unit("north"), unit("south"), "refused conflict"},
		{"a unit now, and another", none, unit("moon"), "refused conflict"},
		{"another home territory", attr(homeTerritory, "moon"), attr(homeTerritory, "sun"), "refused conflict"},
		{"another field", attr("x", "1"), attr("x", "2"), "refused conflict"},
	} {
		for by, texts := range map[string][2]string{"moved": {officers, moved}, "gone": {officers, gone}, "come": {gone, officers}, "the same": {officers, officers}} {
			w := newWorld(t, Source{ID: 1, Name: "desk", Unit: "desk-unit"})
			src, _ := w.Authenticate(context.Background(), "desk")
			take := func(say func(*event.Event)) string {
				e := w.event("Detained A1 0 id=1")
				e.Time.At = begin
				say(&e)
				out, err := w.Take(context.Background(), src, []Arrival{{Event: e}})
				if err != nil {
					t.Fatal(err)
				}
				return strings.TrimSpace(out[0].Outcome + " " + out[0].Code)
			}
			w.organised(texts[0])
			if got := take(c.first); got != "taken" {
				t.Fatal(got)
			}
			w.restart()
			w.organised(texts[1])
			if got := take(c.then); got != c.want {
				t.Errorf("%s, %s: %s, want %s", c.name, by, got, c.want)
			}
		}
	}
}

// An event that says nothing of its id is one by what its source said.
func TestAContentIDIsOfWhatWasSent(t *testing.T) {
	w := newWorld(t)
	w.organised(officers)
	e := event.Event{Type: "Detained", Objects: []event.Object{{Type: "case", ID: "A1"}}, Actor: event.Some("officer1"), Time: event.Stamp{At: begin, Kind: event.Time}}
	src, _ := w.Authenticate(context.Background(), "desk")
	for i, want := range []string{"taken", "repeated"} {
		out, err := w.Take(context.Background(), src, []Arrival{{Event: e}})
		if err != nil || out[0].Outcome != want {
			t.Errorf("time %d: %+v %v", i+1, out, err)
		}
		w.organised(strings.Replace(officers, "sergeant", "captain", 1))
	}
}

// What isn't of its declared type is kept as absent, and a time that came as a text
// as a time; both can be sent again.
func TestWhatTheLogCouldNotHoldCanBeSentAgain(t *testing.T) {
	w := newWorld(t)
	w.known("times", strings.Replace(testPack, "n: number", "n: number, until: time", 1))
	w.packs[0] = w.named["times"]
	w.store = newMemory(w.store.sources...)
	w.restart()
	src, _ := w.Authenticate(context.Background(), "desk")
	take := func(n, until event.Value) string {
		e := w.event("Detained A1 0 id=1")
		e.Attrs = []event.Attr{{Name: "n", Value: n}, {Name: "until", Value: until}}
		e.Objects[0].Attrs = e.Attrs
		out, err := w.Take(context.Background(), src, []Arrival{{Event: e}})
		if err != nil {
			t.Fatal(err)
		}
		return out[0].Outcome
	}
	got := []string{take(event.Str("a few"), event.Str("2026-03-02T10:00:00+08:00")), take(event.Str("a few"), event.Str("2026-03-02T10:00:00+08:00")),
		take(event.Str("many"), event.At(begin+clock.Instant(2*3600_000_000))), take(event.Num(1), event.Str("2026-03-02T10:00:00+08:00")),
		take(event.Str("a few"), event.Str("2026-03-02"))}
	w.want("outcomes", got, "taken", "repeated", "repeated", "refused", "refused")
	void := event.Event{ID: "2", Voids: "1"}
	var outcomes []string
	for range 2 {
		out, err := w.Take(context.Background(), src, []Arrival{{Event: void}})
		if err != nil {
			t.Fatal(err)
		}
		outcomes = append(outcomes, out[0].Outcome)
	}
	w.want("a voiding", outcomes, "corrected", "repeated")
}
